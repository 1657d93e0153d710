package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** PUT, GET, HEAD and DELETE of rows over a socket, with the real engine behind it. */
class RowsHttpTest {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String ROWS = "/v1/tables/rows-test/rows/";

    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start();
        server.createTable("rows-test", "{\"splitAt\":[\"m\"]}");
        server.createTable("short-lived", "{\"ttl\":\"1h\",\"store\":\"memory\"}");
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void aRowIsCreatedReadReplacedAndDeleted() throws Exception {
        HttpResponse<String> created = server.putJson(ROWS + "life/1", "{\"a\": 1 }");
        assertThat(created.statusCode()).isEqualTo(201);
        JsonNode body = JSON.readTree(created.body());
        assertThat(body.propertyNames())
                .containsExactly(
                        "pk",
                        "sk",
                        "version",
                        "createdAt",
                        "updatedAt",
                        "outcome",
                        "copies",
                        "replicas");
        assertThat(body.get("pk").stringValue()).isEqualTo("life");
        assertThat(body.get("sk").stringValue()).isEqualTo("1");
        assertThat(body.get("outcome").stringValue()).isEqualTo("committed");
        assertThat(body.get("copies").intValue()).isEqualTo(1);
        assertThat(body.get("replicas").toString()).isEqualTo("[\"dev\"]");
        assertThat(header(created, "ETag"))
                .isEqualTo('"' + body.get("version").stringValue() + '"');
        assertThat(header(created, "Ebla-Outcome")).isEqualTo("committed");
        assertThat(header(created, "Ebla-Copies")).isEqualTo("1");
        assertThat(header(created, "Ebla-Position")).isNotEmpty();

        HttpResponse<String> read = server.get(ROWS + "life/1");
        assertThat(read.statusCode()).isEqualTo(200);
        assertThat(read.body()).isEqualTo("{\"a\": 1 }");
        assertThat(header(read, "Content-Type")).isEqualTo("application/json");
        assertThat(header(read, "ETag")).isEqualTo(header(created, "ETag"));
        assertThat(header(read, "Ebla-Created-At"))
                .isEqualTo(body.get("createdAt").stringValue())
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
        assertThat(header(read, "Ebla-Expires-At")).isNull();
        assertThat(header(read, "Ebla-Position")).isNotEmpty();
        assertThat(Times.parseHttpDate(header(read, "Last-Modified")))
                .isEqualTo(
                        Instant.parse(body.get("updatedAt").stringValue()).getEpochSecond() * 1000);

        HttpResponse<String> replaced = server.put(ROWS + "life/1", "text/plain", "two");
        assertThat(replaced.statusCode()).isEqualTo(200);
        JsonNode second = JSON.readTree(replaced.body());
        assertThat(second.get("createdAt")).isEqualTo(body.get("createdAt"));
        assertThat(second.get("version")).isNotEqualTo(body.get("version"));

        HttpResponse<String> deleted = server.delete(ROWS + "life/1");
        assertThat(deleted.statusCode()).isEqualTo(204);
        assertThat(deleted.body()).isEmpty();
        assertThat(header(deleted, "Ebla-Outcome")).isEqualTo("committed");
        assertThat(header(deleted, "Ebla-Copies")).isEqualTo("1");
        assertThat(header(deleted, "Ebla-Position")).isNotEmpty();
        assertProblem(server.get(ROWS + "life/1"), 404, "row_not_found");
        assertThat(server.delete(ROWS + "life/1").statusCode()).isEqualTo(204);
    }

