package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Atomic batches and many reads over a real socket. */
class BatchHttpTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start();
        server.createTable("t", "{\"splitAt\":[\"m\"]}");
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void aBatchIsWrittenAsOne() throws Exception {
        HttpResponse<String> answer =
                batch(
                        "",
                        """
                        {"ops":[{"put":{"pk":"b","sk":"1","data":{"n":1}}},
                                {"put":{"pk":"b","sk":"2","base64":"aGk="}},
                                {"delete":{"pk":"b","sk":"3"}},
                                {"check":{"pk":"b","sk":"4"},"if":"pk == null"}]}""");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Ebla-Outcome")).contains("committed");
        assertThat(answer.headers().firstValue("Ebla-Copies")).contains("1");
        assertThat(answer.headers().firstValue("Ebla-Position")).isPresent();
        JsonNode json = JSON.readTree(answer.body());
        assertThat(json.get("outcome").asString()).isEqualTo("committed");
        assertThat(json.get("copies").asInt()).isEqualTo(1);
        JsonNode results = json.get("results");
        assertThat(results.size()).isEqualTo(4);
        assertThat(results.get(1).get("sk").asString()).isEqualTo("2");
        assertThat(results.get(2).has("version")).isFalse();
        assertThat(results.get(3).has("version")).isFalse();
        HttpResponse<String> row = server.get("/v1/tables/t/rows/b/1");
        assertThat(row.headers().firstValue("ETag"))
                .contains('"' + results.get(0).get("version").asString() + '"');
    }

    @Test
    void aFailedConditionNamesItsOperationAndLeavesNothing() throws Exception {
        server.putJson("/v1/tables/t/rows/c/1", "{\"n\":1}");
        HttpResponse<String> answer =
                batch(
                        "",
                        """
                        {"ops":[{"put":{"pk":"c","sk":"1","data":{"n":2}},"if":"data.n == 1"},
                                {"put":{"pk":"c","sk":"2","data":1}},
                                {"check":{"pk":"c","sk":"3"},"if":"pk != null"}]}""");
        assertThat(answer.statusCode()).isEqualTo(412);
        assertThat(answer.headers().firstValue("Ebla-Outcome")).contains("not_applied");
        JsonNode problem = JSON.readTree(answer.body());
        assertThat(problem.get("code").asString()).isEqualTo("condition_failed");
        assertThat(problem.get("op").asInt()).isEqualTo(2);
        assertThat(server.get("/v1/tables/t/rows/c/1").body()).isEqualTo("{\"n\":1}");
        assertThat(server.get("/v1/tables/t/rows/c/2").statusCode()).isEqualTo(404);
    }

    @Test
    void everyConditionSeesTheStateBeforeTheBatch() throws Exception {
        server.putJson("/v1/tables/t/rows/d/1", "1");
        String body =
                """
                {"ops":[{"put":{"pk":"d","sk":"1","data":2},"if":"data == 1"},
                        {"put":{"pk":"d","sk":"2","data":2},"if":"pk == null"}]}""";
        assertThat(batch("", body).statusCode()).isEqualTo(200);
        HttpResponse<String> again = batch("", body);
        assertThat(again.statusCode()).isEqualTo(412);
        assertThat(JSON.readTree(again.body()).get("op").asInt()).isZero();
    }

    @Test
    void anIdempotentBatchIsAnsweredAgainAndNotDoneAgain() throws Exception {
        String body = "{\"ops\":[{\"put\":{\"pk\":\"i\",\"data\":1},\"if\":\"pk == null\"}]}";
        HttpResponse<String> first = keyed("key-1", body);
        HttpResponse<String> again = keyed("key-1", body);
        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(again.headers().firstValue("Idempotent-Replay")).contains("true");
        HttpResponse<String> other = keyed("key-1", body.replace("1}", "2}"));
        assertThat(other.statusCode()).isEqualTo(422);
        assertThat(other.body()).contains("idempotency_key_reused");
    }

    @Test
    void whatIsNoBatchIsRefusedWithItsOutcome() throws Exception {
        refused("", "{\"ops\":[]}", 400, "invalid_argument");
        refused("?nope=1", "{\"ops\":[{\"delete\":{\"pk\":\"a\"}}]}", 400, "unknown_option");
        refused("?acks=3", "{\"ops\":[{\"delete\":{\"pk\":\"a\"}}]}", 400, "invalid_argument");
        refused(
                "",
                "{\"ops\":[{\"delete\":{\"pk\":\"a\"}},{\"delete\":{\"pk\":\"z\"}}]}",
                422,
                "batch_spans_rows");
        refused(
                "",
                "{\"ops\":[{\"put\":{\"pk\":\"a\",\"data\":\"" + "x".repeat(1 << 20) + "\"}}]}",
                413,
                "too_large");
        refused(
                "",
                "{\"ops\":[{\"delete\":{\"pk\":\"a\"},\"if\":\"" + "(".repeat(80) + "\"}]}",
                422,
                "too_large");
    }

    @Test
    void ttlAndIfOfTheQueryHoldForTheBatch() throws Exception {
        String body =
                "{\"ops\":[{\"put\":{\"pk\":\"q\",\"data\":1}},{\"put\":{\"pk\":\"q\",\"sk\":\"n\",\"data\":1,\"ttl\":\"never\"}}]}";
        assertThat(batch("?ttl=1h&if=pk%20%3D%3D%20null", body).statusCode()).isEqualTo(200);
        assertThat(server.get("/v1/tables/t/rows/q").headers().firstValue("Ebla-Expires-At"))
                .isPresent();
        assertThat(server.get("/v1/tables/t/rows/q/n").headers().firstValue("Ebla-Expires-At"))
                .isEmpty();
        assertThat(batch("?if=pk%20%3D%3D%20null", body).statusCode()).isEqualTo(412);
    }

    @Test
    void manyRowsComeInTheOrderOfTheirKeys() throws Exception {
        server.putJson("/v1/tables/t/rows/g1", "{ \"n\": 1 }");
        server.put("/v1/tables/t/rows/z1", "text/plain", "hi");
        HttpResponse<String> answer =
                many(
                        "{\"keys\":[{\"pk\":\"z1\"},{\"pk\":\"absent\"},{\"pk\":\"g1\"},{\"pkBase64\":\"ZzE=\"}],\"read\":\"strong\"}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode rows = JSON.readTree(answer.body()).get("rows");
        assertThat(rows.size()).isEqualTo(4);
        assertThat(rows.get(0).get("base64").asString()).isEqualTo("aGk=");
        assertThat(rows.get(1).isNull()).isTrue();
        assertThat(rows.get(2).get("data").get("n").asInt()).isEqualTo(1);
        assertThat(rows.get(3)).isEqualTo(rows.get(2));
        assertThat(answer.body()).contains("\"data\":{ \"n\": 1 },");
        assertThat(many("{\"keys\":[]}").body()).isEqualTo("{\"rows\":[]}");
    }

    @Test
    void whatIsNoListOfKeysIsRefused() throws Exception {
        assertThat(many("{}").statusCode()).isEqualTo(400);
        assertThat(many("{\"keys\":[{\"pk\":\"a\",\"data\":1}]}").statusCode()).isEqualTo(400);
        assertThat(many("{\"keys\":[],\"read\":\"now\"}").statusCode()).isEqualTo(400);
        assertThat(many("{\"keys\":[],\"x\":1}").statusCode()).isEqualTo(400);
        assertThat(many("nothing").statusCode()).isEqualTo(400);
        assertThat(
                        many("{\"keys\":[" + "{\"pk\":\"a\"},".repeat(1000) + "{\"pk\":\"a\"}]}")
                                .statusCode())
                .isEqualTo(413);
        server.putJson("/v1/tables/t/rows/big", "\"" + "x".repeat(1_000_000) + "\"");
        assertThat(
                        many("{\"keys\":[" + "{\"pk\":\"big\"},".repeat(19) + "{\"pk\":\"big\"}]}")
                                .statusCode())
                .isEqualTo(413);
    }

    private static void refused(String query, String body, int status, String code)
            throws Exception {
        HttpResponse<String> answer = batch(query, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(JSON.readTree(answer.body()).get("code").asString()).isEqualTo(code);
        assertThat(answer.headers().firstValue("Ebla-Outcome")).contains("not_applied");
    }

    private static HttpResponse<String> batch(String query, String body) throws Exception {
        return server.send(
                server.request("/v1/tables/t/batch" + query)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body)));
    }

    private static HttpResponse<String> keyed(String key, String body) throws Exception {
        return server.send(
                server.request("/v1/tables/t/batch")
                        .header("Idempotency-Key", key)
                        .POST(BodyPublishers.ofString(body)));
    }

    private static HttpResponse<String> many(String body) throws Exception {
        return server.send(server.request("/v1/tables/t/get").POST(BodyPublishers.ofString(body)));
    }
}
