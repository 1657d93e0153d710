package io.ebla.tabletserver.api;

import static io.ebla.tabletserver.api.RowsHttpTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.network.NodeNetwork;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What any of several nodes tells of the tablets of all, and how a mastership is asked to move. */
@TestMethodOrder(OrderAnnotation.class)
class TabletsHttpTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String COPIES = "{\"replicas\":3,\"splitAt\":[\"h\",\"p\"]}";

    private static List<TestServer> nodes;

    @BeforeAll
    static void start() {
        nodes = TestServer.startCluster(3);
    }

    @AfterAll
    static void stop() throws Exception {
        for (TestServer node : nodes) {
            node.close();
        }
    }

    @Test
    void anyNodeTellsHowAllReplicasStand() throws Exception {
        nodes.get(0).createTable("stand", COPIES);
        for (String key : new String[] {"apple", "kiwi", "quince"}) {
            String row = "/v1/tables/stand/rows/" + key + "?acks=all&timeout=30s";
            assertThat(nodes.get(0).putJson(row, "1").statusCode()).isEqualTo(201);
        }
        for (TestServer node : nodes) {
            Waiting.until(
                    () -> tablets(node, "stand").stream().allMatch(TabletsHttpTest::settled),
                    () -> "not settled: " + tablets(node, "stand"));
            List<JsonNode> tablets = tablets(node, "stand");
            assertThat(tablets).hasSize(3);
            assertThat(tablets)
                    .extracting(tablet -> tablet.get("master").asString())
                    .containsExactly("t1", "t2", "t3");
            for (JsonNode tablet : tablets) {
                assertThat(tablet.get("state").asString()).isEqualTo("serving");
                assertThat(tablet.get("rows").asInt()).isEqualTo(1);
                assertThat(tablet.get("bytes").asInt()).isPositive();
                List<String> roles = new ArrayList<>();
                tablet.get("replicas").forEach(each -> roles.add(each.get("role").asString()));
                assertThat(roles).containsExactlyInAnyOrder("master", "slave", "slave");
            }
        }
    }

    /** Every replica has applied the same, and nobody is behind. */
    private static boolean settled(JsonNode tablet) {
        long applied = tablet.get("replicas").get(0).path("appliedIndex").asLong(-1);
        for (JsonNode replica : tablet.get("replicas")) {
            boolean level =
                    replica.path("appliedIndex").asLong(-2) == applied
                            && replica.path("committedIndex").asLong(-2) == applied
                            && replica.path("lagMillis").asLong(-2) == 0;
            if (!level) {
                return false;
            }
        }
        return true;
    }

    @Test
    void aFollowerThatFallsBehindIsToldAndMeasuredAtItsMaster() throws Exception {
        nodes.get(0).createTable("behind", "{\"replicas\":3}");
        String row = "/v1/tables/behind/rows/a?timeout=30s";
        assertThat(nodes.get(0).putJson(row + "&acks=all", "1").statusCode()).isEqualTo(201);
        nodes.get(2).journal().hold();
        try {
            assertThat(nodes.get(1).putJson(row, "2").statusCode()).isEqualTo(200);
            Waiting.until(() -> lagMillis(nodes.get(1), "behind", "t3") > 0);
            // It hears of the commit a little later.
            Waiting.until(() -> lagMillis(nodes.get(1), "behind", "t2") == 0);
            assertThat(lagMillis(nodes.get(1), "behind", "t3")).isPositive();
            Waiting.until(() -> measured("lag_milliseconds") > 0);
            assertThat(measured("lag_entries")).isPositive();
            assertThat(measured("lag_bytes")).isPositive();
        } finally {
            nodes.get(2).journal().release();
        }
        Waiting.until(
                () ->
                        measured("lag_milliseconds") == 0
                                && measured("lag_entries") == 0
                                && measured("lag_bytes") == 0);
        Waiting.until(() -> lagMillis(nodes.get(2), "behind", "t3") == 0);
    }

    @Test
    void whatIsDocumentedOfReplicationIsThereAndMovesWithIt() throws Exception {
        List<String> moving = MetricsHttpTest.named("Replication");
        List<String> resting = MetricsHttpTest.named("Replication", 1);
        assertThat(moving).hasSizeGreaterThan(8);
        assertThat(resting).hasSizeGreaterThan(8);
        nodes.get(0).createTable("metered", "{\"replicas\":3}");
        String row = "/v1/tables/metered/rows/a?timeout=30s";
        assertThat(nodes.get(0).putJson(row + "&acks=all", "1").statusCode()).isEqualTo(201);
        nodes.get(0).createTable("spread", "{\"splitAt\":[\"m\"]}"); // the second half on t2
        String there = "/v1/tables/spread/rows/z";
        assertThat(nodes.get(0).putJson(there, "1").statusCode()).isEqualTo(201);
        Map<String, Double> before = MetricsHttpTest.scrape(nodes.get(0));
        List<String> all = new ArrayList<>(moving);
        all.addAll(resting);
        assertThat(before.keySet()).containsAll(all);
        List<String> still = new ArrayList<>(moving);
        for (String acks : new String[] {"local", "quorum", "all"}) {
            assertThat(nodes.get(0).putJson(row + "&acks=" + acks, "2").statusCode())
                    .isEqualTo(200);
        }
        nodes.get(2).journal().hold();
        assertThat(nodes.get(0).putJson(row, "3").statusCode()).isEqualTo(200);
        Waiting.until(
                () -> {
                    forget(still, before);
                    return still.stream().noneMatch(name -> name.contains("_follower_lag_"));
                },
                () -> "metrics that do not move: " + still);
        nodes.get(2).journal().release();
        TabletId tablet = tablet("metered").id();
        for (String to : new String[] {"t2", "t1"}) {
            HttpResponse<String> moved =
                    post(nodes.get(0), master("metered", tablet.text()), "{\"to\":\"" + to + "\"}");
            assertThat(moved.statusCode()).as(moved.body()).isEqualTo(202);
            Waiting.until(
                    () ->
                            tablets(nodes.get(0), "metered")
                                    .get(0)
                                    .path("master")
                                    .asString("")
                                    .equals(to));
            // At all, for whoever is elected next must have the longest log.
            assertThat(nodes.get(0).putJson(row + "&acks=all", "4").statusCode()).isEqualTo(200);
        }
        assertThat(nodes.get(0).get(there).statusCode()).isEqualTo(200);
        Waiting.until(
                () -> {
                    forget(still, before);
                    return still.isEmpty();
                },
                () -> "metrics that do not move: " + still);
    }

    private static void forget(List<String> still, Map<String, Double> before) {
        Map<String, Double> now = MetricsHttpTest.scrape(nodes.get(0));
        still.removeIf(name -> !now.getOrDefault(name, 0.0).equals(before.get(name)));
    }

    private static double measured(String figure) {
        return Scrape.of(nodes.get(0))
                .sum("ebla_follower_" + figure, "table=\"behind\"", "node=\"t3\"");
    }

    private static long lagMillis(TestServer node, String table, String replicaOn) {
        for (JsonNode replica : tablets(node, table).get(0).get("replicas")) {
            if (replica.get("node").asString().equals(replicaOn)) {
                return replica.path("lagMillis").asLong(-1);
            }
        }
        throw new AssertionError("no replica on " + replicaOn);
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void whoDoesNotAnswerIsNamedAndTheOthersAreToldOf() throws Exception {
        nodes.get(0).createTable("half", "{\"splitAt\":[\"m\"]}");
        nodes.get(1).bean(NodeNetwork.class).close();
        HttpResponse<String> answer = nodes.get(0).get("/v1/tables/half/tablets");
        assertThat(answer.statusCode()).isEqualTo(200);
        JsonNode told = JSON.readTree(answer.body());
        assertThat(told.get("unanswered").toString()).isEqualTo("[\"t2\"]");
        JsonNode here = told.get("tablets").get(0);
        assertThat(here.get("state").asString()).isEqualTo("serving");
        assertThat(here.get("replicas").get(0).has("appliedIndex")).isTrue();
        JsonNode there = told.get("tablets").get(1);
        assertThat(there.get("state").asString()).isEqualTo("unknown");
        assertThat(there.get("master").asString()).isEqualTo("t2");
        assertThat(there.has("rows")).isFalse();
        JsonNode silent = there.get("replicas").get(0);
        assertThat(silent.propertyNames()).containsExactly("node", "role");
    }

    @Test
    void aMastershipMovesToAnotherReplica() throws Exception {
        nodes.get(0).createTable("moved", "{\"replicas\":3}");
        String row = "/v1/tables/moved/rows/a?timeout=30s";
        assertThat(nodes.get(0).putJson(row + "&acks=all", "1").statusCode()).isEqualTo(201);
        String path = master("moved", tablet("moved").id().text());
        HttpResponse<String> begun = post(nodes.get(2), path, "{\"to\":\"t2\"}");
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
        assertThat(JSON.readTree(begun.body()).get("operation").asString()).isNotEmpty();
        Waiting.until(
                () -> {
                    JsonNode tablet = tablets(nodes.get(0), "moved").get(0);
                    return tablet.path("master").asString("").equals("t2")
                            && tablet.get("state").asString().equals("serving");
                });
        assertThat(nodes.get(0).putJson(row, "2").statusCode()).isEqualTo(200);
    }

    @Test
    void whatCannotBeMovedIsRefused() throws Exception {
        TestServer node = nodes.get(1);
        node.createTable("stays", "{\"replicas\":2}");
        node.createTable("other", "{}");
        TabletId id = tablet("stays").id();
        String path = master("stays", id.text());
        assertProblem(post(node, path, "{\"to\":\"t9\"}"), 404, "node_not_found");
        assertProblem(post(node, path, "{\"to\":\"t3\"}"), 400, "invalid_argument");
        assertProblem(post(node, path, "{\"to\":\"\"}"), 400, "invalid_argument");
        assertProblem(post(node, path, "{\"to\":5}"), 400, "invalid_argument");
        assertProblem(post(node, path, "{}"), 400, "invalid_argument");
        assertProblem(post(node, path, ""), 400, "invalid_argument");
        assertProblem(post(node, path, "{\"to\":\"t2\",\"to\":\"t2\"}"), 400, "invalid_argument");
        assertProblem(post(node, path, "{\"to\":\"t2\",\"from\":\"t1\"}"), 400, "unknown_option");
        assertProblem(post(node, path + "?now=true", "{\"to\":\"t2\"}"), 400, "unknown_option");
        String body = "{\"to\":\"t2\"}";
        assertProblem(post(node, master("none", id.text()), body), 404, "table_not_found");
        assertProblem(post(node, master("other", id.text()), body), 404, "tablet_not_found");
        assertProblem(post(node, master("stays", "9999"), body), 404, "tablet_not_found");
        assertProblem(post(node, master("stays", "x"), body), 404, "tablet_not_found");
        assertProblem(node.get(path), 405, "method_not_allowed");
        assertProblem(post(node, path + "/more", body), 404, "not_found");
        assertProblem(post(node, path.replace("/master", "/mistress"), body), 404, "not_found");
        assertProblem(
                node.send(
                        node.request(path)
                                .header("Content-Type", "text/plain")
                                .POST(BodyPublishers.ofString(body))),
                415,
                "unsupported_media_type");
        assertProblem(
                node.send(
                        node.request(path)
                                .header("Accept", "text/html")
                                .POST(BodyPublishers.ofString(body))),
                406,
                "not_acceptable");
        assertProblem(post(node, path, "{\"to\":\"" + "x".repeat(5_000) + "\"}"), 413, "too_large");
        nodes.get(0).meta().depose(id);
        HttpResponse<String> busy = post(node, path, body);
        assertProblem(busy, 409, "operation_in_progress");
        nodes.get(0).meta().down(true);
        try {
            HttpResponse<String> away = post(node, path, body);
            assertProblem(away, 503, "meta_unavailable");
            assertThat(away.headers().firstValue("Retry-After")).isPresent();
        } finally {
            nodes.get(0).meta().down(false);
        }
    }

    @Test
    void aTabletIsSplitByOneOperationAtATime() throws Exception {
        TestServer node = nodes.get(1);
        node.createTable("halves", "{\"replicas\":2}");
        String path = master("halves", tablet("halves").id().text()).replace("/master", "/split");
        String at = "{\"at\":{\"pk\":\"m\"}}";
        HttpResponse<String> begun = post(node, path, at);
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
        assertThat(post(node, path, at).body()).as("asked for twice").isEqualTo(begun.body());
        assertProblem(post(node, path, at.replace("m", "n")), 409, "operation_in_progress");
        assertProblem(post(node, path, "{}"), 409, "operation_in_progress");
        assertProblem(post(node, path + "?now=true", at), 400, "unknown_option");
        assertProblem(
                post(node, path, "{\"at\":{\"pk\":\"m\",\"sk\":\"s\"}}"), 400, "invalid_argument");
        nodes.get(0).meta().down(true);
        try {
            assertProblem(post(node, path, at), 503, "meta_unavailable");
        } finally {
            nodes.get(0).meta().down(false);
        }
    }

    @Test
    void aReplicaIsMovedOnlyFromWhereOneIs() throws Exception {
        TestServer node = nodes.get(1);
        node.createTable("wanders", "{\"replicas\":2}");
        String path = master("wanders", tablet("wanders").id().text()).replace("/master", "/move");
        String body = "{\"from\":\"t1\",\"to\":\"t3\"}";
        HttpResponse<String> begun = post(node, path, body);
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
        assertThat(JSON.readTree(begun.body()).get("operation").asString()).isNotEmpty();
        assertProblem(post(node, path, "{\"to\":\"t3\"}"), 400, "invalid_argument");
        assertProblem(post(node, path, "{\"from\":\"t1\"}"), 400, "invalid_argument");
        assertProblem(post(node, path, "{\"from\":1,\"to\":\"t3\"}"), 400, "invalid_argument");
        assertProblem(post(node, path, "{\"from\":\"\",\"to\":\"t3\"}"), 400, "invalid_argument");
        assertProblem(post(node, path, body.replace("t1", "t3")), 400, "invalid_argument");
        assertProblem(post(node, path, body.replace("to", "on")), 400, "unknown_option");
        assertProblem(post(node, path + "?now=true", body), 400, "unknown_option");
        assertProblem(post(node, path, body.replace("t3", "t9")), 404, "node_not_found");
        assertProblem(post(node, path.replace("wanders", "none"), body), 404, "table_not_found");
        assertProblem(
                post(node, "/v1/tables/wanders/tablets/9999/move", body), 404, "tablet_not_found");
        assertProblem(node.get(path), 405, "method_not_allowed");
        assertProblem(
                node.send(
                        node.request(path)
                                .header("Content-Type", "text/plain")
                                .POST(BodyPublishers.ofString(body))),
                415,
                "unsupported_media_type");
        assertProblem(post(node, path, "{\"to\":\"" + "x".repeat(5_000) + "\"}"), 413, "too_large");
        nodes.get(0).meta().down(true);
        try {
            assertProblem(post(node, path, body), 503, "meta_unavailable");
        } finally {
            nodes.get(0).meta().down(false);
        }
    }

    private static String master(String table, String tablet) {
        return "/v1/tables/" + table + "/tablets/" + tablet + "/master";
    }

    private static TabletDescriptor tablet(String table) {
        return nodes.get(0).host().directory().map().tablets().stream()
                .filter(it -> it.table().value().equals(table))
                .findFirst()
                .orElseThrow();
    }

    private static List<JsonNode> tablets(TestServer node, String table) {
        try {
            HttpResponse<String> answer = node.get("/v1/tables/" + table + "/tablets");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            List<JsonNode> tablets = new ArrayList<>();
            JSON.readTree(answer.body()).get("tablets").forEach(tablets::add);
            return tablets;
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    private static HttpResponse<String> post(TestServer node, String path, String body)
            throws Exception {
        return node.send(
                node.request(path)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body)));
    }
}
