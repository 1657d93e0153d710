package io.ebla.clustertest.failover;

import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The fail points of a cluster of processes, each of which has a directory for them. One thread. */
final class ArmedPoints {

    private static final String REACHED = ".reached";

    private final ClusterProcesses cluster;
    private final Path directory;

    /** Turns them on, for all starts from now on. */
    ArmedPoints(ClusterProcesses cluster, Path directory) {
        this.cluster = cluster;
        this.directory = directory;
        for (ClusterNode node : cluster.nodes()) {
            try {
                Files.createDirectories(place(node));
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
            node.environment("EBLA_FAILPOINTS", place(node).toString());
        }
    }

    private Path place(ClusterNode node) {
        return directory.resolve(node.id());
    }

    /** Whoever of them comes by first is held. */
    void arm(Collection<ClusterNode> nodes, String point) {
        for (ClusterNode node : nodes) {
            try {
                Files.createFile(place(node).resolve(point));
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }
    }

    /** Who is held there. */
    Optional<ClusterNode> heldAt(String point) {
        return cluster.nodes().stream()
                .filter(node -> Files.exists(place(node).resolve(point + REACHED)))
                .findFirst();
    }

    /** Nobody is held any more, nor will be. */
    void clear() {
        for (ClusterNode node : cluster.nodes()) {
            try (Stream<Path> files = Files.list(place(node))) {
                List<Path> all = files.toList();
                for (Path file : all) {
                    Files.deleteIfExists(file);
                }
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }
    }
}
