package io.ebla.clustertest.reshape;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    private static final int BULK_ROWS = 2_000;
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final ClusterProcesses cluster;
    private final Path directory;
    private final Api api;
    private final String noise = noise(new Random(7));

    private final AtomicLong lastNanos = new AtomicLong();
    private final AtomicLong gapNanos = new AtomicLong();
    private final AtomicLong writes = new AtomicLong();

    private SplitBench(ClusterProcesses cluster, Path directory) {
        this.cluster = cluster;
        this.directory = directory;
        this.api = new Api(cluster.node("t1").uri());
    }

    public static void main(String[] arguments) throws Exception {
        Path directory = Files.createTempDirectory("ebla-splits");
        try (ClusterProcesses cluster = new ClusterProcesses(directory, 1, REPLICAS)) {
            cluster.nodes().forEach(ClusterNode::start);
            cluster.nodes().forEach(node -> node.process().awaitReady());
            new SplitBench(cluster, directory).run();
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
            String table = "round" + round;
            await("a table", () -> create(table));
            load(table);
            gaps.add(round(table, round));
        }
        gaps.sort(null);
        System.out.printf(
                "pause: median %d ms, worst %d ms%n",
                gaps.get(gaps.size() / 2), gaps.get(gaps.size() - 1));
    }

    private boolean create(String table) {
        return api.put("/v1/tables/" + table, "{\"replicas\":" + REPLICAS + "}").ok();
    }

    private void load(String table) {
        Random random = new Random(1);
        for (int row = 0; row < ROWS; row += BULK_ROWS) {
            StringBuilder lines = new StringBuilder();
            for (int i = row; i < Math.min(ROWS, row + BULK_ROWS); i++) {
                lines.append("{\"pk\":\"").append(key(random)).append("\",\"base64\":\"");
                lines.append(value(random)).append("\"}\n");
            }
            Answer answer =
                    api.post(
                            "/v1/tables/" + table + "/rows",
                            "application/x-ndjson",
                            lines.toString());
            if (answer.status() != 200) {
                throw new AssertionError(answer.toString());
            }
        }
    }

    /** What compression makes little of. */
    private static String noise(Random random) {
        byte[] bytes = new byte[3 << 20];
        random.nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    private String value(Random random) {
        int length = ROW_BYTES / 4 * 4;
        int at = random.nextInt((noise.length() - length) / 4) * 4;
        return noise.substring(at, at + length);
    }

    private static String key(Random random) {
        return String.format("%08x", random.nextInt());
    }

    /** The longest gap, ms. */
    private long round(String table, int round) throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            Random random = new Random(100L * round + i);
            Thread writer = new Thread(() -> write(table, random, stop));
            writers.add(writer);
            writer.start();
        }
        Eventually.pause(Duration.ofSeconds(round == 0 ? 6 : 2));
        long diskBefore = disk();
        long writtenBefore = written();
        gapNanos.set(0);
        long before = writes.get();
        long begun = System.nanoTime();
        String operation = split(table);
        await("the split", () -> done(operation));
        long doneMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
        Eventually.pause(Duration.ofSeconds(1));
        long gap = TimeUnit.NANOSECONDS.toMillis(gapNanos.get());
        long rate = (writes.get() - before) * 1_000 / (doneMillis + 1_000);
        stop.set(true);
        for (Thread writer : writers) {
            writer.join();
        }
        System.out.printf(
                "round %d: paused %d ms, done after %d ms, %d writes/s",
                round, gap, doneMillis, rate);
        if (ROUNDS == 1) {
            settle(diskBefore, writtenBefore);
        }
        System.out.println();
        return gap;
    }

    private void write(String table, Random random, AtomicBoolean stop) {
        Api own = new Api(cluster.node("t1").uri());
        while (!stop.get()) {
            String row = Api.row(table, key(random), null) + "?timeout=10s";
            if (own.put(row, "\"" + value(random) + "\"").ok()) {
                long now = System.nanoTime();
                long gap = now - lastNanos.getAndSet(now);
                gapNanos.accumulateAndGet(gap, Math::max);
                writes.incrementAndGet();
            }
        }
    }

    private String split(String table) {
        String id = text(api.get("/v1/tables/" + table + "/tablets"), "id");
        Answer begun =
                api.post(
                        "/v1/tables/" + table + "/tablets/" + id + "/split",
                        "application/json",
                        "{}");
        return text(begun, "operation");
    }

    private boolean done(String operation) {
        String state = text(api.get("/v1/cluster/operations/" + operation), "state");
        if (state.equals("aborted")) {
            throw new AssertionError(api.get("/v1/cluster/operations/" + operation).toString());
        }
        return state.equals("done");
    }

    /** The first text of that name: what runs this has no library to read JSON with. */
    private static String text(Answer answer, String name) {
        Matcher found = Pattern.compile("\"" + name + "\":\"([^\"]+)\"").matcher(answer.body());
        if (!found.find()) {
            throw new AssertionError(answer.toString());
        }
        return found.group(1);
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

    private static void await(String what, java.util.function.BooleanSupplier event) {
        if (!Eventually.happens(PATIENCE, event)) {
            throw new AssertionError("not in time: " + what);
        }
    }
}
