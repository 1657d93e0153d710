package io.ebla.clustertest.reshape;

import io.ebla.clustertest.bench.Figures;
import io.ebla.clustertest.bench.ScratchFolder;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import java.time.Duration;
import java.util.Locale;

/**
 * How long writes stop when the one tablet of a loaded table is split in the middle: the longest gap between
 * two successful writes of any of its writers, for a new table each round.
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
        try (ScratchFolder folder = ScratchFolder.make("ebla-splits");
                ClusterProcesses cluster = new ClusterProcesses(folder.path(), 1, REPLICAS)) {
            cluster.start();
            new SplitBench(cluster).run();
        }
    }

    private void run() throws Exception {
        System.out.printf(
                "%d copies, %d rows of %d bytes, %d writers%n", REPLICAS, ROWS, ROW_BYTES, WRITERS);
        Figures gaps = new Figures();
        for (int round = 0; round < ROUNDS; round++) {
            gaps.add(round(round));
        }
        System.out.printf("pause: median %.0f ms, worst %.0f ms%n", gaps.median(), gaps.worst());
    }

    /** The longest gap, ms. */
    private long round(int round) throws Exception {
        BenchTable table =
                new BenchTable(cluster.node("t1").uri(), "round" + round, REPLICAS, ROW_BYTES);
        table.load(ROWS);
        BenchWriters.Since since;
        try (BenchWriters writers = new BenchWriters(table, WRITERS, round)) {
            Eventually.pause(Duration.ofSeconds(round == 0 ? 6 : 2));
            writers.mark();
            table.split("{}");
            Eventually.pause(AFTER);
            since = writers.since();
        }
        System.out.printf(
                Locale.ROOT,
                "round %d: paused %d ms, done after %.1f s, %.0f writes/s%n",
                round,
                since.gapMillis(),
                since.seconds() - AFTER.toSeconds(),
                since.perSecond());
        return since.gapMillis();
    }
}
