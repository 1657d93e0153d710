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
import java.util.List;
import java.util.Map;
import java.util.Random;
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
 * Tablets are split under writes, and {@code kill -9} ends one of those who take part some milliseconds after
 * each split was asked for, drawn from a seed: every split ends, the ranges have no gap, and nothing that was
 * answered as committed is missing. {@code -Dseed=} draws others, {@code -Drounds=} more. What each phase and
 * each step needs of its own is in {@code SplitKillsTest}, which does it in virtual time, and in
 * {@code KillMatrixIT}.
 */
@Tag("long")
class SplitKillIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final int ROUNDS = Integer.getInteger("rounds", 6);
    private static final int KILL_MAX_MILLIS = 400;

    @TempDir private Path directory;
    private ClusterProcesses cluster;
    private Api api;

    @BeforeEach
    void start() {
        cluster = new ClusterProcesses(directory, 1, 3);
        List<String> ids = List.of("m1", "t1", "t2", "t3");
        ids.stream().map(cluster::node).forEach(ClusterNode::start);
        ids.stream().map(cluster::node).forEach(node -> node.process().awaitReady());
        api = new Api(cluster.node("t2").uri());
        await("the table", () -> api.put("/v1/tables/visits", "{\"replicas\":3}").ok());
    }

    @AfterEach
    void end() {
        cluster.close();
    }

    @Test
    void whoeverIsKilledASplitEndsAndNothingIsLost() {
        long seed = Long.getLong("seed", 1);
        Random random = new Random(seed);
        System.out.println("kills during " + ROUNDS + " splits, seed " + seed);
        List<Api> servers =
                Stream.of("t1", "t2", "t3").map(id -> new Api(cluster.node(id).uri())).toList();
        Map<String, String> committed;
        try (AcknowledgedWrites load = new AcknowledgedWrites(servers, "visits")) {
            await("writes", () -> load.count() > 200);
            for (int round = 0; round < ROUNDS; round++) {
                String operation = split(random);
                String victim = List.of("m1", "t1", "t2", "t3").get(round % 4);
                killAfter(victim, random.nextInt(KILL_MAX_MILLIS));
                cluster.node(victim).start();
                cluster.node(victim).process().awaitReady();
                int before = load.count();
                await("the split ends", () -> !state(operation).equals("running"));
                await("writes go on", () -> load.count() > before + 100);
            }
            committed = load.end();
        }
        await("all serve", this::allServe);
        covered();
        for (Map.Entry<String, String> row : committed.entrySet()) {
            Answer read = api.get(Api.row("visits", row.getKey(), null) + "?timeout=20s");
            assertThat(read.status()).as("%s: %s", row.getKey(), read).isEqualTo(200);
            assertThat(read.body()).isEqualTo(row.getValue());
        }
        System.out.println(
                tablets().size()
                        + " tablets after "
                        + ROUNDS
                        + " kills, "
                        + committed.size()
                        + " rows are there");
    }

    /** Begins one of some tablet, in the middle; what cannot be asked for now is asked for again. */
    private String split(Random random) {
        String[] operation = new String[1];
        await(
                "a split is taken",
                () -> {
                    JsonNode tablets = tablets();
                    if (tablets == null) {
                        return false;
                    }
                    String id = tablets.get(random.nextInt(tablets.size())).get("id").asString();
                    String path = "/v1/tables/visits/tablets/" + id + "/split";
                    Answer begun = api.post(path, "application/json", "{}");
                    if (begun.status() == 202) {
                        operation[0] = JSON.readTree(begun.body()).get("operation").asString();
                    }
                    return operation[0] != null;
                });
        return operation[0];
    }

    private void killAfter(String victim, int millis) {
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < TimeUnit.MILLISECONDS.toNanos(millis)) {
            Thread.onSpinWait();
        }
        cluster.node(victim).kill();
    }

    private String state(String operation) {
        Answer answer = api.get("/v1/cluster/operations/" + operation);
        return answer.status() == 200
                ? JSON.readTree(answer.body()).get("state").asString()
                : "running";
    }

    /** Null while nobody can tell. */
    private JsonNode tablets() {
        Answer answer = api.get("/v1/tables/visits/tablets");
        return answer.status() == 200 ? JSON.readTree(answer.body()).get("tablets") : null;
    }

    private boolean allServe() {
        JsonNode tablets = tablets();
        boolean all = tablets != null;
        for (JsonNode each : all ? tablets : JSON.createArrayNode()) {
            all &= each.get("state").asString().equals("serving");
        }
        return all;
    }

    private void covered() {
        JsonNode before = null;
        for (JsonNode each : tablets()) {
            assertThat(each.get("from")).isEqualTo(before == null ? null : before.get("to"));
            assertThat(before == null || before.has("to")).isTrue();
            before = each;
        }
        assertThat(before.has("to")).isFalse();
    }

    private void await(String what, BooleanSupplier event) {
        assertThat(Eventually.happens(PATIENCE, event))
                .as(() -> what + "\n" + api.get("/v1/cluster") + "\n" + cluster.tails())
                .isTrue();
    }
}
