package io.ebla.cli.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.tabletserver.api.RawConnection;
import io.ebla.tabletserver.api.RawConnection.RawAnswer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a meta-server that is nothing else answers to requests that no handler of its own ever sees. */
class MetaServerEdgeTest {

    @TempDir private static Path data;
    private static RunningServer server;

    @BeforeAll
    static void start() {
        server = start(data);
    }

    static RunningServer start(Path data) {
        return RunningServer.start(
                Role.META_SERVER,
                Map.of(
                        "ebla.data", data.toString(),
                        "ebla.node-id", "m1",
                        "ebla.http-port", "0",
                        "ebla.log-level", "error"),
                () -> {});
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "GET /v1/cluster?LONG HTTP/1.1 | 414 | uri_too_long | not_applied",
                "GET /v1/cluster HTTP/1.1\\r\\nX: LONG | 431 | headers_too_large | -",
                "GET /v1/cluster HTTX/9 | 400 | invalid_argument | not_applied",
                "PUT /v1/cluster HTTP/1.1\\r\\nContent-Length: x | 400 | invalid_argument | -",
                "GET /v1/cluster/operations/%zz HTTP/1.1 | 400 | invalid_argument | -",
                "GET /actuator/nothing HTTP/1.1 | 404 | not_found | -",
                "GET /actuator/health/a//b HTTP/1.1 | 404 | not_found | -",
                "GET /actuator/health/a/%2F HTTP/1.1 | 404 | not_found | -",
                "GET /actuator/health/a/; HTTP/1.1 | 404 | not_found | -",
                "GET /actuator/health/a/b HTTP/1.1 | 404 | not_found | -",
                "POST /actuator/health HTTP/1.1 | 405 | method_not_allowed | -",
                "GET /actuator/prometheus HTTP/1.1\\r\\nAccept: image/png | 406 | not_acceptable | -",
                "PUT /v1/tables/t/rows/a HTTP/1.1 | 404 | not_found | not_applied"
            })
    void answersWithAProblem(String request, int status, String code, String outcome)
            throws IOException {
        String start = request.translateEscapes().replace("LONG", "x".repeat(20_000));
        try (RawConnection connection = new RawConnection(URI.create(server.url()).getPort())) {
            connection.send(start + "\r\nHost: localhost\r\n\r\n");
            RawAnswer answer = connection.read(false);
            assertThat(answer.status()).as(answer.text()).isEqualTo(status);
            assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
            JsonNode problem = new JsonMapper().readTree(answer.body());
            assertThat(problem.get("code").stringValue()).isEqualTo(code);
            assertThat(problem.get("status").intValue()).isEqualTo(status);
            assertThat(answer.header("Ebla-Outcome")).isEqualTo(outcome);
        }
    }

    /** It names nothing, and so refuses nothing. */
    @Test
    void anEmptyAcceptIsNone() throws IOException {
        try (RawConnection connection = new RawConnection(URI.create(server.url()).getPort())) {
            connection.send(
                    "GET /actuator/prometheus HTTP/1.1\r\nHost: localhost\r\nAccept:\r\n\r\n");
            RawAnswer answer = connection.read(false);
            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        }
    }
}
