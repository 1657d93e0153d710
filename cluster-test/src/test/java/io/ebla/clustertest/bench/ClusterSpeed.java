package io.ebla.clustertest.bench;

import io.ebla.clustertest.bench.Contest.Plan;
import io.ebla.clustertest.bench.Contest.Result;
import io.ebla.clustertest.bench.Contest.Side;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The benchmarks of a cluster, three meta-servers and three tablet servers on this machine:
 * {@code src/bench/cluster-speed.sh [etcd] [reads] [slave] [catchup] [saturate]
 * [profile]}.
 *
 * <p>Figures are per second of CPU time of all processes together, for they share the machine with each
 * other and with the load. The plan is set as that of {@link Speed}; {@code -Dminutes=30} is how long the
 * saturated run takes, {@code -Drows=150000} what a slave has to catch up.
 */
public final class ClusterSpeed {

    private static final int KEYS = 20_000;
    private static final int MANY = 64;
    private static final String ROWS = "/v1/tables/" + EblaCluster.TABLE + "/rows/";
    private static final String BYTES = "application/octet-stream";
    private static final Predicate<String> ANY = body -> true;
    private static final Predicate<String> COMMITTED =
            body -> body.contains("\"outcome\":\"committed\"");

    private final Plan plan =
            new Plan(
                    Integer.getInteger("warm", 30),
                    Integer.getInteger("rounds", 5),
                    Integer.getInteger("seconds", 8));
    private final Contest contest = new Contest(plan);
    private final Requests requests = new Requests();
    private final Path directory;
    private final Servers servers;

    private ClusterSpeed(Path directory) {
        this.directory = directory;
        this.servers = new Servers(directory);
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Set<String> sections =
                arguments.length == 0
                        ? Set.of("etcd", "reads", "slave", "catchup")
                        : Set.of(arguments);
        ClusterSpeed speed = new ClusterSpeed(Files.createTempDirectory("ebla-cluster-speed"));
        System.out.println(speed.plan + ", files in " + speed.directory);
        if (sections.contains("etcd")) {
            speed.etcd();
        }
        if (sections.contains("reads")) {
            speed.reads();
        }
        if (sections.contains("slave")) {
            speed.slave();
        }
        if (sections.contains("catchup")) {
            speed.catchUp();
        }
        if (sections.contains("saturate")) {
            speed.saturate();
        }
        if (sections.contains("profile")) {
            speed.profile();
        }
    }

    private EblaCluster cluster(String name, String options)
            throws IOException, InterruptedException {
        return new EblaCluster(
                servers, Files.createDirectory(directory.resolve("ebla-" + name)), options);
    }

    /** Puts of a quorum, synced on every replica, through the leader. */
    private void etcd() throws IOException, InterruptedException {
        if (!EtcdCluster.installed()) {
            System.out.println("\netcd: left out, there is no " + Servers.ETCD);
            return;
        }
        Path files = Files.createDirectory(directory.resolve("etcd-3"));
        try (EtcdCluster etcd = new EtcdCluster(files);
                EblaCluster ebla = cluster("etcd", "")) {
            compare("64 connections (wanted: 300 %)", MANY, etcd, ebla);
            List<Result> single = compare("1 connection", 1, etcd, ebla);
            System.out.printf(
                    Locale.ROOT,
                    "  one client's p50: ebla %.2f ms, etcd %.2f ms (wanted: no higher)%n",
                    single.get(1).p50Millis(),
                    single.get(0).p50Millis());
        }
    }

    private List<Result> compare(String title, int connections, EtcdCluster etcd, EblaCluster ebla)
            throws IOException, InterruptedException {
        try (LoadLoop etcdPut = load(etcd.leader(), connections, requests.etcdPuts(KEYS), ANY);
                LoadLoop put = load(ebla.leader(), connections, puts(), COMMITTED)) {
            List<Result> results =
                    contest.run(
                            "PUT 1 KB, three copies each synced, against three etcd, " + title,
                            List.of(
                                    new Side("etcd", etcd, etcdPut, 1),
                                    new Side("ebla, committed", ebla, put, 1)));
            System.out.printf(
                    Locale.ROOT,
                    "  ebla %.0f %% of etcd per CPU-second%n",
                    100 * results.get(1).perCpuSecond() / results.get(0).perCpuSecond());
            return results;
        }
    }

    private void reads() throws IOException, InterruptedException {
        try (EblaCluster ebla = cluster("reads", "")) {
            Speed.fill(ebla.leader(), requests.fill(ROWS, KEYS));
            String slave = ebla.slave();
            ebla.awaitLevel(slave);
            String position = ebla.position();
            ebla.awaitLevel(slave);
            MeasuredServer other = ebla.server(slave);
            try (LoadLoop strong = load(ebla.leader(), MANY, gets("", ""), ANY);
                    LoadLoop session = load(other, MANY, gets("?read=session", position), ANY);
                    LoadLoop local = load(other, MANY, gets("?read=local", ""), ANY)) {
                List<Result> results =
                        contest.run(
                                "GET 1 KB, 64 connections: a slave's reads beside the master's"
                                        + " (wanted: no dearer)",
                                List.of(
                                        new Side("strong at the master", ebla, strong, 1),
                                        new Side("session at a slave", ebla, session, 1),
                                        new Side("local at a slave", ebla, local, 1)));
                tellShares(results);
            }
        }
    }

