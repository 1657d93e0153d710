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
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Requests about tables and their tablets to a real server that is tablet server and meta-server at once. */
final class TabletRoutes implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Rehearsal server;

    /** Starts one. */
    TabletRoutes() throws Exception {
        this(Map.of());
    }

    /** @param more properties of it */
    TabletRoutes(Map<String, String> more) throws Exception {
        server = PatientServer.start(more);
    }

    @Override
    public void close() throws Exception {
        server.close();
    }

    void create(String table, String options) throws Exception {
        assertThat(send("PUT", "/v1/tables/" + table, options).statusCode()).isEqualTo(201);
    }

    void put(String table, String key, int value) throws Exception {
        String path = "/v1/tables/" + table + "/rows/" + key;
        HttpResponse<String> answer = send("PUT", path, Integer.toString(value));
        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 201);
    }

    HttpResponse<String> split(String table, String tablet, String body) throws Exception {
        return send("POST", "/v1/tables/" + table + "/tablets/" + tablet + "/split", body);
    }

    HttpResponse<String> merge(String table, String tablet) throws Exception {
        return send("POST", "/v1/tables/" + table + "/tablets/" + tablet + "/merge", null);
    }

    JsonNode tablets(String table) throws Exception {
        return read("/v1/tables/" + table + "/tablets").get("tablets");
    }

    /** Waits until all tablets serve, of which there are then so many. */
    JsonNode serving(String table, int count) throws Exception {
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
                    .isLessThan(TimeUnit.SECONDS.toNanos(120));
        }
    }

    /** Waits until an operation that was begun has ended. */
    JsonNode ended(HttpResponse<String> begun) throws Exception {
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
                    .isLessThan(TimeUnit.SECONDS.toNanos(120));
        }
    }

    JsonNode read(String path) throws Exception {
        HttpResponse<String> answer = send("GET", path, null);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    HttpResponse<String> send(String method, String path, String body) throws Exception {
        return send(server, method, path, body);
    }

    /** @param body JSON, or null for none */
    static HttpResponse<String> send(Rehearsal server, String method, String path, String body)
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
