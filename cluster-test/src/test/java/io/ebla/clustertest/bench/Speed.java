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
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The benchmarks of one node: {@code src/bench/speed.sh [bare] [etcd] [rows] [memory] [profile]}.
 *
 * <p>Every figure is per second of the server's own CPU time, since the load shares the machine. The plan
 * is set by {@code -Dwarm=30 -Drounds=5 -Dseconds=8}, the jar by {@code -Debla.jar}. The sections {@code
 * put}, {@code get} and {@code batch} compare it with another, {@code -Debla.other}.
 */
public final class Speed {

    private static final int CONNECTIONS = 64;
    private static final int KEYS = 20_000;
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
    private final Servers servers;

    private Speed(Servers servers) {
        this.servers = servers;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Set<String> sections =
                arguments.length == 0
                        ? Set.of("bare", "etcd", "rows", "memory")
                        : Set.of(arguments);
        Path directory = Files.createTempDirectory("ebla-speed");
        Speed speed = new Speed(new Servers(directory));
        System.out.println(speed.plan + ", files in " + directory);
        if (sections.contains("bare")) {
            speed.bare();
        }
        if (sections.contains("etcd")) {
            speed.etcd();
        }
        if (sections.contains("rows")) {
            speed.rows();
        }
        if (sections.contains("memory")) {
            new Memory(speed.servers, speed.requests).run();
        }
        for (String section : List.of("put", "get", "batch")) {
            if (sections.contains(section)) {
                speed.compareJars(section);
            }
        }
        if (sections.contains("profile")) {
            new Profile(speed.servers, speed.requests).run();
        }
    }

    private void bare() throws IOException, InterruptedException {
        try (MeasuredServer boot = servers.handler(BootHandler.class);
                MeasuredServer bare = servers.handler(BareHandler.class);
                MeasuredServer ebla = servers.ebla("bare")) {
            servers.createTable(ebla, "t");
            String rows = "/v1/tables/t/rows/";
            fill(ebla, requests.fill(rows, KEYS));
            String bytes = "application/octet-stream";
            String json = "application/json";
            try (LoadLoop bootPut = load(boot, requests.puts("/bare/", KEYS, bytes), ANY);
                    LoadLoop barePut = load(bare, requests.puts("/bare/", KEYS, bytes), ANY);
                    LoadLoop put = load(ebla, requests.puts(rows, KEYS, bytes), COMMITTED);
                    LoadLoop putJson = load(ebla, requests.puts(rows, KEYS, json), COMMITTED)) {
                compare(
                        "PUT 1 KB, 64 connections, against a bare WebFlux handler (wanted: 55 %)",
                        2,
                        List.of(
                                new Side("bare, Boot's defaults", boot, bootPut, 1),
                                new Side("bare, lean", bare, barePut, 1),
                                new Side("ebla, committed", ebla, put, 1),
                                new Side("ebla, committed, JSON", ebla, putJson, 1)));
            }
            try (LoadLoop bootGet = load(boot, requests.gets("/bare/", KEYS), ANY);
                    LoadLoop bareGet = load(bare, requests.gets("/bare/", KEYS), ANY);
                    LoadLoop get = load(ebla, requests.gets(rows, KEYS), ANY)) {
                compare(
                        "GET 1 KB, 64 connections, against a bare WebFlux handler (wanted: 65 %)",
                        2,
                        List.of(
                                new Side("bare, Boot's defaults", boot, bootGet, 1),
                                new Side("bare, lean", bare, bareGet, 1),
                                new Side("ebla, strong", ebla, get, 1)));
            }
        }
    }

    private void etcd() throws IOException, InterruptedException {
        if (!Files.isExecutable(Servers.ETCD)) {
            System.out.println("\netcd: left out, there is no " + Servers.ETCD);
            return;
        }
        try (MeasuredServer etcd = servers.etcd();
                MeasuredServer ebla = servers.ebla("etcd")) {
            servers.createTable(ebla, "t");
            String rows = "/v1/tables/t/rows/";
            fill(ebla, requests.fill(rows, KEYS));
            fill(etcd, requests.etcdFill(KEYS));
            String bytes = "application/octet-stream";
            try (LoadLoop etcdPut = load(etcd, requests.etcdPuts(KEYS), ANY);
                    LoadLoop put = load(ebla, requests.puts(rows, KEYS, bytes), COMMITTED)) {
                compare(
                        "PUT 1 KB, 64 connections, against etcd's JSON gateway (wanted: 300 %)",
                        1,
                        List.of(
                                new Side("etcd", etcd, etcdPut, 1),
                                new Side("ebla, committed", ebla, put, 1)));
            }
            Predicate<String> found = body -> body.contains("\"kvs\"");
            try (LoadLoop etcdGet = load(etcd, requests.etcdGets(KEYS), found);
                    LoadLoop get = load(ebla, requests.gets(rows, KEYS), ANY)) {
                compare(
                        "GET 1 KB, 64 connections, against etcd's JSON gateway (wanted: 300 %)",
                        1,
                        List.of(
                                new Side("etcd", etcd, etcdGet, 1),
                                new Side("ebla, strong", ebla, get, 1)));
            }
        }
    }

