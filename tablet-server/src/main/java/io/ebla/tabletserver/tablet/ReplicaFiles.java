package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import java.io.IOException;
import java.io.UncheckedIOException;
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
final class ReplicaFiles {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String FILE = "tablet.json";

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

    List<Replica> list() {
        List<Replica> replicas = new ArrayList<>();
        try {
            DurableFile.makeDirectory(tablets);
            try (Stream<Path> folders = Files.list(tablets)) {
                for (Path folder : folders.sorted().toList()) {
                    Path file = folder.resolve(FILE);
                    if (Files.exists(file)) {
                        replicas.add(JSON.readValue(Files.readAllBytes(file), Replica.class));
                    }
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot list " + tablets, failure);
        }
        return replicas;
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
