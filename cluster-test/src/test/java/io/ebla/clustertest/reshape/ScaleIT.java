package io.ebla.clustertest.reshape;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.docker.AcknowledgedWrites;
import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A cluster grows from three tablet servers to five under load, spreads without being asked, and lets one go
 * again: nothing that was answered as committed is missing, and nobody notices the one that is stopped.
 */
class ScaleIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String OPTIONS =
            "{\"replicas\":3,\"splitAt\":[\"d\",\"g\",\"j\",\"m\",\"p\",\"s\",\"v\"]}";

    @TempDir private Path directory;
    private ClusterProcesses cluster;
    private Api api;

    @BeforeEach
    void start() {
        cluster = new ClusterProcesses(directory, 1, 5);
        cluster.node("m1")
                .property("balancing.automatic", "true")
                .property("balancing.settle", "1s")
                .property("procedure.grace", "1s");
        startAll("m1", "t1", "t2", "t3");
        api = new Api(cluster.node("t2").uri());
        await("the table", () -> api.put("/v1/tables/visits", OPTIONS).ok());
    }

    @AfterEach
    void end() {
        cluster.close();
    }

    private void startAll(String... ids) {
        Stream.of(ids).map(cluster::node).forEach(ClusterNode::start);
        Stream.of(ids).map(cluster::node).forEach(node -> node.process().awaitReady());
    }

    @Test
    void newNodesGetTheirShareAndADrainedOneIsStoppedUnnoticed() throws IOException {
        List<Api> servers =
                Stream.of("t2", "t3").map(id -> new Api(cluster.node(id).uri())).toList();
        Map<String, String> committed;
        try (AcknowledgedWrites load = new AcknowledgedWrites(servers, "visits")) {
            await("writes", () -> load.count() > 100);
            startAll("t4", "t5");
            await("replicas are spread", () -> between("tablets", 4, 5, 5));
            await("masterships are spread", () -> between("masters", 1, 2, 5));

            String drain = drain("t1");
            await("t1 is drained", () -> operation(drain).get("state").asString().equals("done"));
            assertThat(node("t1").get("tablets").asInt()).isZero();
            assertThat(node("t1").get("masters").asInt()).isZero();
            await("its next report", () -> node("t1").get("bytes").asLong() == 0);
            assertThat(tabletsOnDisk("t1")).isEmpty();
            assertThat(drain("t1")).as("asked for twice").isEqualTo(drain);

            int before = load.count();
            cluster.node("t1").terminate();
            await("it goes on", () -> load.count() > before + 100);
            committed = load.end();
        }
        await("the others share evenly", () -> between("tablets", 6, 6, 4));
        for (Map.Entry<String, String> row : committed.entrySet()) {
            Answer read = api.get(Api.row("visits", row.getKey(), null) + "?timeout=20s");
            assertThat(read.status()).as("%s: %s", row.getKey(), read).isEqualTo(200);
            assertThat(read.body()).isEqualTo(row.getValue());
        }
        System.out.println("scaled out and in under " + committed.size() + " writes");
    }

    private String drain(String node) {
        Answer answer = api.send("POST", "/v1/cluster/nodes/" + node + "/drain", "");
        assertThat(answer.status()).as("%s", answer).isEqualTo(202);
        return JSON.readTree(answer.body()).get("operation").asString();
    }

    private JsonNode operation(String id) {
        Answer answer = api.get("/v1/cluster/operations/" + id);
        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private JsonNode describe() {
        Answer answer = api.get("/v1/cluster");
        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private JsonNode node(String id) {
        for (JsonNode node : describe().get("nodes")) {
            if (node.get("id").asString().equals(id)) {
                return node;
            }
        }
        throw new AssertionError("no node " + id);
    }

    /** Whether so many nodes have each a share within these bounds, and what moved has settled. */
    private boolean between(String figure, int least, int most, int nodes) {
        int within = 0;
        for (JsonNode node : describe().get("nodes")) {
            int has = node.get(figure).asInt();
            within += has >= least && has <= most ? 1 : 0;
        }
        return within >= nodes;
    }

    private List<Path> tabletsOnDisk(String node) throws IOException {
        Path tablets = cluster.node(node).data().resolve("tablets");
        if (!Files.exists(tablets)) {
            return List.of();
        }
        try (Stream<Path> found = Files.list(tablets)) {
            return found.toList();
        }
    }

    private void await(String what, BooleanSupplier event) {
        assertThat(Eventually.happens(PATIENCE, event))
                .as(() -> what + "\n" + describe() + "\n" + cluster.tails())
                .isTrue();
    }
}
