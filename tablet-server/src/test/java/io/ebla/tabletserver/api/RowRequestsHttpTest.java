package io.ebla.tabletserver.api;

import static io.ebla.tabletserver.api.RowsHttpTest.assertProblem;
import static io.ebla.tabletserver.api.RowsHttpTest.header;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Options, conditions, idempotency, lifetimes and read levels of requests for one row, over a socket. */
class RowRequestsHttpTest {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String ROWS = "/v1/tables/requests-test/rows/";

    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start();
        server.createTable("requests-test", "{\"splitAt\":[\"m\"]}");
        server.createTable("short-lived", "{\"ttl\":\"1h\",\"store\":\"memory\"}");
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "acks=2, invalid_argument",
        "acks=0, invalid_argument",
        "acks=some, invalid_argument",
        "acks=-1, invalid_argument",
        "acks=1&acks=1, invalid_argument",
        "timeout=0s, invalid_argument",
        "timeout=61s, invalid_argument",
        "timeout=2, invalid_argument",
        "onTimeout=maybe, invalid_argument",
        "ttl=0s, invalid_argument",
        "ttl=-1s, invalid_argument",
        "ttl=1y, invalid_argument",
        "if=1%2B1, invalid_argument",
        "if=1%20%2B, invalid_argument",
        "if=%ff, invalid_argument",
        "nothing=1, unknown_option",
        "read=strong, unknown_option",
        "TTL=1s, unknown_option"
    })
    void aBadQueryOfAWriteIsRefused(String query, String code) throws Exception {
        assertProblem(server.putJson(ROWS + "query?" + query, "1"), 400, code);
        assertProblem(server.delete(ROWS + "query?" + query), 400, code);
        assertThat(server.get(ROWS + "query").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "acks=local", "acks=quorum", "acks=all", "acks=1", "timeout=60s", "onTimeout=keep",
                "onTimeout=revert", "ttl=never", "ttl=1ms", "if=true", "", "&&"
            })
    void everyOptionOfAWriteIsTaken(String query) throws Exception {
        assertThat(server.putJson(ROWS + "options?" + query, "1").statusCode()).isIn(200, 201);
    }

    @ParameterizedTest
    @ValueSource(strings = {"read=weak", "timeout=0ms", "timeout=2h", "read=local&read=local"})
    void aBadQueryOfAReadIsRefused(String query) throws Exception {
        assertProblem(server.get(ROWS + "query?" + query), 400, "invalid_argument");
        assertProblem(server.get(ROWS + "query?acks=1"), 400, "unknown_option");
    }

    @Test
    void conditionsAreAllJudged() throws Exception {
        String path = ROWS + "conditions";
        HttpRequest.Builder create =
                server.request(path)
                        .header("If-None-Match", "*")
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString("{\"n\":1}"));
        HttpResponse<String> created = server.send(create);
        assertThat(created.statusCode()).isEqualTo(201);
        HttpResponse<String> again = server.send(create);
        assertProblem(again, 412, "condition_failed");
        assertThat(header(again, "Ebla-Outcome")).isEqualTo("not_applied");
        String version = header(created, "ETag");
        assertThat(conditional(path, "If-Match", "\"other\"").statusCode()).isEqualTo(412);
        assertThat(conditional(path, "If-Match", "W/" + version).statusCode()).isEqualTo(400);
        assertThat(conditional(path, "If-None-Match", version).statusCode()).isEqualTo(400);
        assertThat(conditional(path + "?if=data.n%20%3E%201", "If-Match", version).statusCode())
                .isEqualTo(412);
        assertThat(conditional(path + "-absent", "If-Match", "*").statusCode()).isEqualTo(412);
        assertThat(conditional(path + "?if=data.n%3D%3D1", "If-Match", "\"x\", " + version))
                .satisfies(answer -> assertThat(answer.statusCode()).isEqualTo(200));
        assertThat(conditional(path, "If-Match", "*").statusCode()).isEqualTo(200);
        HttpRequest.Builder delete = server.request(path).header("If-Match", version).DELETE();
        assertProblem(server.send(delete), 412, "condition_failed");
        assertThat(server.get(path).statusCode()).isEqualTo(200);
    }

    private static HttpResponse<String> conditional(String path, String name, String value)
            throws Exception {
        return server.send(
                server.request(path)
                        .header(name, value)
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString("{\"n\":1}")));
    }

    @Test
    void anUnchangedRowIsNotSentAgain() throws Exception {
        String path = ROWS + "cached";
        String version = header(server.putJson(path + "?ttl=1h", "1"), "ETag");
        for (String tags : new String[] {version, "W/" + version, "\"a\", " + version, "*"}) {
            HttpResponse<String> answer =
                    server.send(server.request(path).header("If-None-Match", tags));
            assertThat(answer.statusCode()).isEqualTo(304);
            assertThat(answer.body()).isEmpty();
            assertThat(header(answer, "ETag")).isEqualTo(version);
            assertThat(header(answer, "Last-Modified")).isNotNull();
            assertThat(header(answer, "Ebla-Expires-At")).isNotNull();
            assertThat(header(answer, "Content-Type")).isNull();
        }
        String modified = header(server.get(path), "Last-Modified");
        assertThat(status(path, "If-Modified-Since", modified)).isEqualTo(304);
        String earlier = Times.httpDate(Times.parseHttpDate(modified) - 1000);
        assertThat(status(path, "If-Modified-Since", earlier)).isEqualTo(200);
        assertThat(status(path, "If-Modified-Since", "rubbish")).isEqualTo(200);
        assertThat(status(path, "If-None-Match", "\"other\"")).isEqualTo(200);
        assertThat(status(path, "If-Match", "\"other\"")).isEqualTo(412);
        assertThat(status(path, "If-Match", version)).isEqualTo(200);
        HttpRequest.Builder both =
                server.request(path)
                        .header("If-None-Match", "\"other\"")
                        .header("If-Modified-Since", modified);
        assertThat(server.send(both).statusCode()).isEqualTo(200);
        assertThat(status(ROWS + "absent", "If-None-Match", "*")).isEqualTo(404);
    }

    private static int status(String path, String name, String value) throws Exception {
        return server.send(server.request(path).header(name, value)).statusCode();
    }

    @Test
    void headIsGetWithoutTheBody() throws Exception {
        String path = ROWS + "head";
        server.put(path, "text/plain", "twelve bytes");
        HttpResponse<String> get = server.get(path);
        HttpResponse<String> head =
                server.send(server.request(path).method("HEAD", BodyPublishers.noBody()));
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().map()).isEqualTo(get.headers().map());
        assertThat(header(head, "Content-Length")).isEqualTo("12");
        HttpRequest.Builder absent =
                server.request(path + "-absent").method("HEAD", BodyPublishers.noBody());
        assertThat(server.send(absent).statusCode()).isEqualTo(404);
    }

    @Test
    void aRepeatedIdempotentWriteIsAnsweredAsTheFirstWas() throws Exception {
        String path = ROWS + "idempotent/1";
        HttpRequest.Builder put =
                server.request(path)
                        .header("Idempotency-Key", "key-1")
                        .header("If-None-Match", "*")
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString("1"));
        HttpResponse<String> first = server.send(put);
        assertThat(first.statusCode()).isEqualTo(201);
        assertThat(header(first, "Idempotent-Replay")).isNull();
        HttpResponse<String> second = server.send(put);
        assertThat(second.statusCode()).isEqualTo(201);
        assertThat(second.body()).isEqualTo(first.body());
        assertThat(header(second, "ETag")).isEqualTo(header(first, "ETag"));
        assertThat(header(second, "Idempotent-Replay")).isEqualTo("true");
        HttpRequest.Builder other =
                server.request(ROWS + "idempotent/2")
                        .header("Idempotency-Key", "key-1")
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString("1"));
        HttpResponse<String> reused = server.send(other);
        assertProblem(reused, 422, "idempotency_key_reused");
        assertThat(header(reused, "Ebla-Outcome")).isEqualTo("not_applied");
        HttpRequest.Builder delete =
                server.request(path).header("Idempotency-Key", "key-2").DELETE();
        assertThat(server.send(delete).statusCode()).isEqualTo(204);
        server.putJson(path, "2");
        HttpResponse<String> deletedBefore = server.send(delete);
        assertThat(deletedBefore.statusCode()).isEqualTo(204);
        assertThat(header(deletedBefore, "Idempotent-Replay")).isEqualTo("true");
        assertThat(server.get(path).body()).isEqualTo("2");
    }

    @Test
    void acksAndTimeoutDoNotMakeAnotherRequest() throws Exception {
        String path = ROWS + "idempotent-options";
        for (String query : new String[] {"", "?acks=local", "?timeout=5s&onTimeout=revert"}) {
            HttpRequest.Builder put =
                    server.request(path + query)
                            .header("Idempotency-Key", "k")
                            .PUT(BodyPublishers.ofString("1"));
            assertThat(server.send(put).statusCode()).isEqualTo(201);
        }
        HttpRequest.Builder withTtl =
                server.request(path + "?ttl=1h")
                        .header("Idempotency-Key", "k")
                        .PUT(BodyPublishers.ofString("1"));
        assertThat(server.send(withTtl).statusCode()).isEqualTo(422);
    }

    @Test
    void anIdempotencyKeyHasOneTo128Characters() throws Exception {
        HttpRequest.Builder put =
                server.request(ROWS + "long-key")
                        .header("Idempotency-Key", "k".repeat(129))
                        .PUT(BodyPublishers.ofString("1"));
        assertProblem(server.send(put), 400, "invalid_argument");
    }

    @Test
    void aRowCeasesToExistWhenItsTimeIsOver() throws Exception {
        String path = ROWS + "mortal";
        HttpResponse<String> put = server.putJson(path + "?ttl=10m", "1");
        JsonNode body = JSON.readTree(put.body());
        assertThat(
                        Instant.parse(body.get("expiresAt").stringValue()).toEpochMilli()
                                - Instant.parse(body.get("updatedAt").stringValue()).toEpochMilli())
                .isEqualTo(600_000);
        assertThat(header(server.get(path), "Ebla-Expires-At"))
                .isEqualTo(body.get("expiresAt").stringValue());
        String byDefault = "/v1/tables/short-lived/rows/";
        assertThat(JSON.readTree(server.putJson(byDefault + "a", "1").body()).has("expiresAt"))
                .isTrue();
        assertThat(
                        JSON.readTree(server.putJson(byDefault + "b?ttl=never", "1").body())
                                .has("expiresAt"))
                .isFalse();
        server.wall().advanceMillis(600_001);
        assertThat(server.get(path).statusCode()).isEqualTo(404);
        assertThat(server.putJson(path, "2").statusCode()).isEqualTo(201);
        assertThat(header(server.get(path), "Ebla-Expires-At")).isNull();
    }

    @Test
    void readsOfEveryLevelSeeACommittedWrite() throws Exception {
        String path = ROWS + "levels";
        String position = header(server.putJson(path, "1"), "Ebla-Position");
        assertThat(server.get(path + "?read=strong").statusCode()).isEqualTo(200);
        assertThat(server.get(path + "?read=local").statusCode()).isEqualTo(200);
        assertThat(server.get(path + "?read=session").statusCode()).isEqualTo(200);
        assertThat(status(path + "?read=session", "Ebla-Position", position)).isEqualTo(200);
        assertThat(status(path + "?read=session", "Ebla-Position", "rubbish")).isEqualTo(400);
    }
}
