package io.ebla.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.cli.server.Rehearsal;
import java.net.http.HttpResponse;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The cluster's routes at a real server that is tablet server and meta-server at once. */
class ClusterRoutesTest {

    private static final JsonMapper JSON = JsonMapper.shared();

    private static Rehearsal server;
    private static String tablet;

    @BeforeAll
    static void start() throws Exception {
        server = PatientServer.start();
        assertThat(send("PUT", "/v1/tables/led", "{}").statusCode()).isEqualTo(201);
        JsonNode tablets = JSON.readTree(send("GET", "/v1/tables/led/tablets", null).body());
        tablet = tablets.get("tablets").get(0).get("id").asString();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void theClusterIsDescribed() throws Exception {
        HttpResponse<String> answer = send("GET", "/v1/cluster", null);
        long begun = System.nanoTime();
        // A busy node is suspected for a moment.
        while (!answer.body().contains("\"state\":\"up\"")) {
            assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(30));
            answer = send("GET", "/v1/cluster", null);
        }
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
        JsonNode cluster = JSON.readTree(answer.body());
        assertThat(cluster.propertyNames()).containsExactly("meta", "nodes", "operations");
        assertThat(cluster.get("meta").get("leader").asString()).isEqualTo("dev");
        assertThat(cluster.get("meta").get("members").size()).isEqualTo(1);
        JsonNode node = cluster.get("nodes").get(0);
        assertThat(node.propertyNames())
                .containsExactlyInAnyOrder(
                        "id", "address", "grpcAddress", "state", "tablets", "masters", "bytes");
        assertThat(node.get("state").asString()).isEqualTo("up");
        assertThat(node.get("masters").asInt()).isEqualTo(1);
        assertThat(send("HEAD", "/v1/cluster", null).statusCode()).isEqualTo(200);
        assertThat(send("GET", "/actuator/health/readiness", null).statusCode()).isEqualTo(200);
    }

    @Test
    void balancingIsPausedAndResumedAndEachIsOneOperation() throws Exception {
        String paused = begun("PUT", "/v1/cluster/balancing", "{\"paused\":true}");
        assertThat(begun("PUT", "/v1/cluster/balancing", "{\"paused\":true}")).isEqualTo(paused);
        JsonNode told = JSON.readTree(send("GET", "/v1/cluster/operations/" + paused, null).body());
        assertThat(told.get("kind").asString()).isEqualTo("pause_balancing");
        assertThat(told.get("state").asString()).isEqualTo("done");
        assertThat(told.get("progress").asDouble()).isEqualTo(1.0);
        String resumed = begun("PUT", "/v1/cluster/balancing", "{\"paused\":false}");
        assertThat(resumed).isNotEqualTo(paused);
        String undrained = begun("POST", "/v1/cluster/nodes/dev/undrain", null);
        assertThat(begun("POST", "/v1/cluster/nodes/dev/undrain", null)).isEqualTo(undrained);
    }

    private static String begun(String method, String path, String body) throws Exception {
        HttpResponse<String> answer = send(method, path, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        return JSON.readTree(answer.body()).get("operation").asString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET | /v1/cluster?all=1 | | 400 | unknown_option",
                "POST | /v1/cluster | {} | 405 | method_not_allowed",
                "GET | /v1/cluster/operations/none | | 404 | operation_not_found",
                "GET | /v1/cluster/operations/%20 | | 400 | invalid_argument",
                "DELETE | /v1/cluster/operations/none | | 405 | method_not_allowed",
                "PUT | /v1/cluster/meta/m2 | {\"address\":\"127.0.0.1:1\"} | 422 | not_enough_nodes",
                "PUT | /v1/cluster/meta/m2 | {\"address\":\"nowhere\"} | 400 | invalid_argument",
                "PUT | /v1/cluster/meta/m2 | {} | 400 | invalid_argument",
                "PUT | /v1/cluster/meta/m2 | [ | 400 | invalid_argument",
                "PUT | /v1/cluster/meta/- | {\"address\":\"127.0.0.1:1\"} | 400 | invalid_argument",
                "GET | /v1/cluster/meta/m2 | | 405 | method_not_allowed",
                "DELETE | /v1/cluster/meta/dev | | 422 | not_enough_nodes",
                "POST | /v1/cluster/nodes/dev/drain | | 422 | not_enough_nodes",
                "POST | /v1/cluster/nodes/t9/drain | | 404 | node_not_found",
                "POST | /v1/cluster/nodes/t9/undrain | | 404 | node_not_found",
                "POST | /v1/cluster/nodes/%20/drain | | 400 | invalid_argument",
                "POST | /v1/cluster/nodes//drain | | 400 | invalid_argument",
                "POST | /v1/cluster/nodes/dev/drain?now=1 | | 400 | unknown_option",
                "GET | /v1/cluster/nodes/dev/drain | | 405 | method_not_allowed",
                "DELETE | /v1/cluster/nodes/dev/undrain | | 405 | method_not_allowed",
                "POST | /v1/cluster/nodes/dev | | 404 | not_found",
                "POST | /v1/cluster/nodes/dev/empty | | 404 | not_found",
                "PUT | /v1/cluster/balancing | {} | 400 | invalid_argument",
                "PUT | /v1/cluster/balancing | {\"paused\":1} | 400 | invalid_argument",
                "PUT | /v1/cluster/balancing | {\"paused\":true,\"by\":\"me\"} | 400 | unknown_option",
                "PUT | /v1/cluster/balancing | [ | 400 | invalid_argument",
                "GET | /v1/cluster/balancing | | 405 | method_not_allowed",
                "POST | /v1/tables/led/tablets/TABLET/move | {\"from\":\"dev\",\"to\":\"t9\"} | 404 | node_not_found",
                "POST | /v1/tables/led/tablets/TABLET/move | {\"from\":\"t9\",\"to\":\"dev\"} | 404 | node_not_found",
                "POST | /v1/tables/led/tablets/TABLET/move | {\"from\":\"dev\",\"to\":\"dev\"} | 400 | invalid_argument",
                "GET | /v1/cluster/elsewhere | | 404 | not_found",
                "POST | /v1/tables/led/tablets/TABLET/master | {\"to\":\"t9\"} | 404 | node_not_found",
                "POST | /v1/tables/led/tablets/TABLET/master | {\"to\":\"dev\"} | 400 | invalid_argument",
                "POST | /v1/tables/led/tablets/999/master | {\"to\":\"dev\"} | 404 | tablet_not_found",
                "POST | /v1/tables/none/tablets/1/master | {\"to\":\"dev\"} | 404 | table_not_found"
            })
    void whatCannotBeDoneIsAProblem(
            String method, String path, String body, int status, String code) throws Exception {
        HttpResponse<String> answer = send(method, path.replace("TABLET", tablet), body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type"))
                .contains("application/problem+json");
        JsonNode problem = JSON.readTree(answer.body());
        assertThat(problem.get("code").asString()).isEqualTo(code);
        assertThat(problem.get("type").asString()).isEqualTo("urn:ebla:problem:" + code);
        assertThat(problem.get("status").asInt()).isEqualTo(status);
        assertThat(problem.get("title").asString()).isNotEmpty();
        assertThat(problem.get("detail").asString()).isNotEmpty();
        assertThat(problem.get("instance").asString()).isEqualTo(answer.uri().getRawPath());
        assertThat(problem.get("retryable").isBoolean()).isTrue();
        assertThat(answer.headers().firstValue("Allow").isPresent()).isEqualTo(status == 405);
    }

    private static HttpResponse<String> send(String method, String path, String body)
            throws Exception {
        return TabletRoutes.send(server, method, path, body);
    }
}
