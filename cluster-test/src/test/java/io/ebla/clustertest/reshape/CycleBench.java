package io.ebla.clustertest.reshape;

import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * One large tablet is split in the middle of its keys and merged back, again and again, and with several copies
 * its master hands over to the next node, while clients write all over it: how long writes stop, and what
 * throughput and latency are meanwhile, beside those of the seconds before, which are measured anew each time.
 *
 * <p>Not a test; {@code src/bench/splits.sh cycles1 cycles3} runs it.
 */
public final class CycleBench {

    private static final int REPLICAS = Integer.getInteger("replicas", 1);
    private static final int CYCLES = Integer.getInteger("rounds", 50);
    private static final int HAND_OVERS = Integer.getInteger("handovers", 10);
    private static final int ROWS = Integer.getInteger("rows", 1_000_000);
    private static final int ROW_BYTES = Integer.getInteger("rowBytes", 1_000);
    private static final int WRITERS = Integer.getInteger("writers", 4);
    private static final int WARM_SECONDS = Integer.getInteger("warm", 30);
    private static final Duration BEFORE = Duration.ofSeconds(5);

    /** What goes on behind an end that was told belongs to it. */
    private static final Duration AFTER = Duration.ofMillis(500);

    private final List<String> nodes;
    private final BenchTable table;

    private CycleBench(ClusterProcesses cluster) {
        nodes = cluster.tabletServers().stream().map(ClusterNode::id).toList();
        table = new BenchTable(cluster.node("t1").uri(), "cycles", REPLICAS, ROW_BYTES);
    }

    public static void main(String[] arguments) throws Exception {
        Path directory = Files.createTempDirectory("ebla-cycles");
        try (ClusterProcesses cluster = new ClusterProcesses(directory, 1, REPLICAS)) {
            cluster.node("m1").property("balancing.automatic", "false");
            cluster.nodes().forEach(ClusterNode::start);
            cluster.nodes().forEach(node -> node.process().awaitReady());
            new CycleBench(cluster).run();
        } finally {
            try (Stream<Path> files = Files.walk(directory)) {
                files.sorted(Comparator.reverseOrder()).forEach(p -> p.toFile().delete());
            }
        }
    }

    private void run() throws InterruptedException {
        System.out.printf(
                "%d copies, %d rows of %d bytes, %d writers%n", REPLICAS, ROWS, ROW_BYTES, WRITERS);
        table.load(ROWS);
        Measured splits = new Measured("split");
        Measured merges = new Measured("merge");
        Measured handOvers = new Measured("hand-over");
        try (BenchWriters writers = new BenchWriters(table, WRITERS, 1)) {
            Eventually.pause(Duration.ofSeconds(WARM_SECONDS));
            for (int i = 0; i < CYCLES; i++) {
                splits.measure(writers, () -> table.split(BenchTable.MIDDLE));
                merges.measure(writers, table::merge);
            }
            for (int i = 0; i < HAND_OVERS && REPLICAS > 1; i++) {
                handOvers.measure(writers, () -> table.handOver(nextMaster()));
            }
        }
        splits.tell("50 ms, 200 ms");
        merges.tell("worst 300 ms");
        handOvers.tell("worst 200 ms");
    }

    private String nextMaster() {
        return nodes.get((nodes.indexOf(table.master()) + 1) % nodes.size());
    }

    /** All transfers of one kind. */
    private static final class Measured {

        private final String what;
        private final List<Double> gaps = new ArrayList<>();
        private final List<Double> rates = new ArrayList<>();
        private final List<Double> p99s = new ArrayList<>();
        private long failed;

        private Measured(String what) {
            this.what = what;
        }

        private void measure(BenchWriters writers, Runnable transfer) {
            writers.mark();
            Eventually.pause(BEFORE);
            BenchWriters.Since before = writers.since();
            writers.mark();
            transfer.run();
            Eventually.pause(AFTER);
            BenchWriters.Since during = writers.since();
            gaps.add((double) during.gapMillis());
            rates.add(during.perSecond() / before.perSecond());
            p99s.add(during.p99Millis() / before.p99Millis());
            failed += before.failed() + during.failed();
            System.out.printf(
                    Locale.ROOT,
                    "%s %d: paused %d ms (before: %d), took %.1f s, %.0f writes/s (%.0f), p99 %.1f ms (%.1f)%n",
                    what,
                    gaps.size(),
                    during.gapMillis(),
                    before.gapMillis(),
                    during.seconds() - AFTER.toMillis() / 1e3,
                    during.perSecond(),
                    before.perSecond(),
                    during.p99Millis(),
                    before.p99Millis());
        }

        private void tell(String wanted) {
            if (gaps.isEmpty()) {
                return;
            }
            System.out.printf(
                    Locale.ROOT,
                    "%ss: %d; paused median %.0f ms, worst %.0f ms (wanted: %s); writes/s %.0f %% of before (70),"
                            + " p99 %.1f times (3), medians; %d writes failed%n",
                    what,
                    gaps.size(),
                    median(gaps),
                    gaps.stream().max(Comparator.naturalOrder()).orElseThrow(),
                    wanted,
                    100 * median(rates),
                    median(p99s),
                    failed);
        }

        private static double median(List<Double> figures) {
            return figures.stream().sorted().toList().get(figures.size() / 2);
        }
    }
}
