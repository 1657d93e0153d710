package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/**
 * A node with more requests for rows than it takes still answers whoever watches, changes and leads the
 * cluster, and keeps its masterships.
 */
class ControlUnderLoadTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int ROUNDS = 5;
    private static final int REFUSED_A_ROUND = 20;

    private static List<TestServer> nodes;

    @BeforeAll
    static void start() {
        nodes =
                TestServer.startCluster(
                        3,
                        "ebla.limits.table-ready=60s",
                        "ebla.tablet.read-threads=1",
                        "ebla.tablet.read-queue=4",
                        "ebla.tablet.mailbox-operations=32");
    }

    @AfterAll
    static void stop() throws Exception {
        for (TestServer node : nodes) {
            node.close();
        }
    }

    @Test
    void controlIsAnsweredAndLeasesHoldWhileRowsAreRefused() throws Exception {
        TestServer flooded = nodes.get(0);
        flooded.createTable("flood", "{\"replicas\":3}");
        String row = "/v1/tables/flood/rows/k0?acks=all&timeout=30s";
        assertThat(flooded.putJson(row, "1").statusCode()).isEqualTo(201);
        try (Flood flood = new Flood(flooded, "flood")) {
            flood.start();
            for (int round = 0; round < ROUNDS; round++) {
                int before = flood.refused();
                Waiting.until(() -> flood.refused() - before >= REFUSED_A_ROUND, flood::toString);
                watch(flooded);
                change(nodes.get(round % nodes.size()), "made" + round);
                fence(flooded);
            }
            assertThat(flood.served()).as(flood.toString()).isPositive();
            assertThat(flood.otherwise()).as(flood.toString()).isZero();
        }
        for (TestServer node : nodes) {
            Scrape scrape = Scrape.of(node);
            assertThat(scrape.sum("ebla_masterships_ended_total")).isZero();
        }
        Waiting.until(
                () -> Scrape.of(flooded).sum("ebla_lease_held", "table=\"flood\"") == 1,
                () -> "the lease is not held");
        assertThat(flooded.get("/v1/tables/flood/tablets").body())
                .contains("\"state\":\"serving\",\"epoch\":1,");
    }

    private static void watch(TestServer node) throws Exception {
        for (String path :
                new String[] {
                    "/actuator/health",
                    "/actuator/health/readiness",
                    "/actuator/health/liveness",
                    "/actuator/prometheus",
                    "/actuator/tablets",
                    "/v1/tables"
                }) {
            HttpResponse<String> answer = node.get(path);
            assertThat(answer.statusCode()).as(path + " " + answer.body()).isEqualTo(200);
        }
        // The nodes give each other a second, which a busy machine may not have.
        Waiting.until(() -> allAnswer(node), () -> "not all nodes tell of their tablets");
    }

    private static boolean allAnswer(TestServer node) {
        try {
            HttpResponse<String> tablets = node.get("/v1/tables/flood/tablets");
            assertThat(tablets.statusCode()).as(tablets.body()).isEqualTo(200);
            return !tablets.body().contains("unanswered");
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    private static void change(TestServer node, String table) throws Exception {
        node.createTable(table, "{\"replicas\":3}");
        assertThat(node.delete("/v1/tables/" + table).statusCode()).isEqualTo(204);
    }

    /** What a leading meta-server asks of a node; of a tablet that is not there, so that nothing changes. */
    private static void fence(TestServer node) throws Exception {
        NodeApi.Fence fence =
                new NodeApi.Fence(
                        "",
                        NodeId.of("t1"),
                        List.of(new NodeApi.TabletEpoch(new TabletId(99_999), 1)));
        HttpResponse<String> answer =
                node.send(
                        node.request(NodeApi.ROOT + "/fence")
                                .header(MetaApi.SECRET_HEADER, MetaApi.DEVELOPMENT_SECRET)
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString(JSON.writeValueAsString(fence))));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("ABSENT");
    }
}
