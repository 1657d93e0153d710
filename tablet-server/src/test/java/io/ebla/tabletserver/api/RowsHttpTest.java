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
