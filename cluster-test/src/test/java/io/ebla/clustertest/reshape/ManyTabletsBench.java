package io.ebla.clustertest.reshape;

import io.ebla.clustertest.bench.Figures;
import io.ebla.clustertest.bench.ScratchFolder;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a table of many tablets costs three meta-servers and three tablet servers of this machine: until every
 * tablet takes writes, CPU time and memory at rest, how long writes wait when a node is killed, and a start
 * of everything. The figures of one tablet are taken from the same processes before the large table is made.
 *
 * <p>Not a test; {@code src/bench/many-tablets.sh} runs it.
 */
public final class ManyTabletsBench {

    private static final int TABLETS = Integer.getInteger("tablets", 1_000);
    private static final int REST_SECONDS = Integer.getInteger("rest", 60);
    private static final int FAILOVERS = Integer.getInteger("failovers", 3);
    private static final int WRITERS = 8;
    private static final double TICKS_PER_SECOND = 100;
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final ClusterProcesses cluster;
    private final List<Api> servers;

    private ManyTabletsBench(ClusterProcesses cluster) {
        this.cluster = cluster;
        this.servers =
                cluster.tabletServers().stream()
                        .map(ClusterNode::uri)
                        .map(uri -> new Api(uri, Duration.ofMillis(200), Duration.ofMillis(500)))
                        .toList();
    }

    public static void main(String[] arguments) throws IOException {
        try (ScratchFolder folder = ScratchFolder.make("ebla-many-tablets");
                ClusterProcesses cluster = new ClusterProcesses(folder.path(), 3, 3)) {
            cluster.start();
            new ManyTabletsBench(cluster).run();
        }
    }

    private void run() throws IOException {
        create("one", 1);
        Rest alone = rest("1 tablet");
        create("many", TABLETS);
        Rest many = rest(TABLETS + " tablets more");
        System.out.printf(
                Locale.ROOT,
                "%d tablets: %+.1f %% of a core at rest (wanted: under 5), %+.2f MB resident a replica"
                        + " (wanted: under 1.5)%n",
                TABLETS,
                100 * (many.cores() - alone.cores()),
                (many.tabletServersKiB() - alone.tabletServersKiB())
                        / 1024.0
                        / (TABLETS * servers.size()));
        for (int i = 0; i < FAILOVERS; i++) {
            failover(cluster.tabletServers().get(i % servers.size()), i % servers.size());
        }
        restart();
    }

    private void create(String table, int tablets) {
        String bounds =
                IntStream.range(1, tablets)
                        .mapToObj(i -> "\"" + key(i) + "\"")
                        .collect(Collectors.joining(",", "[", "]"));
        Api patient = new Api(servers.get(0).server(), PATIENCE, PATIENCE);
        long begun = System.nanoTime();
        String options = "{\"replicas\":3,\"splitAt\":" + bounds + "}";
        if (!Eventually.happens(PATIENCE, () -> patient.put("/v1/tables/" + table, options).ok())) {
            throw new AssertionError("no table " + table);
        }
        long made = millisSince(begun);
        Figures waits = writeToEach(table, tablets, begun, 0);
        System.out.printf(
                "table of %d tablets: answered after %d ms, every tablet has taken a write after %.0f ms%n",
                tablets, made, waits.worst());
    }

    private static String key(int tablet) {
        return String.format("%05d", tablet);
    }

    /** CPU time and memory of all processes while nobody asks for anything. */
    private Rest rest(String what) throws IOException {
        Eventually.pause(Duration.ofSeconds(20)); // for what follows the making of a table
        double before = cpuSeconds();
        long begun = System.nanoTime();
        Eventually.pause(Duration.ofSeconds(REST_SECONDS));
        double cores = (cpuSeconds() - before) / (millisSince(begun) / 1_000.0);
        long tabletServers = 0;
        StringBuilder each = new StringBuilder();
        for (ClusterNode node : cluster.nodes()) {
            long kib = residentKiB(node);
            tabletServers += cluster.tabletServers().contains(node) ? kib : 0;
            each.append(' ').append(node.id()).append(' ').append(kib >> 10);
        }
        System.out.printf(
                Locale.ROOT,
                "at rest, %s: %.1f %% of a core in all; MB resident:%s%n",
                what,
                100 * cores,
                each);
        return new Rest(cores, tabletServers);
    }

    private double cpuSeconds() throws IOException {
        double sum = 0;
        for (ClusterNode node : cluster.nodes()) {
            String stat = Files.readString(Path.of("/proc/" + pid(node) + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            sum += (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
        }
        return sum;
    }

    private static long residentKiB(ClusterNode node) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid(node) + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        throw new IOException("no VmRSS");
    }

    private static long pid(ClusterNode node) {
        return node.process().javaPid();
    }

    /** The masters of a third of the tablets die at once. */
    private void failover(ClusterNode dies, int index) {
        writeToEach("many", TABLETS, System.nanoTime(), index + 1);
        long killed = System.nanoTime();
        dies.kill();
        Figures waits = writeToEach("many", TABLETS, killed, index + 1);
        System.out.printf(
                "%s is killed: every tablet has taken a write after %.0f ms, half of them after %.0f ms"
                        + " (wanted: 3000)%n",
                dies.id(), waits.worst(), waits.median());
        long begun = System.nanoTime();
        dies.bringBack();
        System.out.printf("%s is back after %d ms%n", dies.id(), millisSince(begun));
        Eventually.pause(Duration.ofSeconds(20));
    }

    private void restart() {
        cluster.nodes().forEach(ClusterNode::kill);
        long begun = System.nanoTime();
        cluster.start();
        long ready = millisSince(begun);
        Figures waits = writeToEach("many", TABLETS, begun, 0);
        System.out.printf(
                "all killed and started: ready after %d ms, every tablet has taken a write after %.0f ms%n",
                ready, waits.worst());
    }

    /**
     * Writes to every tablet until each has committed one, first at the given server.
     *
     * @return how long each waited for it, ms
     */
    private Figures writeToEach(String table, int tablets, long sinceNanos, int server) {
        Queue<Integer> left = new ConcurrentLinkedQueue<>();
        IntStream.range(0, tablets).forEach(left::add);
        AtomicInteger open = new AtomicInteger(tablets);
        Queue<Long> waits = new ConcurrentLinkedQueue<>();
        List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            int first = server;
            Thread writer =
                    new Thread(
                            () -> {
                                int at = first;
                                while (open.get() > 0
                                        && millisSince(sinceNanos) < PATIENCE.toMillis()) {
                                    Integer tablet = left.poll();
                                    if (tablet == null) {
                                        Eventually.pause(Duration.ofMillis(1));
                                        continue;
                                    }
                                    String row = Api.row(table, key(tablet), null);
                                    Api api = servers.get(at % servers.size());
                                    if (api.put(row + "?timeout=300ms", "1").ok()) {
                                        waits.add(millisSince(sinceNanos));
                                        open.decrementAndGet();
                                    } else {
                                        left.add(tablet);
                                        at++;
                                    }
                                }
                            });
            writers.add(writer);
            writer.start();
        }
        for (Thread writer : writers) {
            try {
                writer.join();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new AssertionError(interrupted);
            }
        }
        if (open.get() > 0) {
            throw new AssertionError(open + " of " + tablets + " tablets take no write");
        }
        return new Figures(waits);
    }

    private static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }

    private record Rest(double cores, long tabletServersKiB) {}
}
