package io.ebla.tabletserver.api;

import static io.ebla.tabletserver.api.RangesHttpTest.encoded;
import static io.ebla.tabletserver.api.RowsHttpTest.assertProblem;
import static io.ebla.tabletserver.api.RowsHttpTest.header;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.network.NodeNetwork;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Three tablet servers, each the master of a part of every table: any of them answers for all. */
class RoutingHttpTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String SPLIT = "{\"splitAt\":[\"h\",\"p\"]}";
    private static final String[] KEYS = {"apple", "kiwi", "quince"};

    /** Closed with the others: the end of one takes the event loops from all. */
    private static final List<TestServer> MORE = new ArrayList<>();

    private static List<TestServer> nodes;

    @BeforeAll
    static void start() {
        nodes = TestServer.startCluster(3);
    }

    @AfterAll
    static void stop() throws Exception {
        MORE.addAll(nodes);
        for (TestServer node : MORE) {
            node.close();
        }
    }

    @Test
    void aRowIsWrittenAndReadThroughAnyNode() throws Exception {
        nodes.get(0).createTable("rows", SPLIT);
        for (String key : KEYS) {
            for (int by = 0; by < 3; by++) {
                String row = "/v1/tables/rows/rows/" + key + "/" + by;
                HttpResponse<String> put = nodes.get(by).putJson(row + "?ttl=1h", "{\"n\":1}");
                assertThat(put.statusCode()).as(put.body()).isEqualTo(201);
                JsonNode written = JSON.readTree(put.body());
                assertThat(written.get("outcome").stringValue()).isEqualTo("committed");
                assertThat(written.get("replicas").size()).isEqualTo(1);
                assertThat(header(put, "Ebla-Position")).isNotEmpty();
                for (TestServer reader : nodes) {
                    for (String level : new String[] {"strong", "local", "session"}) {
                        HttpResponse<String> read = reader.get(row + "?read=" + level);
                        assertThat(read.statusCode()).as(read.body()).isEqualTo(200);
                        assertThat(read.body()).isEqualTo("{\"n\":1}");
                        assertThat(header(read, "ETag")).isEqualTo(header(put, "ETag"));
                        assertThat(header(read, "Ebla-Expires-At")).isNotNull();
                    }
                }
                TestServer other = nodes.get((by + 1) % 3);
                assertThat(other.putJson(row, "2").statusCode()).isEqualTo(200);
                assertThat(other.delete(row).statusCode()).isEqualTo(204);
                assertProblem(nodes.get(by).get(row), 404, "row_not_found");
            }
        }
    }

    @Test
    void conditionsAreJudgedWhereTheRowIs() throws Exception {
        nodes.get(0).createTable("judged", SPLIT);
        for (String key : KEYS) {
            String row = "/v1/tables/judged/rows/" + key;
            for (TestServer node : nodes) {
                String version = header(node.putJson(row, "{\"n\":1}"), "ETag");
                assertThat(conditional(node, row, "If-None-Match", "*")).isEqualTo(412);
                assertThat(conditional(node, row, "If-Match", "\"other\"")).isEqualTo(412);
                assertThat(conditional(node, row + "?if=data.n==2", "If-Match", version))
                        .isEqualTo(412);
                assertThat(conditional(node, row + "?if=data.n==1", "If-Match", version))
                        .isEqualTo(200);
                assertThat(conditional(node, row, "If-Match", "*")).isEqualTo(200);
                String past = "Sun, 06 Nov 1994 08:49:37 GMT";
                assertThat(conditional(node, row, "If-Unmodified-Since", past)).isEqualTo(412);
                HttpResponse<String> failed =
                        node.send(
                                node.request(row + "?if=" + encoded("pk == null"))
                                        .PUT(BodyPublishers.ofString("x")));
                assertProblem(failed, 412, "condition_failed");
                assertThat(header(failed, "Ebla-Outcome")).isEqualTo("not_applied");
            }
        }
    }

    private static int conditional(TestServer node, String path, String name, String value)
            throws Exception {
        return node.send(
                        node.request(path)
                                .header(name, value)
                                .header("Content-Type", "application/json")
                                .PUT(BodyPublishers.ofString("{\"n\":1}")))
                .statusCode();
    }

    @Test
    void anIdempotencyKeyHoldsWhicheverNodeIsAsked() throws Exception {
        nodes.get(0).createTable("keyed", SPLIT);
        for (String key : KEYS) {
            String version = null;
            for (TestServer node : nodes) {
                HttpRequest.Builder put =
                        node.request("/v1/tables/keyed/rows/" + key)
                                .header("Idempotency-Key", "once")
                                .PUT(BodyPublishers.ofString("1"));
                HttpResponse<String> answer = node.send(put);
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
                assertThat(header(answer, "Idempotent-Replay"))
                        .isEqualTo(version == null ? null : "true");
                version = version == null ? header(answer, "ETag") : version;
                assertThat(header(answer, "ETag")).isEqualTo(version);
                HttpResponse<String> other =
                        node.send(
                                node.request("/v1/tables/keyed/rows/" + key)
                                        .header("Idempotency-Key", "once")
                                        .PUT(BodyPublishers.ofString("2")));
                assertProblem(other, 422, "idempotency_key_reused");
            }
        }
    }

    @Test
    void rangesGoOverTheTabletsOfAllNodes() throws Exception {
        nodes.get(0).createTable("ranges", SPLIT);
        List<String> keys = fill("ranges", 900, "x".repeat(200));
        for (TestServer node : nodes) {
            for (String order : new String[] {"asc", "desc"}) {
                List<String> expected = new ArrayList<>(keys);
                if (order.equals("desc")) {
                    Collections.reverse(expected);
                }
                assertThat(stream(node, "ranges", "order=" + order)).isEqualTo(expected);
                List<String> paged = new ArrayList<>();
                for (String after = ""; after != null; ) {
                    HttpResponse<String> page =
                            node.get("/v1/tables/ranges/rows?limit=71&order=" + order + after);
                    assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
                    JsonNode json = JSON.readTree(page.body());
                    json.get("rows").forEach(row -> paged.add(row.get("pk").asString()));
                    after = json.has("next") ? "&after=" + json.get("next").asString() : null;
                }
                assertThat(paged).isEqualTo(expected);
            }
            assertThat(stream(node, "ranges", "from=g&to=q&if=" + encoded("data.n % 2 == 0")))
                    .hasSize(
                            (int)
                                    keys.stream()
                                            .filter(k -> k.charAt(0) >= 'g' && k.charAt(0) < 'q')
                                            .filter(k -> Integer.parseInt(k.substring(1)) % 2 == 0)
                                            .count());
            assertThat(stream(node, "ranges", "values=false&limit=450&read=local")).hasSize(450);
        }
    }

    @Test
    void aLargeStreamOfAnotherNodesRowsIsReadAsItIsTaken() throws Exception {
        nodes.get(0).createTable("heavy", SPLIT);
        List<String> keys = fill("heavy", 90, "x".repeat(500_000));
        for (TestServer node : nodes) {
            assertThat(stream(node, "heavy", "")).isEqualTo(keys);
        }
    }

    @Test
    void bulkWritesBatchesManyReadsAndRangeDeletesReachEveryNode() throws Exception {
        nodes.get(0).createTable("bulk", SPLIT);
        List<String> keys = fill("bulk", 300, "");
        for (TestServer node : nodes) {
            StringBuilder asked = new StringBuilder("{\"keys\":[{\"pk\":\"none\"}");
            keys.forEach(key -> asked.append(",{\"pk\":\"" + key + "\"}"));
            HttpResponse<String> many = post(node, "/v1/tables/bulk/get?timeout=30s", asked + "]}");
            assertThat(many.statusCode()).as(many.body()).isEqualTo(200);
            JsonNode rows = JSON.readTree(many.body()).get("rows");
            assertThat(rows.size()).isEqualTo(301);
            assertThat(rows.get(0).isNull()).isTrue();
            assertThat(rows.get(300).get("pk").asString()).isEqualTo(keys.get(299));
            for (String key : KEYS) {
                HttpResponse<String> batch =
                        post(
                                node,
                                "/v1/tables/bulk/batch?timeout=30s",
                                "{\"ops\":[{\"put\":{\"pk\":\""
                                        + key
                                        + "\",\"sk\":\"1\",\"data\":1}},"
                                        + "{\"delete\":{\"pk\":\""
                                        + key
                                        + "\",\"sk\":\"2\"}}]}");
                assertThat(batch.statusCode()).as(batch.body()).isEqualTo(200);
                HttpResponse<String> failed =
                        post(
                                node,
                                "/v1/tables/bulk/batch?timeout=30s",
                                "{\"ops\":[{\"put\":{\"pk\":\""
                                        + key
                                        + "\",\"sk\":\"3\",\"data\":1}},"
                                        + "{\"check\":{\"pk\":\""
                                        + key
                                        + "\",\"sk\":\"1\"},\"if\":\"data == 2\"}]}");
                assertProblem(failed, 412, "condition_failed");
                assertThat(JSON.readTree(failed.body()).get("op").asInt()).isEqualTo(1);
            }
            HttpResponse<String> deleted = node.delete("/v1/tables/bulk/rows?all=true&timeout=20s");
            assertThat(deleted.body()).isEqualTo("{\"deleted\":303}");
            fill("bulk", 300, "");
        }
    }

    @Test
    void aRequestWaitsForAMasterAndIsAnsweredByIt() throws Exception {
        nodes.get(0).createTable("waiting", SPLIT);
        TabletId tablet = tablet("waiting", 2);
        nodes.get(0).meta().depose(tablet);
        List<CompletableFuture<HttpResponse<String>>> writes = new ArrayList<>();
        for (TestServer node : nodes) {
            HttpRequest put =
                    node.request("/v1/tables/waiting/rows/z" + writes.size() + "?timeout=20s")
                            .PUT(BodyPublishers.ofString("1"))
                            .build();
            writes.add(node.client().sendAsync(put, BodyHandlers.ofString()));
        }
        HttpResponse<String> refused =
                Waiting.answer(
                        millis ->
                                nodes.get(0)
                                        .putJson(
                                                "/v1/tables/waiting/rows/zz?timeout="
                                                        + millis
                                                        + "ms",
                                                "1"));
        assertThat(refused.statusCode()).isIn(201, 503); // its node may not have heard yet
        nodes.get(0).meta().elect(tablet);
        for (CompletableFuture<HttpResponse<String>> write : writes) {
            assertThat(write.get().statusCode()).as(write.get().body()).isEqualTo(201);
        }
    }

    @Test
    void aNodeThatIsGoneIsToldAsNoMasterAndTheOthersServe() throws Exception {
        List<TestServer> cluster = TestServer.startCluster(2, "ebla.limits.timeout=2s");
        MORE.addAll(cluster);
        TestServer alive = cluster.get(0);
        alive.createTable("halved", "{\"splitAt\":[\"m\"]}");
        assertThat(alive.putJson("/v1/tables/halved/rows/z?timeout=20s", "1").statusCode())
                .isEqualTo(201);
        cluster.get(1).bean(NodeNetwork.class).close();
        String row = "/v1/tables/halved/rows/z?timeout=%dms";
        HttpResponse<String> midway =
                alive.putJson(row.formatted(300), "2"); // the connection may be just breaking
        assertThat(midway.statusCode()).isIn(503, 504);
        assertThat(header(midway, "Ebla-Outcome")).isIn("unknown", "not_applied");
        for (int i = 0; i < 12; i++) {
            HttpResponse<String> put =
                    Waiting.answer(millis -> alive.putJson(row.formatted(millis), "2"));
            assertProblem(put, 503, "no_master");
            assertThat(header(put, "Ebla-Outcome")).isEqualTo("not_applied");
            assertThat(header(put, "Retry-After")).isNotNull();
            HttpResponse<String> read = Waiting.answer(millis -> alive.get(row.formatted(millis)));
            assertProblem(read, 503, "no_master");
            assertThat(alive.putJson("/v1/tables/halved/rows/a?timeout=20s", "1").statusCode())
                    .isIn(200, 201);
        }
        HttpResponse<String> range =
                Waiting.answer(
                        millis -> alive.get("/v1/tables/halved/rows?timeout=" + millis + "ms"));
        assertProblem(range, 503, "no_master");
        JsonNode bulk =
                BulkHttpTest.bulk(
                        alive, "halved", "{\"pk\":\"b\",\"data\":1}\n{\"pk\":\"y\",\"data\":1}");
        assertThat(bulk.get("written").asInt()).isEqualTo(1);
        assertThat(bulk.get("errors").get(0).get("code").asString()).isEqualTo("no_master");
    }

    private static TabletId tablet(String table, int index) {
        List<TabletDescriptor> tablets =
                nodes.get(0).host().directory().map().tablets().stream()
                        .filter(it -> it.table().value().equals(table))
                        .toList();
        return tablets.get(index).id();
    }

    /** Writes rows through one node after another; their keys in order. */
    private static List<String> fill(String table, int rows, String padding) throws Exception {
        List<String> keys = new ArrayList<>();
        StringBuilder[] bodies = {new StringBuilder(), new StringBuilder(), new StringBuilder()};
        for (int i = 0; i < rows; i++) {
            String key = (char) ('a' + i % 26) + Integer.toString(1000 + i);
            keys.add(key);
            bodies[i % 3].append(
                    "{\"pk\":\""
                            + key
                            + "\",\"data\":{\"n\":"
                            + (1000 + i)
                            + ",\"x\":\""
                            + padding
                            + "\"}}\n");
        }
        for (int i = 0; i < 3; i++) {
            JsonNode answer = BulkHttpTest.bulk(nodes.get(i), table, bodies[i].toString());
            assertThat(answer.get("written").asInt()).as(answer.toString()).isEqualTo(rows / 3);
        }
        Collections.sort(keys);
        return keys;
    }

    private static List<String> stream(TestServer node, String table, String query)
            throws Exception {
        HttpResponse<String> answer =
                node.send(
                        node.request("/v1/tables/" + table + "/rows?" + query)
                                .header("Accept", "application/x-ndjson"));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body()
                .lines()
                .map(line -> JSON.readTree(line))
                .map(row -> row.has("pk") ? row.get("pk").asString() : row.toString())
                .toList();
    }

    private static HttpResponse<String> post(TestServer node, String path, String body)
            throws Exception {
        return node.send(
                node.request(path)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body)));
    }
}
