package io.ebla.clustertest.reshape;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tables of three copies on four real servers are split, merged, moved, handed over and drained while they
 * are used, and nothing fails: no client is to notice. {@code -Dseed=} draws the clients' requests again.
 */
class ReshapingIT {

    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int ROWS = 6_000;
    private static final int ROW_BYTES = 1_000;
    private static final int BULK_ROWS = 1_000;
    private static final int CLIENTS = 3;
    private static final int STEPS_BETWEEN = 10;

    @TempDir private static Path directory;
    private static ClusterProcesses cluster;
    private static List<URI> addresses;
    private static List<Api> servers;

    @BeforeAll
    static void start() {
        System.out.println("ReshapingIT: seed " + SEED);
        cluster = new ClusterProcesses(directory, 1, 4);
        cluster.node("m1").property("procedure.grace", "1s");
        cluster.start();
        addresses = cluster.tabletServers().stream().map(ClusterNode::uri).toList();
        servers =
                addresses.stream()
                        .map(each -> new Api(each, Duration.ofSeconds(10), Duration.ofMinutes(2)))
                        .toList();
    }

    @AfterAll
    static void end() {
        cluster.close();
    }

    /**
     * Slow readers of both orders at the master's server and at one that has no replica: between any two
     * steps each reads a share of the rows, and what it does not take stays with the server.
     */
    @Test
    void runningStreamsGoOnWithoutAGapOrARepeat() throws Exception {
        Reshaping table = table("streamed");
        List<String> pks = load("streamed");
        List<String> back = new ArrayList<>(pks);
        Collections.reverse(back);
        List<StreamReader> readers = new ArrayList<>();
        try {
            for (String node : List.of(table.master("k"), without(table.members("k")))) {
                for (String level : List.of("strong", "local")) {
                    readers.add(reader(node, "?read=" + level, false, pks));
                    readers.add(reader(node, "?order=desc&read=" + level, true, back));
                }
            }
            List<Runnable> steps =
                    List.of(
                            () -> table.split(key(ROWS / 3)),
                            () -> table.split(key(2 * ROWS / 3)),
                            () -> table.merge(key(ROWS / 3)),
                            () -> table.split(key(ROWS / 2)),
                            () -> table.move(key(ROWS / 2), true),
                            () -> table.handOver(key(0)),
                            () -> table.move(key(0), false),
                            () -> table.merge(key(0)),
                            () -> table.handOver(key(0)),
                            () -> table.merge(key(0)));
            for (Runnable step : steps) {
                goOn(readers, ROWS / (steps.size() + 1));
                step.run();
            }
            goOn(readers, Long.MAX_VALUE);
        } finally {
            readers.forEach(StreamReader::close);
        }
    }

    @Test
    void noClientIsRefusedAnythingOrReadsAnythingWrong() {
        Reshaping table = table("used");
        List<ExactingClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(new ExactingClient(addresses, "used", i, SEED));
            }
            List<Runnable> steps =
                    List.of(
                            () -> table.split("h"),
                            () -> table.split("q"),
                            () -> table.merge("h"),
                            () -> table.split("n"),
                            () -> table.handOver("a"),
                            () -> table.move("n", true),
                            () -> table.merge("a"),
                            () -> table.drain(table.master("a")),
                            () -> table.split("e"),
                            () -> table.handOver("e"));
            for (Runnable step : steps) {
                awaitSteps(clients);
                step.run();
            }
            awaitSteps(clients);
        } finally {
            clients.forEach(ExactingClient::close);
        }
        System.out.println(
                "ReshapingIT: "
                        + clients.stream().mapToLong(ExactingClient::done).sum()
                        + " steps of clients, "
                        + table.aborted()
                        + " operations asked for again");
    }

    @Test
    void tokensHoldBeyondSplitsAndMergesAtEveryServer() {
        Reshaping table = table("tokens");
        Random random = new Random(SEED);
        SessionTokens tokens =
                new SessionTokens(servers, "tokens", List.of("b", "g", "k", "p", "t", "x"));
        List<Runnable> steps =
                List.of(
                        () -> table.split("h"),
                        () -> table.merge("a"),
                        () -> table.split("q"),
                        () -> table.split("d"),
                        () -> table.move("q", true),
                        () -> table.handOver("d"),
                        () -> table.merge("d"));
        tokens.write();
        for (Runnable step : steps) {
            step.run();
            tokens.read(random);
            tokens.write();
        }
        tokens.read(random);
    }

    // ---------------------------------------------------------------- clients

    private static void awaitSteps(List<ExactingClient> clients) {
        List<Long> before = clients.stream().map(ExactingClient::done).toList();
        for (int i = 0; i < clients.size(); i++) {
            ExactingClient client = clients.get(i);
            long until = before.get(i) + STEPS_BETWEEN;
            boolean on =
                    Eventually.happens(
                            Duration.ofMinutes(2),
                            () -> client.done() >= until || !client.wrong().isEmpty());
            assertThat(client.wrong()).as(() -> "seed " + SEED + "\n" + cluster.tails()).isEmpty();
            assertThat(on).as(cluster::tails).isTrue();
        }
    }

    private static StreamReader reader(
            String node, String query, boolean descending, List<String> pks) {
        String path = "/v1/tables/streamed/rows" + query + "&timeout=60s";
        return new StreamReader(cluster.node(node).uri(), path, descending, pks);
    }

    private static void goOn(List<StreamReader> readers, long rows) throws InterruptedException {
        readers.forEach(each -> each.allow(rows));
        for (StreamReader each : readers) {
            each.awaitPause();
        }
        assertThat(StreamReader.wrong(readers)).as(cluster::tails).isEmpty();
    }

    // ---------------------------------------------------------------- tables

    private static Reshaping table(String name) {
        Reshaping table = new Reshaping(servers, name, cluster::tails);
        table.create("{\"replicas\":3}");
        return table;
    }

    private static String without(List<String> members) {
        return cluster.tabletServers().stream()
                .map(ClusterNode::id)
                .filter(node -> !members.contains(node))
                .findFirst()
                .orElseThrow();
    }

    /** Rows that are there throughout; their pks. */
    private static List<String> load(String table) {
        List<String> pks = IntStream.range(0, ROWS).mapToObj(ReshapingIT::key).toList();
        String value = "x".repeat(ROW_BYTES);
        for (int from = 0; from < ROWS; from += BULK_ROWS) {
            StringBuilder lines = new StringBuilder();
            for (String pk : pks.subList(from, from + BULK_ROWS)) {
                lines.append("{\"pk\":\"%s\",\"data\":\"%s\"}\n".formatted(pk, value));
            }
            String path = "/v1/tables/" + table + "/rows?timeout=60s";
            Answer answer = servers.get(0).post(path, "application/x-ndjson", lines.toString());
            assertThat(answer.body()).contains("\"written\":" + BULK_ROWS);
        }
        return pks;
    }

    private static String key(int i) {
        return String.format("k%06d", i);
    }
}
