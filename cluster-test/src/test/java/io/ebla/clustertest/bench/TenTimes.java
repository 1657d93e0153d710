package io.ebla.clustertest.bench;

import io.ebla.clustertest.bench.Contest.Plan;
import io.ebla.clustertest.bench.Contest.Side;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * What ten times the rows cost: reads of rows that are there, and writes over them, per second of the
 * server's CPU time, first with so many rows, then with ten times as many in the same table.
 *
 * <p>The server reads its files past the operating system's cache, and already the smaller table is larger
 * than the block cache: else the memory of the machine would be measured. Keys come in no order, so that
 * flushed files overlap as they do in use. Reads are measured once all is compacted; to the writes belongs
 * what is flushed and compacted behind them, until that rests.
 *
 * <p>Not a test; {@code src/bench/ten-times.sh} runs it.
 */
public final class TenTimes {

    private static final int ROWS = Integer.getInteger("rows", 1_000_000);
    private static final int FACTOR = Integer.getInteger("factor", 10);
    private static final int VALUE_BYTES = Integer.getInteger("valueBytes", 400);
    private static final String BLOCK_CACHE = System.getProperty("blockCache", "64MB");
    private static final Plan PLAN =
            new Plan(
                    Integer.getInteger("warm", 10),
                    Integer.getInteger("rounds", 5),
                    Integer.getInteger("seconds", 10));

    /** So many that a block seldom holds one twice: compression would find it. */
    private static final int VALUES = 10_000;

    private static final String TABLE = "t";
    private static final String PATH = "/v1/tables/" + TABLE + "/rows/";
    private static final double WANTED = 0.5;

    private final MeasuredServer server;
    private final StoreWork stores;
    private final Requests requests = Requests.scattered(VALUE_BYTES, VALUES);
    private final Contest contest = new Contest(PLAN);

    private TenTimes(MeasuredServer server) {
        this.server = server;
        this.stores = new StoreWork(List.of(URI.create("http://127.0.0.1:" + server.port())));
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        System.out.printf("%s; values of %d bytes, read directly%n", PLAN, VALUE_BYTES);
        List<String> settings =
                List.of("store.direct-reads=true", "store.block-cache=" + BLOCK_CACHE);
        try (ScratchFolder folder = ScratchFolder.make("ebla-ten-times")) {
            Servers servers = new Servers(folder.path());
            try (MeasuredServer server = servers.ebla("ten-times", settings)) {
                servers.createTable(server, TABLE);
                new TenTimes(server).run();
            }
        }
    }

    private void run() throws IOException {
        Cost few = measure(0, ROWS);
        Cost many = measure(ROWS, ROWS * FACTOR);
        System.out.printf(
                Locale.ROOT,
                "%n%d times the rows, per CPU-second: GET %.2f of what it was, PUT %.2f"
                        + " (wanted: above %.1f)%n",
                FACTOR,
                many.reads() / few.reads(),
                many.writes() / few.writes(),
                WANTED);
    }

    /** Per CPU-second. */
    private record Cost(double reads, double writes) {}

    private Cost measure(int before, int rows) throws IOException {
        LoadLoop.Round loaded = BulkLoad.run(server, requests, TABLE, before, rows);
        long loadedNanos = System.nanoTime();
        stores.awaitRest();
        System.out.printf(
                Locale.ROOT,
                "%n%,d rows: %.0f s to load, %.0f s to compact,"
                        + " %.0f MB of files, block cache of %.0f MB%n",
                rows,
                loaded.seconds(),
                (System.nanoTime() - loadedNanos) / 1e9 - StoreWork.restSeconds(),
                stores.fileBytes() / 1e6,
                stores.blockCacheBytes() / 1e6);
        if (stores.fileBytes() <= stores.blockCacheBytes()) {
            throw new IllegalStateException("all rows fit into the block cache: take more");
        }
        return new Cost(reads(rows), writes(rows));
    }

    private double reads(int rows) throws IOException {
        try (LoadLoop gets = Speed.load(server, requests.gets(PATH, rows), body -> true)) {
            return contest.run("GET", List.of(new Side("strong", server, gets, 1)))
                    .get(0)
                    .perCpuSecond();
        }
    }

    private double writes(int rows) throws IOException {
        Predicate<String> committed = body -> body.contains("\"outcome\":\"committed\"");
        String bytes = "application/octet-stream";
        Figures rounds = new Figures();
        double[] cpu = {server.cpuSeconds(), 0};
        long puts = 0;
        try (LoadLoop load = Speed.load(server, requests.puts(PATH, rows, bytes), committed)) {
            for (int i = 0; i < PLAN.rounds(); i++) {
                double begun = server.cpuSeconds();
                LoadLoop.Round round = load.run(PLAN.roundSeconds());
                if (round.error() != null) {
                    throw new IOException("a write failed: " + round.error());
                }
                puts += round.units();
                cpu[1] = server.cpuSeconds();
                rounds.add(round.units() / (cpu[1] - begun));
            }
        }
        stores.awaitRest(() -> cpu[1] = cpuSeconds());
        double perCpuSecond = puts / (cpu[1] - cpu[0]);
        System.out.printf(
                Locale.ROOT,
                "%nPUT%n  %-24s %,9.0f per CPU-second,"
                        + " flushes and compactions behind them included (%s without)%n",
                "committed",
                perCpuSecond,
                rounds.rounded());
        return perCpuSecond;
    }

    private double cpuSeconds() {
        try {
            return server.cpuSeconds();
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
    }
}
