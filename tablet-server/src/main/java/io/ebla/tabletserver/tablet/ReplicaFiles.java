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
 * before anything else of the replica is (L7). A folder without one holds no replica.
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

    ReplicaFiles(Path data) {
        this.tablets = data.resolve("tablets");
    }

    /** The id of a replica whose descriptor cannot be read: nobody's, so that it is never taken for one. */
    static final ReplicaId UNREADABLE = new ReplicaId("unreadable");

    /** All that are here; one that cannot be read is told with an id that is nobody's. */
    List<Replica> list() {
        List<Replica> replicas = new ArrayList<>();
        try {
            DurableFile.makeDirectory(tablets);
            try (Stream<Path> folders = Files.list(tablets)) {
                for (Path folder : folders.sorted().toList()) {
                    Path file = folder.resolve(FILE);
                    if (Files.exists(file)) {
                        replicas.add(read(folder, file));
                    }
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot list " + tablets, failure);
        }
        return replicas;
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
                    UNREADABLE);
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
