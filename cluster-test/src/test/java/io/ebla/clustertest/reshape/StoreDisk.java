package io.ebla.clustertest.reshape;

import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the data of some nodes take of the disk: each file once, however many links it has, and those that
 * are removed and still open, too. The journals are left out, which are allocated ahead. Linux only;
 * thread-safe.
 */
final class StoreDisk {

    private static final Duration LOOK = Duration.ofMillis(100);
    private static final String REMOVED = " (deleted)";

    private final List<ClusterNode> nodes;

    StoreDisk(List<ClusterNode> nodes) {
        this.nodes = nodes;
    }

    long bytes() {
        long bytes = 0;
        Set<Object> seen = new HashSet<>();
        for (ClusterNode node : nodes) {
            for (Path file : held(node)) {
                bytes += sizeOnce(file, seen);
            }
        }
        return bytes;
    }

    private static List<Path> held(ClusterNode node) {
        Path journal = node.data().resolve("journal");
        Path descriptors = Path.of("/proc", "" + node.process().javaPid(), "fd");
        return Stream.concat(
                        listed(node.data()).filter(file -> !file.startsWith(journal)),
                        listed(descriptors).filter(file -> isRemoved(file, node.data(), journal)))
                .toList();
    }

    /** What is there at the moment; looks again where a folder vanishes meanwhile. */
    private static Stream<Path> listed(Path folder) {
        while (true) {
            try (Stream<Path> files = Files.walk(folder)) {
                return files.toList().stream();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            } catch (UncheckedIOException gone) {
                Thread.onSpinWait();
            }
        }
    }

    private static boolean isRemoved(Path descriptor, Path data, Path journal) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.endsWith(REMOVED)
                    && target.startsWith(data + "/")
                    && !target.startsWith(journal + "/");
        } catch (IOException noFile) {
            return false;
        }
    }

    private static long sizeOnce(Path file, Set<Object> seen) {
        try {
            boolean counts =
                    Files.isRegularFile(file) && seen.add(Files.getAttribute(file, "unix:ino"));
            return counts ? Files.size(file) : 0;
        } catch (IOException gone) {
            return 0; // Removed between the listing and the look.
        }
    }

    /** Looks again and again until it is closed. */
    Peak peak() {
        return new Peak();
    }

    /** The most that there has been. */
    final class Peak implements AutoCloseable {

        private final Thread thread = new Thread(this::look);
        private volatile long most = StoreDisk.this.bytes();
        private volatile boolean closed;

        private Peak() {
            thread.start();
        }

        private void look() {
            while (!closed) {
                most = Math.max(most, StoreDisk.this.bytes());
                Eventually.pause(LOOK);
            }
        }

        long mostBytes() {
            return most;
        }

        @Override
        public void close() throws InterruptedException {
            closed = true;
            thread.join();
        }
    }
}
