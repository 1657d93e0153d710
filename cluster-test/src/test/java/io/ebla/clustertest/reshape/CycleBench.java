package io.ebla.clustertest.reshape;

import io.ebla.clustertest.bench.Figures;
import io.ebla.clustertest.bench.ScratchFolder;
import io.ebla.clustertest.bench.StoreWork;
import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * One large tablet is split in the middle of its keys and merged back, again and again, and with several
 * copies its master hands over to the next node, while clients write all over it: how long writes stop,
 * and what throughput and latency are meanwhile, beside those of the seconds before, which are measured
 * anew each time: once until it is done and a moment longer, and once until the stores that a split made
 * are in order, which goes on in the background. Compactions that come of it later are part of neither.
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

    /** A slave may open its children after the master. */
    private static final Duration OPENED = Duration.ofSeconds(1);

    private final List<String> nodes;
    private final StoreWork stores;
    private final BenchTable table;

    private CycleBench(ClusterProcesses cluster) {
        nodes = cluster.tabletServers().stream().map(ClusterNode::id).toList();
        stores = new StoreWork(cluster.tabletServers().stream().map(ClusterNode::uri).toList());
        table = new BenchTable(cluster.node("t1").uri(), "cycles", REPLICAS, ROW_BYTES);
    }

    public static void main(String[] arguments) throws Exception {
        try (ScratchFolder folder = ScratchFolder.make("ebla-cycles");
                ClusterProcesses cluster = new ClusterProcesses(folder.path(), 1, REPLICAS)) {
            cluster.start();
            new CycleBench(cluster).run();
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
    private final class Measured {

        private final String what;
        private final Figures gaps = new Figures();
        private final Against untilDone = new Against();
        private final Against untilSettled = new Against();
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
            BenchWriters.Since whole = untilSettled(writers);
            gaps.add(during.gapMillis());
            untilDone.add(during, before);
            untilSettled.add(whole, before);
            failed += before.failed() + whole.failed();
            System.out.printf(
                    Locale.ROOT,
                    "%s %d: paused %d ms (before: %d), took %.1f s, %.0f writes/s (%.0f), p99 %.1f ms (%.1f);"
                            + " settled after %.1f s, %.0f writes/s, p99 %.1f ms%n",
                    what,
                    gaps.count(),
                    during.gapMillis(),
                    before.gapMillis(),
                    during.seconds() - AFTER.toMillis() / 1e3,
                    during.perSecond(),
                    before.perSecond(),
                    during.p99Millis(),
                    before.p99Millis(),
                    whole.seconds(),
                    whole.perSecond(),
                    whole.p99Millis());
        }

        /** From the same mark on. */
        private BenchWriters.Since untilSettled(BenchWriters writers) {
            BenchWriters.Since whole;
            do {
                stores.awaitSettled();
                whole = writers.since();
                Eventually.pause(OPENED);
            } while (!stores.settled());
            return whole;
        }

        private void tell(String wanted) {
            if (gaps.count() == 0) {
                return;
            }
            System.out.printf(
                    Locale.ROOT,
                    "%ss: %d; paused median %.0f ms, worst %.0f ms (wanted: %s); %d writes failed;"
                            + " medians of before:%n",
                    what,
                    gaps.count(),
                    gaps.median(),
                    gaps.worst(),
                    wanted,
                    failed);
            untilDone.tell("until " + AFTER.toMillis() + " ms after it was done");
            untilSettled.tell("until settled (wanted: 70 %, 3 times)");
        }
    }

    /** Writes of one stretch of time as parts of those of the seconds before. */
    private static final class Against {

        private final Figures seconds = new Figures();
        private final Figures rates = new Figures();
        private final Figures p99s = new Figures();

        private void add(BenchWriters.Since during, BenchWriters.Since before) {
            seconds.add(during.seconds());
            rates.add(during.perSecond() / before.perSecond());
            p99s.add(during.p99Millis() / before.p99Millis());
        }

        private void tell(String when) {
            System.out.printf(
                    Locale.ROOT,
                    "  %s, %.1f s: writes/s %.0f %%, p99 %.1f times%n",
                    when,
                    seconds.median(),
                    100 * rates.median(),
                    p99s.median());
        }
    }
}
