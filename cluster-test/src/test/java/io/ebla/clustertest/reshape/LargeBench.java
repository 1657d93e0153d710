package io.ebla.clustertest.reshape;

import io.ebla.clustertest.bench.Figures;
import io.ebla.clustertest.bench.ScratchFolder;
import io.ebla.clustertest.bench.StoreWork;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * One large tablet is split in the middle of its bytes and merged back, again and again: how soon what
 * comes of it serves, what flushes and compactions write until all is in order and at rest, and how much
 * of the disk that takes at most. It begins with stores at rest, and nobody writes meanwhile but who asks
 * whether it serves, so that all that is written belongs to it. Then it is split under writers, of which
 * the time until the children serve is told.
 *
 * <p>Not a test; {@code src/bench/splits.sh large} runs it.
 */
public final class LargeBench {

    private static final int REPLICAS = Integer.getInteger("replicas", 1);
    private static final int ROUNDS = Integer.getInteger("rounds", 3);
    private static final int ROWS = Integer.getInteger("rows", 2_000_000);
    private static final int ROW_BYTES = Integer.getInteger("rowBytes", 1_000);
    private static final int WRITERS = Integer.getInteger("writers", 4);
    private static final Duration WARM = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /** One key for each half. */
    private static final List<String> PROBED = List.of("1", "e");

    private final BenchTable table;
    private final Api client;
    private final StoreWork stores;
    private final StoreDisk disk;

    private LargeBench(ClusterProcesses cluster) {
        table = new BenchTable(cluster.node("t1").uri(), "large", REPLICAS, ROW_BYTES);
        client = table.client();
        stores = new StoreWork(cluster.tabletServers().stream().map(ClusterNode::uri).toList());
        disk = new StoreDisk(cluster.tabletServers());
    }

    public static void main(String[] arguments) throws Exception {
        try (ScratchFolder folder = ScratchFolder.make("ebla-large");
                ClusterProcesses cluster = new ClusterProcesses(folder.path(), 1, REPLICAS)) {
            cluster.node("m1")
                    .property("splitting.automatic", "false")
                    .property("merging.automatic", "false");
            cluster.start();
            new LargeBench(cluster).run();
        }
    }

    private void run() throws InterruptedException {
        System.out.printf("%d copies, %d rows of %d bytes%n", REPLICAS, ROWS, ROW_BYTES);
        table.load(ROWS);
        Measured splits = new Measured("split", 2);
        Measured merges = new Measured("merge", 1);
        for (int i = 0; i < ROUNDS; i++) {
            splits.measure(() -> table.begin("split", "{}"));
            merges.measure(() -> table.begin("merge", "{}"));
        }
        Figures under = new Figures();
        for (int i = 0; i < ROUNDS; i++) {
            under.add(splitUnderWriters(i));
            table.merge();
        }
        splits.tell("1 s; at most +25 % of disk, 1.3 times written");
        merges.tell("no bound");
        System.out.printf(
                Locale.ROOT,
                "splits under %d writers: served after %.2f s, worst %.2f s (wanted: 1 s)%n",
                WRITERS,
                under.median(),
                under.worst());
    }

    private double splitUnderWriters(int round) throws InterruptedException {
        stores.awaitRest();
        try (BenchWriters writers = new BenchWriters(table, WRITERS, round)) {
            Eventually.pause(WARM);
            writers.mark();
            long askedNanos = System.nanoTime();
            String operation = table.begin("split", "{}");
            double served = awaitServing(2, askedNanos);
            BenchWriters.Since since = writers.since();
            System.out.printf(
                    Locale.ROOT,
                    "split %d under writers: both children serve after %.2f s, paused %d ms%n",
                    round,
                    served,
                    since.gapMillis());
            table.awaitDone(operation);
            return served;
        }
    }

    /** In seconds; each half has taken a write and answered a read after there were so many tablets. */
    private double awaitServing(int tablets, long sinceNanos) {
        boolean served =
                Eventually.happens(
                        PATIENCE,
                        () ->
                                table.tablets() == tablets
                                        && PROBED.stream()
                                                .allMatch(pk -> table.serves(client, pk)));
        if (!served) {
            throw new AssertionError("no " + tablets + " tablets that serve");
        }
        return (System.nanoTime() - sinceNanos) / 1e9;
    }

    private interface Transfer {

        /** Its operation. */
        String begin();
    }

    /** All transfers of one kind. */
    private final class Measured {

        private final String what;
        private final int tablets;
        private final Figures served = new Figures();
        private final Figures settled = new Figures();
        private final Figures most = new Figures();
        private final Figures written = new Figures();

        private Measured(String what, int tablets) {
            this.what = what;
            this.tablets = tablets;
        }

        private void measure(Transfer transfer) throws InterruptedException {
            stores.awaitRest();
            long before = disk.bytes();
            double writtenBefore = stores.writtenBytes();
            try (StoreDisk.Peak peak = disk.peak()) {
                long askedNanos = System.nanoTime();
                String operation = transfer.begin();
                served.add(awaitServing(tablets, askedNanos));
                table.awaitDone(operation);
                stores.awaitSettled();
                settled.add((System.nanoTime() - askedNanos) / 1e9);
                stores.awaitRest();
                most.add(100.0 * (peak.mostBytes() - before) / before);
            }
            written.add((stores.writtenBytes() - writtenBefore) / before);
            System.out.printf(
                    Locale.ROOT,
                    "%s %d: serves after %.2f s, in order after %.1f s; %d MB before,"
                            + " at most %+.1f %%, in the end %+.1f %%; %.2f of it written%n",
                    what,
                    served.count(),
                    served.last(),
                    settled.last(),
                    before / 1_000_000,
                    most.last(),
                    100.0 * (disk.bytes() - before) / before,
                    written.last());
        }

        private void tell(String wanted) {
            System.out.printf(
                    Locale.ROOT,
                    "%ss: served after %.2f s, worst %.2f s; in order after %.1f s, worst %.1f s;"
                            + " at most %+.1f %% of disk, worst %+.1f %%;"
                            + " %.2f of the tablet written, worst %.2f (wanted: %s)%n",
                    what,
                    served.median(),
                    served.worst(),
                    settled.median(),
                    settled.worst(),
                    most.median(),
                    most.worst(),
                    written.median(),
                    written.worst(),
                    wanted);
        }
    }
}