    private void rows() throws IOException, InterruptedException {
        try (MeasuredServer ebla = servers.ebla("rows")) {
            servers.createTable(ebla, "batches");
            servers.createTable(ebla, "bulk");
            Supplier<byte[]> batches = requests.batches("batches", 2_000, 100);
            Supplier<byte[]> bulks = requests.bulks("bulk", 1_000, 0, Long.MAX_VALUE / 2);
            Predicate<String> whole = body -> body.contains("\"written\":1000,");
            try (LoadLoop load = new LoadLoop(ebla.port(), 8, batches, COMMITTED, false)) {
                contest.run(
                        "Batches of 100 JSON rows of 1 KB, 8 connections (wanted: 28,000 rows)",
                        List.of(new Side("rows", ebla, load, 100)));
            }
            try (LoadLoop load = new LoadLoop(ebla.port(), 4, bulks, whole, false)) {
                contest.run(
                        "Bulk writes of 1,000 lines of 1 KB, 4 connections (wanted: 35,000 rows)",
                        List.of(new Side("rows", ebla, load, 1_000)));
            }
            Supplier<byte[]> streams = requests.streams("bulk", 100_000, 10_000);
            try (LoadLoop load = new LoadLoop(ebla.port(), 4, streams, ANY, true)) {
                contest.run(
                        "NDJSON streams of 10,000 rows of 1 KB, 4 connections (wanted: 70,000 rows)",
                        List.of(new Side("rows", ebla, load, 1)));
            }
        }
    }

    /** Two jars of Ebla, told apart by what they do with one kind of request. */
    private void compareJars(String section) throws IOException, InterruptedException {
        Path other = Path.of(System.getProperty("ebla.other")).toAbsolutePath();
        try (MeasuredServer before = servers.ebla("other", other);
                MeasuredServer after = servers.ebla("this")) {
            List<Side> sides = new ArrayList<>();
            for (MeasuredServer server : List.of(before, after)) {
                servers.createTable(server, "t");
                fill(server, requests.fill("/v1/tables/t/rows/", KEYS));
                String name = server == before ? "the other jar" : "this jar";
                sides.add(side(section, name, server));
            }
            try {
                compare(section + ", two jars", 1, sides);
            } finally {
                for (Side side : sides) {
                    side.load().close();
                }
            }
        }
    }

    private Side side(String section, String name, MeasuredServer server) throws IOException {
        String rows = "/v1/tables/t/rows/";
        return switch (section) {
            case "put" -> {
                Supplier<byte[]> puts = requests.puts(rows, KEYS, "application/octet-stream");
                yield new Side(name, server, load(server, puts, COMMITTED), 1);
            }
            case "get" -> new Side(name, server, load(server, requests.gets(rows, KEYS), ANY), 1);
            default -> {
                Supplier<byte[]> batches = requests.batches("t", 2_000, 100);
                LoadLoop load = new LoadLoop(server.port(), 8, batches, COMMITTED, false);
                yield new Side(name, server, load, 100);
            }
        };
    }

    /** Measures, and tells what each of the rest makes of each of the first so many. */
    private void compare(String title, int bases, List<Side> sides) throws IOException {
        List<Result> results = contest.run(title, sides);
        for (Result base : results.subList(0, bases)) {
            for (Result result : results.subList(bases, results.size())) {
                System.out.printf(
                        Locale.ROOT,
                        "  %-24s %.0f %% of %s%n",
                        result.name(),
                        100 * result.perCpuSecond() / base.perCpuSecond(),
                        base.name());
            }
        }
    }

    static LoadLoop load(MeasuredServer server, Supplier<byte[]> requests, Predicate<String> check)
            throws IOException {
        return new LoadLoop(server.port(), CONNECTIONS, requests, check, false);
    }

    /** Sends requests until there are no more. */
    static void fill(MeasuredServer server, Supplier<byte[]> requests) throws IOException {
        try (LoadLoop load = load(server, requests, ANY)) {
            LoadLoop.Round round = load.run(600);
            if (round.error() != null) {
                throw new IOException("while filling: " + round.error());
            }
        }
    }
}