    /** What a dead and a stopped slave cost the writers. */
    private void slave() throws IOException, InterruptedException {
        try (EblaCluster ebla = cluster("slave", "")) {
            String slave = ebla.slave();
            try (LoadLoop put = load(ebla.leader(), MANY, puts(), COMMITTED)) {
                put.run(3 * plan.warmSeconds()); // six processes share it
                List<Result> results = new ArrayList<>();
                results.add(measure("all three run", ebla, put));
                ebla.kill(slave);
                results.add(measure("a slave is dead", ebla, put));
                ebla.start(slave);
                ebla.awaitLevel(slave);
                results.add(measure("all three again", ebla, put));
                ebla.pause(slave);
                results.add(measure("a slave is stopped", ebla, put));
                ebla.resume(slave);
                tellShares(results);
            }
        }
    }

    private Result measure(String name, EblaCluster ebla, LoadLoop put) throws IOException {
        String title = "PUT 1 KB, 64 connections (wanted: at least 90 % of the first): " + name;
        return contest.run(title, List.of(new Side(name, ebla, put, 1))).get(0);
    }

    private static void tellShares(List<Result> results) {
        Result base = results.get(0);
        for (Result result : results.subList(1, results.size())) {
            System.out.printf(
                    Locale.ROOT,
                    "  %-24s %.0f %% of %s per CPU-second, %.0f %% per second%n",
                    result.name(),
                    100 * result.perCpuSecond() / base.perCpuSecond(),
                    base.name(),
                    100 * result.perSecond() / base.perSecond());
        }
    }

    /** What the p99 of the others is while a slave catches up: from the log, and on an empty disk. */
    private void catchUp() throws IOException, InterruptedException {
        int rows = Integer.getInteger("rows", 150_000);
        System.out.println(
                "\nPUT 1 KB, 8 connections, while a slave catches up (wanted: p99 within 2 x)");
        try (EblaCluster ebla = cluster("catchup", "")) {
            Speed.fill(ebla.leader(), requests.fill(ROWS, rows));
            String slave = ebla.slave();
            ebla.awaitLevel(slave);
            try (LoadLoop put = load(ebla.leader(), 8, puts(), COMMITTED)) {
                put.run(plan.warmSeconds());
                double usual = p99("all level", put.run(2 * plan.roundSeconds()));
                ebla.kill(slave);
                Speed.fill(ebla.leader(), requests.fill(ROWS, rows));
                ebla.start(slave);
                double log = p99("catching up from the log", untilLevel(ebla, slave, put));
                double again = p99("all level again", put.run(2 * plan.roundSeconds()));
                ebla.kill(slave);
                ebla.startEmpty(slave);
                double snapshot = p99("an empty slave is filled", untilLevel(ebla, slave, put));
                System.out.printf(
                        Locale.ROOT,
                        "  p99: log %.1f x, snapshot %.1f x of the usual%n",
                        log / Math.min(usual, again),
                        snapshot / Math.min(usual, again));
            }
        }
    }

    /** The load goes on until the slave is level; the last stretch is the one in which that came about. */
    private static LoadLoop.Round untilLevel(EblaCluster ebla, String slave, LoadLoop put)
            throws IOException {
        long begin = System.nanoTime();
        LoadLoop.Round all = put.run(1);
        while (!ebla.level(slave)) {
            all = all.and(put.run(1));
            if (System.nanoTime() - begin > TimeUnit.MINUTES.toNanos(5)) {
                throw new IOException(slave + " does not catch up");
            }
        }
        return all;
    }

    private static double p99(String name, LoadLoop.Round round) {
        double p99 = round.latencies().millis(0.99);
        System.out.printf(
                Locale.ROOT,
                "  %-28s p50 %.2f ms, p99 %.2f ms, %,.0f per second for %.0f s%s%n",
                name,
                round.latencies().millis(0.5),
                p99,
                round.units() / round.seconds(),
                round.seconds(),
                round.error() == null ? "" : ", ERROR " + round.error());
        return p99;
    }

    /** No election comes of load alone. */
    private void saturate() throws IOException, InterruptedException {
        int minutes = Integer.getInteger("minutes", 30);
        System.out.println(
                "\nPUT 1 KB, 64 connections, for " + minutes + " minutes, three tablets");
        String splits = ",\"splitAt\":[\"key000007000\",\"key000014000\"]";
        try (EblaCluster ebla = cluster("saturate", splits)) {
            List<Long> before = ebla.epochs();
            try (LoadLoop put = load(ebla.leader(), MANY, puts(), COMMITTED)) {
                LoadLoop.Round round = put.run(minutes * 60);
                p99("saturated", round);
            }
            List<Long> after = ebla.epochs();
            System.out.println(
                    "  epochs before "
                            + before
                            + ", after "
                            + after
                            + (before.equals(after) ? ": no election" : ": ELECTIONS"));
        }
    }

    /** Flame graphs of a master and of a slave under puts. */
    private void profile() throws IOException, InterruptedException {
        try (EblaCluster ebla = cluster("profile", "");
                LoadLoop put = load(ebla.leader(), MANY, puts(), COMMITTED)) {
            MeasuredServer slave = ebla.server(ebla.slave());
            new Profile(servers, requests)
                    .profile(Map.of("master", ebla.leader(), "slave", slave), put);
            for (String id : ebla.ids()) {
                System.out.printf(
                        Locale.ROOT, "  %s %.1f CPU-seconds%n", id, ebla.server(id).cpuSeconds());
            }
        }
    }

    private Supplier<byte[]> puts() {
        return requests.puts(ROWS, KEYS, BYTES);
    }

    private Supplier<byte[]> gets(String query, String position) {
        return requests.gets(ROWS, KEYS, query, position);
    }

    private static LoadLoop load(
            MeasuredServer server, int connections, Supplier<byte[]> requests, Predicate<String> ok)
            throws IOException {
        return new LoadLoop(server.port(), connections, requests, ok, false);
    }
}
