package io.ebla.clustertest.reshape;

import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * How long writes stop when the one tablet of a loaded table is split in the middle: the longest gap between
 * two successful writes of any of its writers, for a new table each round. Then what that took of the disk
 * until all is settled.
 *
 * <p>Not a test; {@code src/bench/splits.sh} runs it.
 */
public final class SplitBench {

    private static final int REPLICAS = Integer.getInteger("replicas", 1);
    private static final int ROUNDS = Integer.getInteger("rounds", 10);
    private static final int ROWS = Integer.getInteger("rows", 20_000);
    private static final int ROW_BYTES = Integer.getInteger("rowBytes", 1_000);
    private static final int WRITERS = Integer.getInteger("writers", 4);
    private static final Duration AFTER = Duration.ofSeconds(1);

    private final ClusterProcesses cluster;

    private SplitBench(ClusterProcesses cluster) {
        this.cluster = cluster;
    }

    public static void main(String[] arguments) throws Exception {
        Path directory = Files.createTempDirectory("ebla-splits");
        try (ClusterProcesses cluster = new ClusterProcesses(directory, 1, REPLICAS)) {
            cluster.nodes().forEach(ClusterNode::start);
            cluster.nodes().forEach(node -> node.process().awaitReady());
            new SplitBench(cluster).run();
        } finally {
            try (Stream<Path> files = Files.walk(directory)) {
                files.sorted((one, other) -> other.compareTo(one))
                        .forEach(p -> p.toFile().delete());
            }
        }
    }

    private void run() throws Exception {
        System.out.printf(
                "%d copies, %d rows of %d bytes, %d writers%n", REPLICAS, ROWS, ROW_BYTES, WRITERS);
        List<Long> gaps = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            gaps.add(round(round));
        }
        gaps.sort(null);
        System.out.printf(
                "pause: median %d ms, worst %d ms%n",
                gaps.get(gaps.size() / 2), gaps.get(gaps.size() - 1));
    }

    /** The longest gap, ms. */
    private long round(int round) throws Exception {
        BenchTable table =
                new BenchTable(cluster.node("t1").uri(), "round" + round, REPLICAS, ROW_BYTES);
        table.load(ROWS);
        BenchWriters.Since since;
        long diskBefore;
        long writtenBefore;
        try (BenchWriters writers = new BenchWriters(table, WRITERS, round)) {
            Eventually.pause(Duration.ofSeconds(round == 0 ? 6 : 2));
            diskBefore = disk();
            writtenBefore = written();
            writers.mark();
            table.split("{}");
            Eventually.pause(AFTER);
            since = writers.since();
        }
        System.out.printf(
                Locale.ROOT,
                "round %d: paused %d ms, done after %.1f s, %.0f writes/s",
                round,
                since.gapMillis(),
                since.seconds() - AFTER.toSeconds(),
                since.perSecond());
        if (ROUNDS == 1) {
            settle(diskBefore, writtenBefore);
        }
        System.out.println();
        return since.gapMillis();
    }

    /** Until nothing is written any more. */
    private void settle(long diskBefore, long writtenBefore) throws Exception {
        long most = diskBefore;
        long quietSince = System.nanoTime();
        long last = written();
        while (System.nanoTime() - quietSince < TimeUnit.SECONDS.toNanos(15)) {
            Eventually.pause(Duration.ofMillis(200));
            most = Math.max(most, disk());
            long now = written();
            if (now - last > 1 << 20) {
                quietSince = System.nanoTime();
                last = now;
            }
        }
        System.out.printf(
                ", %d MB before, at most %+d %%, in the end %+d %%, written %.2f of it",
                diskBefore >> 20,
                100 * (most - diskBefore) / diskBefore,
                100 * (disk() - diskBefore) / diskBefore,
                (double) (written() - writtenBefore) / diskBefore);
    }

    /** Of the stores of all servers, what is shared counted once. */
    private long disk() throws IOException {
        long bytes = 0;
        Set<Object> seen = new HashSet<>();
        for (ClusterNode node : cluster.tabletServers()) {
            Path tablets = node.data().resolve("tablets");
            try (Stream<Path> files = Files.walk(tablets)) {
                for (Path file : files.toList()) {
                    try {
                        if (Files.isRegularFile(file)
                                && seen.add(Files.getAttribute(file, "unix:ino"))) {
                            bytes += Files.size(file);
                        }
                    } catch (IOException gone) {
                        // Removed between the listing and the look.
                    }
                }
            } catch (java.io.UncheckedIOException gone) {
                // Likewise a folder.
            }
        }
        return bytes;
    }

    private long written() throws IOException {
        long bytes = 0;
        for (ClusterNode node : cluster.tabletServers()) {
            Path io = Path.of("/proc", Long.toString(node.process().pid()), "io");
            for (String line : Files.readAllLines(io)) {
                if (line.startsWith("write_bytes:")) {
                    bytes += Long.parseLong(line.substring("write_bytes:".length()).trim());
                }
            }
        }
        return bytes;
    }
}
