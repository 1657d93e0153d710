package io.ebla.clustertest.failover;

import io.ebla.clustertest.process.ClusterNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The wall clock of one node, moved while it runs by faketime, which reads the offset from a file. The
 * monotonic clock is left alone, as a step of the real one leaves it.
 */
final class SteppedClock {

    private static final Path LIBRARY =
            Path.of(
                    "/usr/lib",
                    System.getProperty("os.arch").equals("aarch64")
                            ? "aarch64-linux-gnu"
                            : "x86_64-linux-gnu",
                    "faketime/libfaketime.so.1");

    private final Path file;

    private SteppedClock(Path file) {
        this.file = file;
    }

    /** Whether faketime is installed. */
    static boolean available() {
        return Files.exists(LIBRARY);
    }

    /** Puts the node under such a clock from its next start on. */
    static void install(ClusterNode node) {
        of(node).set(0);
        node.environment("LD_PRELOAD", LIBRARY.toString())
                .environment("FAKETIME_TIMESTAMP_FILE", of(node).file.toString())
                .environment("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                .environment("FAKETIME_CACHE_DURATION", "1")
                // Else every timed wait of the JVM returns at once.
                .environment("FAKETIME_FORCE_MONOTONIC_FIX", "0");
    }

    static SteppedClock of(ClusterNode node) {
        return new SteppedClock(node.data().resolveSibling(node.id() + ".clock"));
    }

    /** Steps it to so many seconds from the machine's. */
    void set(int seconds) {
        try {
            Files.writeString(file, (seconds < 0 ? "" : "+") + seconds + "\n");
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