    @Test
    void anAbsentSortKeyIsLeftOutAndIsAnotherRow() throws Exception {
        JsonNode body = JSON.readTree(server.putJson(ROWS + "alone", "1").body());
        assertThat(body.has("sk")).isFalse();
        assertProblem(server.get(ROWS + "alone/1"), 404, "row_not_found");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a;b=c",
                "a+b",
                "a%2Fb",
                "%2F",
                "a%20b/%3F%23",
                "%00/%00",
                "%e2%82%ac/%F0%9F%98%80",
                "...",
                "~!$&'()*,:@=",
                "%25",
                "%2525"
            })
    void everyKeyIsItself(String key) throws Exception {
        assertThat(server.put(ROWS + key, "text/plain", "value of " + key).statusCode())
                .isEqualTo(201);
        assertThat(server.get(ROWS + key).body()).isEqualTo("value of " + key);
        assertThat(server.delete(ROWS + key).statusCode()).isEqualTo(204);
        assertThat(server.get(ROWS + key).statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a/",
                "/a",
                "a//b",
                "a/b/",
                "a/b/c",
                "%2E",
                "..%2f/..",
                "%ff",
                "a/%c0%80"
            })
    void whatIsNoKeyIsRefused(String key) throws Exception {
        try (RawConnection connection = new RawConnection(server.port())) {
            for (String method : new String[] {"GET", "DELETE"}) {
                String path = key.equals("..%2f/..") ? "a/.." : key;
                connection.send(method + " " + ROWS + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
                RawConnection.RawAnswer answer = connection.read(false);
                assertThat(answer.status()).isEqualTo(400);
                assertThat(answer.text()).contains("\"code\":\"invalid_argument\"");
            }
        }
    }

    @Test
    void keysAreBoundedInBytes() throws Exception {
        assertThat(server.putJson(ROWS + "k".repeat(1024), "1").statusCode()).isEqualTo(201);
        assertProblem(server.putJson(ROWS + "k".repeat(1025), "1"), 400, "invalid_argument");
    }

    @Test
    void anyBytesAreKeptWithTheirType() throws Exception {
        byte[] bytes = new byte[10_000];
        new Random(1).nextBytes(bytes);
        HttpRequest.Builder put =
                server.request(ROWS + "bytes").PUT(BodyPublishers.ofByteArray(bytes));
        assertThat(server.send(put).statusCode()).isEqualTo(201);
        HttpResponse<byte[]> read = server.sendForBytes(server.request(ROWS + "bytes"));
        assertThat(Arrays.equals(read.body(), bytes)).isTrue();
        assertThat(read.headers().firstValue("Content-Type")).contains("application/octet-stream");
        server.put(ROWS + "bytes", "Text/Plain; charset=UTF-8", "x");
        assertThat(header(server.get(ROWS + "bytes"), "Content-Type"))
                .isEqualTo("Text/Plain; charset=UTF-8");
        server.put(ROWS + "bytes", "text/plain", "");
        assertThat(server.get(ROWS + "bytes").body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " {\"b\" : 1.0, \"a\":[ ] }\n",
                "null",
                "\"\\u00e9é\"",
                "1e999",
                "{\"a\":1,\"a\":2}",
                "12345678901234567890123456789.10"
            })
    void jsonIsKeptByteExact(String json) throws Exception {
        assertThat(server.putJson(ROWS + "json", json).statusCode()).isIn(200, 201);
        assertThat(server.get(ROWS + "json").body()).isEqualTo(json);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{}x", "{'a':1}", "NaN", "[1,]", "\"\u0001\""})
    void invalidJsonIsRefused(String json) throws Exception {
        assertProblem(server.putJson(ROWS + "bad", json), 400, "invalid_argument");
        assertProblem(
                server.put(ROWS + "bad", "application/vnd.x+json;v=1", json),
                400,
                "invalid_argument");
        assertThat(server.get(ROWS + "bad").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rubbish", "*/*", "text/*", "a/b/c", "text/plain; =", "/"})
    void whatIsNoContentTypeIsRefused(String contentType) throws Exception {
        assertProblem(server.put(ROWS + "type", contentType, "x"), 400, "invalid_argument");
        assertProblem(
                server.put(ROWS + "type", "text/" + "x".repeat(300), "x"), 400, "invalid_argument");
    }

    @Test
    void aValueMayHaveOneMebibyteAndNoMore() throws Exception {
        String most = "x".repeat(1 << 20);
        assertThat(server.put(ROWS + "large", "text/plain", most).statusCode()).isEqualTo(201);
        assertThat(server.get(ROWS + "large").body()).isEqualTo(most);
        assertProblem(server.put(ROWS + "larger", "text/plain", most + "x"), 413, "too_large");
        HttpRequest.Builder chunked =
                server.request(ROWS + "larger")
                        .PUT(BodyPublishers.fromPublisher(BodyPublishers.ofString(most + "x")));
        assertProblem(server.send(chunked), 413, "too_large");
        assertProblem(server.get(ROWS + "larger"), 404, "row_not_found");
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

    @Test
    void anUnknownTableIs404AndMetaIsNotHammered() throws Exception {
        assertProblem(server.get("/v1/tables/none/rows/a"), 404, "table_not_found");
        int calls = server.meta().mapCalls.get();
        for (int i = 0; i < 50; i++) {
            HttpResponse<String> put = server.putJson("/v1/tables/none" + i + "/rows/a", "1");
            assertProblem(put, 404, "table_not_found");
            assertThat(header(put, "Ebla-Outcome")).isEqualTo("not_applied");
        }
        assertThat(server.meta().mapCalls.get() - calls).isLessThan(50);
        assertProblem(server.get("/v1/tables/Bad/rows/a"), 400, "invalid_argument");
    }

    static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse(null);
    }

    static void assertProblem(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(header(answer, "Content-Type")).isEqualTo(Problems.MEDIA_TYPE);
        JsonNode problem = JSON.readTree(answer.body());
        assertThat(problem.get("code").stringValue()).isEqualTo(code);
        assertThat(problem.get("status").intValue()).isEqualTo(status);
        assertThat(problem.get("instance").stringValue()).isEqualTo(answer.uri().getRawPath());
        boolean rowWrite =
                !answer.request().method().equals("GET")
                        && answer.uri().getRawPath().contains("/rows/");
        if (rowWrite) {
            assertThat(header(answer, "Ebla-Outcome"))
                    .isEqualTo(problem.get("outcome").stringValue());
        }
    }
}
