package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.tabletserver.store.TabletStores;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * The descriptors of the replicas on this disk: one {@code tablets/ID/tablet.json} each, durable
 * before anything else of the replica is (L7). A folder without one holds no replica; it is left alone, and
 * counted unless it is empty, as one is that a crash left before its descriptor was written.
 */
class ReplicaFiles {

    private static final Logger LOG = System.getLogger(ReplicaFiles.class.getName());
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String FILE = TabletStores.DESCRIPTOR;

    /**
     * What a replica knows of itself without asking anybody.
     *
     * @param fromHex bounds as in {@link TabletDescriptor}
     */
    record Replica(
            TabletId tablet, TableName table, String fromHex, String toHex, ReplicaId replica) {

        static Replica of(TabletDescriptor descriptor, ReplicaId replica) {
            return new Replica(
                    descriptor.id(),
                    descriptor.table(),
                    descriptor.fromHex(),
                    descriptor.toHex(),
                    replica);
        }

        KeyRange range() {
            HexFormat hex = HexFormat.of();
            return new KeyRange(Bytes.wrap(hex.parseHex(fromHex)), Bytes.wrap(hex.parseHex(toHex)));
        }
    }

    private final Path tablets;
    private final Orphans orphans = new Orphans();

    ReplicaFiles(Path data) {
        this.tablets = data.resolve("tablets");
    }

    /** What lies here and is nobody's. */
    Orphans orphans() {
        return orphans;
    }

    /** All that are here; one that cannot be read is told with an id that is nobody's. */
    List<Replica> list() {
        List<Replica> replicas = new ArrayList<>();
        int unnamed = 0;
        try {
            DurableFile.makeDirectory(tablets);
            try (Stream<Path> folders = Files.list(tablets)) {
                for (Path folder : folders.sorted().toList()) {
                    Path file = folder.resolve(FILE);
                    if (Files.exists(file)) {
                        replicas.add(read(folder, file));
                    } else if (holdsAnything(folder)) {
                        unnamed++;
                        LOG.log(Level.WARNING, "{0} has no descriptor: it is left alone", folder);
                    }
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot list " + tablets, failure);
        }
        orphans.found(unnamed);
        return replicas;
    }

    private static boolean holdsAnything(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> within = Files.list(folder)) {
            return within.findAny().isPresent();
        }
    }

    private static Replica read(Path folder, Path file) {
        try {
            return JSON.readValue(Files.readAllBytes(file), Replica.class);
        } catch (IOException | RuntimeException unreadable) {
            LOG.log(Level.ERROR, "{0} cannot be read: {1}", file, unreadable);
            return new Replica(
                    TabletId.parse(folder.getFileName().toString()),
                    new TableName("unreadable"),
                    "",
                    "",
                    ReplicaId.UNREADABLE);
        }
    }

    void write(Replica replica) {
        Path folder = tablets.resolve(replica.tablet().text());
        try {
            DurableFile.makeDirectory(folder);
            DurableFile.write(folder.resolve(FILE), JSON.writeValueAsBytes(replica));
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot describe tablet in " + folder, failure);
        }
    }
}
