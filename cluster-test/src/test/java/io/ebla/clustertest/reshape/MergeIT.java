package io.ebla.clustertest.reshape;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.docker.AcknowledgedWrites;
import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tablets are merged, split and merged again on three real servers under load, one of them killed meanwhile:
 * every merge ends, what was answered as committed is there once, and what is read after a write is what was
 * written.
 */
class MergeIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir private Path directory;
    private ClusterProcesses cluster;
    private Api api;

    @BeforeEach
    void start() {
        cluster = new ClusterProcesses(directory, 1, 3);
        cluster.node("m1")
                .property("balancing.automatic", "false")
                .property("procedure.grace", "1s");
        Stream.of("m1", "t1", "t2", "t3").map(cluster::node).forEach(ClusterNode::start);
        Stream.of("m1", "t1", "t2", "t3")
                .map(cluster::node)
                .forEach(node -> node.process().awaitReady());
        api = new Api(cluster.node("t2").uri());
    }

    @AfterEach
    void end() {
        cluster.close();
    }

    @Test
    void mergesOfSplitsAreNotNoticed() {
        create("visits", "{\"replicas\":3,\"splitAt\":[\"m\"]}");
        Map<String, String> committed;
        List<Long> pauses = new ArrayList<>();
        try (AcknowledgedWrites load = new AcknowledgedWrites(servers(), "visits");
                Counter counter = new Counter(servers().get(0), "visits", "m-counter")) {
            await("writes", () -> load.count() > 300);
            for (String at : List.of("f", "m", "t", "n")) {
                await("both serve", () -> serving("visits") == 2);
                counter.longestMillis();
                JsonNode merged = ended(merge("visits", tablets("visits").get(0)));
                assertThat(merged.get("state").asString()).as("%s", merged).isEqualTo("done");
                pauses.add(counter.longestMillis());
                int before = load.count();
                await("it goes on", () -> load.count() > before + 100);
                await("it serves", () -> serving("visits") == 1);
                JsonNode split = ended(split("visits", tablets("visits").get(0), at));
                assertThat(split.get("state").asString()).as("%s", split).isEqualTo("done");
            }
            committed = load.end();
        }
        holds("visits", committed);
        System.out.println(
                "merged under " + committed.size() + " writes, longest write in ms " + pauses);
    }

    @Tag("long")
    @Test
    void aServerThatIsKilledMeanwhileLosesNothingAndHoldsUpNothing() {
        create("visits", "{\"replicas\":3,\"splitAt\":[\"m\"]}");
        Map<String, String> committed;
        List<String> ends = new ArrayList<>();
        try (AcknowledgedWrites load = new AcknowledgedWrites(servers(), "visits");
                Counter counter = new Counter(servers().get(0), "visits", "m-counter")) {
            await("writes", () -> load.count() > 100);
            for (int round = 0; round < 6; round++) {
                await("both serve", () -> serving("visits") == 2);
                JsonNode left = tablets("visits").get(0);
                String operation = merge("visits", left);
                ClusterNode victim = cluster.node("t" + (1 + 2 * (round % 2)));
                String phase = round < 2 ? "copying" : "sealing";
                await("it is at it", () -> isAt(operation, phase));
                victim.kill();
                victim.start();
                JsonNode ended = ended(operation);
                ends.add(ended.get("state").asString());
                victim.process().awaitReady();
                if (ended.get("state").asString().equals("done")) {
                    await("it serves", () -> serving("visits") == 1);
                    ended(split("visits", tablets("visits").get(0), "m"));
                }
                int before = load.count();
                await("it goes on", () -> load.count() > before + 50);
            }
            committed = load.end();
        }
        holds("visits", committed);
        System.out.println("merges under kills ended as " + ends);
    }

    @Test
    void replicasOfTheRightOneMoveToTheNodesOfTheLeftOneFirst() {
        create("single", "{\"replicas\":1,\"splitAt\":[\"h\",\"p\"]}");
        Map<String, String> committed;
        try (AcknowledgedWrites load = new AcknowledgedWrites(servers(), "single")) {
            await("writes", () -> load.count() > 100);
            for (int left = 2; left > 0; left--) {
                JsonNode merged = ended(merge("single", tablets("single").get(0)));
                assertThat(merged.get("state").asString()).as("%s", merged).isEqualTo("done");
                int expected = left;
                await("they serve", () -> serving("single") == expected);
            }
            committed = load.end();
        }
        holds("single", committed);
    }

    // ---------------------------------------------------------------- what is seen

    /** Writes one row again and again, each time another number, and reads it back. */
    private static final class Counter implements AutoCloseable {

        private final Thread thread;
        private volatile boolean over;
        private volatile long longestNanos;
        private volatile String wrong;

        Counter(Api server, String table, String pk) {
            thread =
                    new Thread(
                            () -> {
                                for (int i = 0; !over && wrong == null; i++) {
                                    step(server, Api.row(table, pk, null), i);
                                }
                            });
            thread.start();
        }

        private void step(Api server, String row, int number) {
            long began = System.nanoTime();
            Answer put = server.put(row + "?timeout=10s", Integer.toString(number));
            longestNanos = Math.max(longestNanos, System.nanoTime() - began);
            Answer get = server.get(row + "?timeout=10s");
            boolean known = put.ok() && put.committed() && get.ok();
            if (known && !get.body().equals(Integer.toString(number))) {
                wrong = "read " + get.body() + " after " + number;
            }
        }

        /** The longest write since it was last asked for. */
        long longestMillis() {
            long longest = longestNanos;
            longestNanos = 0;
            return TimeUnit.NANOSECONDS.toMillis(longest);
        }

        @Override
        public void close() {
            over = true;
            try {
                thread.join();
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
            assertThat(wrong).isNull();
        }
    }

    /** Each committed row is there, once, with its value, whether read alone or in a scan. */
    private void holds(String table, Map<String, String> committed) {
        List<String> seen = new ArrayList<>();
        String cursor = "";
        while (cursor != null) {
            Answer page = api.get("/v1/tables/" + table + "/rows?limit=1000&timeout=20s" + cursor);
            assertThat(page.status()).as("%s", page).isEqualTo(200);
            JsonNode body = JSON.readTree(page.body());
            body.get("rows").forEach(row -> seen.add(row.get("pk").asString()));
            JsonNode next = body.get("next");
            cursor = next == null ? null : "&after=" + next.asString();
        }
        assertThat(seen).isSorted().doesNotHaveDuplicates().containsAll(committed.keySet());
        committed.forEach(
                (pk, value) -> {
                    Answer read = api.get(Api.row(table, pk, null) + "?timeout=20s");
                    assertThat(read.status()).as("%s: %s", pk, read).isEqualTo(200);
                    assertThat(read.body()).isEqualTo(value);
                });
    }

    // ---------------------------------------------------------------- what is asked for

    private List<Api> servers() {
        return List.of(api, new Api(cluster.node("t2").uri()));
    }

    private void create(String table, String options) {
        await("the table", () -> api.put("/v1/tables/" + table, options).ok());
    }

    private String merge(String table, JsonNode tablet) {
        return begun("/v1/tables/" + table + "/tablets/" + id(tablet) + "/merge", "");
    }

    private String split(String table, JsonNode tablet, String at) {
        String path = "/v1/tables/" + table + "/tablets/" + id(tablet) + "/split";
        return begun(path, "{\"at\":{\"pk\":\"" + at + "\"}}");
    }

    private static String id(JsonNode tablet) {
        return tablet.get("id").asString();
    }

    private String begun(String path, String body) {
        Answer answer = api.send("POST", path, body, "Content-Type", "application/json");
        assertThat(answer.status()).as("%s", answer).isEqualTo(202);
        return JSON.readTree(answer.body()).get("operation").asString();
    }

    private JsonNode tablets(String table) {
        Answer answer = api.get("/v1/tables/" + table + "/tablets");
        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
        return JSON.readTree(answer.body()).get("tablets");
    }

    private int serving(String table) {
        int serving = 0;
        JsonNode tablets = tablets(table);
        for (JsonNode each : tablets) {
            serving += each.get("state").asString().equals("serving") ? 1 : 0;
        }
        return serving == tablets.size() ? serving : 0;
    }

    private JsonNode operation(String id) {
        Answer answer = api.get("/v1/cluster/operations/" + id);
        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private boolean isAt(String id, String phase) {
        JsonNode now = operation(id);
        return now.get("phase").asString().equals(phase)
                || !now.get("state").asString().equals("running");
    }

    private JsonNode ended(String id) {
        await("operation " + id, () -> !operation(id).get("state").asString().equals("running"));
        return operation(id);
    }

    private void await(String what, BooleanSupplier event) {
        assertThat(Eventually.happens(PATIENCE, event))
                .as(() -> what + "\n" + api.get("/v1/cluster") + "\n" + cluster.tails())
                .isTrue();
    }
}
