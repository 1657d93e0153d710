package io.ebla.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.cli.server.Rehearsal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Splits at a real server that is tablet server and meta-server at once. */
class SplitRoutesTest {

    private static final int ROWS = 60;
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static Rehearsal server;

    @BeforeAll
    static void start() throws Exception {
        server = Rehearsal.start();
        create("parted", "{\"splitAt\":[\"m\"]}");
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void aTabletIsSplitInTheMiddleAndNoRowIsLost() throws Exception {
        create("halves", "{}");
        for (int i = 0; i < ROWS; i++) {
            put("halves", key(i), i);
        }
        String parent = tablets("halves").get(0).get("id").asString();
        JsonNode ended = ended(split("halves", parent, "{}"));
        assertThat(ended.get("state").asString()).as(ended.toString()).isEqualTo("done");
        JsonNode tablets = serving("halves", 2);
        assertThat(tablets.get(0).get("to").asString()).isBetween(key(ROWS / 3), key(ROWS * 2 / 3));
        assertThat(tablets.get(1).get("from")).isEqualTo(tablets.get(0).get("to"));
        for (int i = 0; i < ROWS; i++) {
            put("halves", key(i), i + ROWS);
        }
        JsonNode rows = read("/v1/tables/halves/rows?limit=1000").get("rows");
        assertThat(rows.size()).isEqualTo(ROWS);
        for (int i = 0; i < ROWS; i++) {
            assertThat(rows.get(i).get("pk").asString()).isEqualTo(key(i));
            assertThat(rows.get(i).get("data").asInt()).isEqualTo(i + ROWS);
        }
    }

    @Test
    void childrenAreSplitAgainAtAKey() throws Exception {
        create("again", "{\"store\":\"memory\"}");
        put("again", "b", 1);
        put("again", "x", 2);
        for (String at : new String[] {"m", "d", "t"}) {
            JsonNode owner = null;
            for (JsonNode each : tablets("again")) {
                boolean below = !each.has("from") || each.get("from").asString().compareTo(at) < 0;
                owner = below ? each : owner;
            }
            String body = "{\"at\":{\"pk\":\"" + at + "\"}}";
            JsonNode ended = ended(split("again", owner.get("id").asString(), body));
            assertThat(ended.get("state").asString()).as(ended.toString()).isEqualTo("done");
        }
        serving("again", 4);
        assertThat(read("/v1/tables/again/rows/b").asInt()).isEqualTo(1);
        assertThat(read("/v1/tables/again/rows/x").asInt()).isEqualTo(2);
    }

    @Test
    void rowsOfOnePkAreNotParted() throws Exception {
        create("single", "{}");
        put("single", "a/1", 1);
        put("single", "a/2", 2);
        String parent = tablets("single").get(0).get("id").asString();
        JsonNode ended = ended(split("single", parent, "{}"));
        assertThat(ended.get("state").asString()).isEqualTo("aborted");
        assertThat(ended.get("detail").asString()).contains("cannot_split");
        assertThat(serving("single", 1).get(0).get("id").asString()).isEqualTo(parent);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "FIRST | {\"at\":{\"pk\":\"z\"}} | 422 | cannot_split",
                "FIRST | {\"at\":{\"pk\":\"m\"}} | 422 | cannot_split",
                "SECOND | {\"at\":{\"pk\":\"m\"}} | 422 | cannot_split",
                "FIRST | {\"at\":{\"pk\":\"a\",\"sk\":\"b\"}} | 400 | invalid_argument",
                "FIRST | {\"at\":{\"pk\":\"\"}} | 400 | invalid_argument",
                "FIRST | {\"at\":\"c\"} | 400 | invalid_argument",
                "FIRST | {\"by\":2} | 400 | unknown_option",
                "FIRST | [ | 400 | invalid_argument",
                "999 | {} | 404 | tablet_not_found",
                "none | {} | 404 | tablet_not_found"
            })
    void whatCannotBeSplitIsAProblem(String tablet, String body, int status, String code)
            throws Exception {
        JsonNode tablets = tablets("parted");
        String id =
                switch (tablet) {
                    case "FIRST" -> tablets.get(0).get("id").asString();
                    case "SECOND" -> tablets.get(1).get("id").asString();
                    default -> tablet;
                };
        HttpResponse<String> answer = split("parted", id, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(JSON.readTree(answer.body()).get("code").asString()).isEqualTo(code);
    }

    @Test
    void onlyPostSplits() throws Exception {
        String path = "/v1/tables/parted/tablets/1/split";
        assertThat(send("GET", path, null).statusCode()).isEqualTo(405);
        assertThat(send("POST", "/v1/tables/nothing/tablets/1/split", "{}").statusCode())
                .isEqualTo(404);
    }

    private static String key(int i) {
        return String.format("k%03d", i);
    }

    private static void create(String table, String options) throws Exception {
        assertThat(send("PUT", "/v1/tables/" + table, options).statusCode()).isEqualTo(201);
    }

    private static void put(String table, String key, int value) throws Exception {
        String path = "/v1/tables/" + table + "/rows/" + key;
        HttpResponse<String> answer = send("PUT", path, Integer.toString(value));
        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 201);
    }

    private static HttpResponse<String> split(String table, String tablet, String body)
            throws Exception {
        return send("POST", "/v1/tables/" + table + "/tablets/" + tablet + "/split", body);
    }

    private static JsonNode tablets(String table) throws Exception {
        return read("/v1/tables/" + table + "/tablets").get("tablets");
    }

    /** Waits until all tablets serve, of which there are then so many. */
    private static JsonNode serving(String table, int count) throws Exception {
        long begun = System.nanoTime();
        while (true) {
            JsonNode tablets = tablets(table);
            int serving = 0;
            for (JsonNode each : tablets) {
                serving += each.get("state").asString().equals("serving") ? 1 : 0;
            }
            if (serving == count && tablets.size() == count) {
                return tablets;
            }
            assertThat(System.nanoTime() - begun)
                    .as(tablets.toString())
                    .isLessThan(TimeUnit.SECONDS.toNanos(60));
        }
    }

    /** Waits until an operation that was begun has ended. */
    private static JsonNode ended(HttpResponse<String> begun) throws Exception {
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
        String id = JSON.readTree(begun.body()).get("operation").asString();
        long since = System.nanoTime();
        while (true) {
            JsonNode operation = read("/v1/cluster/operations/" + id);
            if (!operation.get("state").asString().equals("running")) {
                return operation;
            }
            assertThat(System.nanoTime() - since)
                    .as(operation.toString())
                    .isLessThan(TimeUnit.SECONDS.toNanos(60));
        }
    }

    private static JsonNode read(String path) throws Exception {
        HttpResponse<String> answer = send("GET", path, null);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private static HttpResponse<String> send(String method, String path, String body)
            throws Exception {
        BodyPublisher content =
                body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(server.url() + path))
                        .timeout(Duration.ofSeconds(60))
                        .method(method, content);
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }
}
