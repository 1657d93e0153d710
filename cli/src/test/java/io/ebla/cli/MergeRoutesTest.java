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

/** Merges at a real server that is tablet server and meta-server at once. */
class MergeRoutesTest {

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
    void aTabletIsMergedSplitAndMergedAgainAndNoRowIsLost() throws Exception {
        for (String store : new String[] {"disk", "memory"}) {
            String table = "joined-" + store;
            create(table, "{\"splitAt\":[\"k030\"],\"store\":\"" + store + "\"}");
            int written = 0;
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < ROWS; i++) {
                    put(table, key(i), ++written);
                }
                JsonNode left = serving(table, 2).get(0);
                JsonNode ended = ended(merge(table, left.get("id").asString()));
                assertThat(ended.get("state").asString()).as(ended.toString()).isEqualTo("done");
                assertThat(ended.get("kind").asString()).isEqualTo("merge");
                holds(table, written - ROWS);
                JsonNode whole = serving(table, 1).get(0);
                assertThat(whole.has("from") || whole.has("to")).isFalse();
                String id = whole.get("id").asString();
                String at = "{\"at\":{\"pk\":\"" + key(10 + 20 * round) + "\"}}";
                assertThat(ended(split(table, id, at)).get("state").asString()).isEqualTo("done");
                serving(table, 2);
                holds(table, written - ROWS);
            }
        }
    }

    private static void holds(String table, int before) throws Exception {
        JsonNode rows = read("/v1/tables/" + table + "/rows?limit=1000").get("rows");
        assertThat(rows.size()).isEqualTo(ROWS);
        for (int i = 0; i < ROWS; i++) {
            assertThat(rows.get(i).get("pk").asString()).isEqualTo(key(i));
            assertThat(rows.get(i).get("data").asInt()).isEqualTo(before + i + 1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "LAST, 422, no_right_neighbour",
        "999, 404, tablet_not_found",
        "none, 404, tablet_not_found"
    })
    void whatCannotBeMergedIsAProblem(String tablet, int status, String code) throws Exception {
        String id = tablet.equals("LAST") ? tablets("parted").get(1).get("id").asString() : tablet;
        HttpResponse<String> answer = merge("parted", id);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(JSON.readTree(answer.body()).get("code").asString()).isEqualTo(code);
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

    private static HttpResponse<String> merge(String table, String tablet) throws Exception {
        return send("POST", "/v1/tables/" + table + "/tablets/" + tablet + "/merge", null);
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
