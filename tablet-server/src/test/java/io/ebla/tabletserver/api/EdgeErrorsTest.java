package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.tabletserver.TabletServerProperties;
import io.ebla.tabletserver.api.RawConnection.RawAnswer;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EdgeErrorsTest {

    private static ReactiveWebServerApplicationContext server;
    private static int port;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableConfigurationProperties(TabletServerProperties.class)
    @Import(EdgeConfiguration.class)
    static class Echoing {

        /** Rows are answered with their raw path, tables with the length of the body sent, or later. */
        @Bean
        ApiRoutes routes() {
            ApiHandler path =
                    request ->
                            Mono.just(
                                    Answer.of(200)
                                            .body(
                                                    "text/plain",
                                                    io.ebla.core.key.Bytes.utf8(
                                                            request.rawPath())));
            ApiHandler broken =
                    request -> {
                        throw new IllegalStateException("secret detail");
                    };
            TableResource row =
                    new TableResource(
                            "row",
                            Map.of(
                                    HttpMethod.GET,
                                    path,
                                    HttpMethod.HEAD,
                                    path,
                                    HttpMethod.DELETE,
                                    broken));
            ApiHandler length = Echoing::length;
            ApiHandler later =
                    request ->
                            Mono.create(
                                    sink ->
                                            request.eventLoop()
                                                    .execute(() -> sink.success(Answer.of(204))));
            TableResource table =
                    new TableResource("", Map.of(HttpMethod.PUT, length, HttpMethod.GET, later));
            return new ApiRoutes(
                    List.of(),
                    table,
                    row,
                    List.of(),
                    RequestObserver.NONE,
                    new io.ebla.core.time.SystemClock());
        }

        private static Mono<ServerResponse> length(ApiRequest request) {
            return Mono.create(
                    sink ->
                            RequestBody.read(
                                    request,
                                    1000,
                                    20_000,
                                    (body, failure) ->
                                            sink.success(
                                                    failure != null
                                                            ? request.problem(failure)
                                                            : Answer.json(
                                                                    200,
                                                                    new JsonText(20)
                                                                            .value(
                                                                                    body
                                                                                            .length())))));
        }
    }

    @BeforeAll
    static void start() {
        SpringApplication application = new SpringApplication(Echoing.class);
        server =
                (ReactiveWebServerApplicationContext)
                        application.run("--server.port=0", "--server.address=127.0.0.1");
        port = server.getWebServer().getPort();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /v1/tables/t/rows/LONG HTTP/1.1 | 414 | uri_too_long",
                "GET /v1/tables/t/rows/k HTTP/1.1\\r\\nX: LONG | 431 | headers_too_large",
                "GET /v1/tables/t/rows/k HTTX/9 | 400 | invalid_argument",
                "GET /v1/tables/t/rows/a b HTTP/1.1 | 400 | invalid_argument",
                "GET | 400 | invalid_argument",
                "\\0\\1\\2 | 400 | invalid_argument",
                "GET /v1/tables/t/rows/k HTTP/1.1\\r\\nBad Header: x | 400 | invalid_argument",
                "PUT /v1/tables/t HTTP/1.1\\r\\nContent-Length: abc | 400 | invalid_argument",
                "PUT /v1/tables/t HTTP/1.1\\r\\nContent-Length: -1 | 400 | invalid_argument",
                "PUT /v1/tables/t HTTP/1.1\\r\\nContent-Length: 1\\r\\nContent-Length: 2 | 400 | invalid_argument",
                "GET /v1/tables/t/rows/%zz HTTP/1.1 | 400 | invalid_argument",
                "GET /v1/tables/t/rows/a?x=%4 HTTP/1.1 | 400 | invalid_argument",
                "GET /nothing HTTP/1.1 | 404 | not_found",
                "GET /v1/nothing HTTP/1.1 | 404 | not_found",
                "GET /v1/tables/t/nothing HTTP/1.1 | 404 | not_found",
                "GET /v1/tables/BAD/rows/k HTTP/1.1 | 400 | invalid_argument",
                "PATCH /v1/tables/t/rows/k HTTP/1.1 | 405 | method_not_allowed",
                "BREW /v1/tables/t HTTP/1.1 | 405 | method_not_allowed",
                "DELETE /v1/tables/t/rows/k HTTP/1.1 | 500 | internal",
                "PUT /v1/tables/t HTTP/1.1\\r\\nContent-Length: 2000 | 413 | too_large"
            })
    void answersWithAProblem(String request, int status, String code) throws IOException {
        String start = request.translateEscapes().replace("LONG", "x".repeat(20_000));
        try (RawConnection connection = new RawConnection(port)) {
            connection.send(start + "\r\nHost: localhost\r\n\r\n");
            RawAnswer answer = connection.read(false);
            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.header("Content-Type")).isEqualTo(Problems.MEDIA_TYPE);
            JsonNode problem = new JsonMapper().readTree(answer.body());
            assertThat(problem.get("code").stringValue()).isEqualTo(code);
            assertThat(problem.get("status").intValue()).isEqualTo(status);
            assertThat(answer.text()).doesNotContain("secret", "Exception", "\tat ");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "PUT /v1/tables/BAD/rows/k HTTP/1.1 | 400 | not_applied | /v1/tables/BAD/rows/k",
                "POST /v1/tables/t/rows/k HTTP/1.1 | 405 | not_applied | /v1/tables/t/rows/k",
                "PATCH /v1/tables/t/rows/k HTTP/1.1 | 405 | not_applied | /v1/tables/t/rows/k",
                "POST /v1/tables/BAD/batch HTTP/1.1 | 400 | not_applied | /v1/tables/BAD/batch",
                "PUT /v1/tables/t/rows/k?x HTTP/1.1\\r\\nX: LONG | 431 | not_applied | /v1/tables/t/rows/k",
                "DELETE /v1/tables/t/rows/k HTTP/1.1\\r\\nContent-Length: x | 400 | not_applied | /v1/tables/t/rows/k",
                "PUT /v1/tables/t/rows/LONG HTTP/1.1 | 414 | not_applied | /",
                "DELETE /v1/tables/t/rows/k HTTP/1.1 | 500 | unknown | /v1/tables/t/rows/k",
                "GET /v1/tables/BAD/rows/k HTTP/1.1 | 400 | - | /v1/tables/BAD/rows/k",
                "GET /v1/tables/t/rows/k HTTP/1.1\\r\\nX: LONG | 431 | - | /v1/tables/t/rows/k",
                "PUT /v1/tables/BAD HTTP/1.1 | 400 | - | /v1/tables/BAD"
            })
    void aWriteRefusedEarlyTellsItsOutcome(
            String request, int status, String outcome, String instance) throws IOException {
        String start = request.translateEscapes().replace("LONG", "x".repeat(20_000));
        try (RawConnection connection = new RawConnection(port)) {
            connection.send(start + "\r\nHost: localhost\r\n\r\n");
            RawAnswer answer = connection.read(false);
            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.header("Ebla-Outcome")).isEqualTo(outcome);
            JsonNode problem = new JsonMapper().readTree(answer.body());
            assertThat(problem.get("instance").stringValue()).isEqualTo(instance);
        }
    }

    @Test
    void aMethodNotAllowedNamesThoseThatAre() throws IOException {
        try (RawConnection connection = new RawConnection(port)) {
            connection.send(
                    "POST /v1/tables/t/rows/k HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
            assertThat(connection.read(false).header("Allow")).isEqualTo("DELETE, GET, HEAD");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            quoteCharacter = '~',
            value = {
                "a;b+c%2Fd a;b+c%2Fd",
                "a|b\"<>^`{}\\[] a%7Cb%22%3C%3E%5E%60%7B%7D%5C%5B%5D",
                "a#b a%23b",
                "\u00c3\u00a4 %C3%A4"
            })
    void theRawPathReachesTheHandler(String sent, String seen) throws IOException {
        try (RawConnection connection = new RawConnection(port)) {
            connection.send("GET /v1/tables/t/rows/" + sent + " HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(connection.read(false).text()).isEqualTo("/v1/tables/t/rows/" + seen);
        }
    }

    @Test
    void headHasTheLengthAndNoBodyAndTheConnectionGoesOn() throws IOException {
        try (RawConnection connection = new RawConnection(port)) {
            for (int i = 0; i < 2; i++) {
                connection.send("HEAD /v1/tables/t/rows/k HTTP/1.1\r\nHost: x\r\n\r\n");
                RawAnswer answer = connection.read(true);
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.header("Content-Length")).isEqualTo("19");
                connection.send("HEAD /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
                assertThat(connection.read(true).status()).isEqualTo(404);
            }
        }
    }

    /**
     * A request that had to queue behind another, and is answered at once when its turn comes, must not be
     * the last that is read. So it is for a client that sends one after the other too, when answers are
     * written from other threads, as actuator's are: the next request may come before the server has done
     * with the one before.
     */
    @Test
    void theConnectionGoesOnAfterRequestsThatCameTogether() throws IOException {
        String row = "GET /v1/tables/t/rows/k HTTP/1.1\r\nHost: x\r\n\r\n";
        try (RawConnection connection = new RawConnection(port)) {
            connection.send("GET /v1/tables/t HTTP/1.1\r\nHost: x\r\n\r\n" + row);
            assertThat(connection.read(false).status()).isEqualTo(204);
            assertThat(connection.read(false).status()).isEqualTo(200);
            connection.send(row);
            assertThat(connection.read(false).status()).isEqualTo(200);
        }
    }

    @Test
    void chunkedAndExpectedBodiesAreRead() throws IOException {
        try (RawConnection connection = new RawConnection(port)) {
            connection.send(
                    "PUT /v1/tables/t HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
            assertThat(connection.read(false).text()).isEqualTo("5");
            connection.send(
                    "PUT /v1/tables/t HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
                            + "Expect: 100-continue\r\n\r\n");
            assertThat(connection.read(false).status()).isEqualTo(100);
            connection.send("abcd");
            assertThat(connection.read(false).text()).isEqualTo("4");
            connection.send("PUT /v1/tables/t HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(connection.read(false).text()).isEqualTo("0");
        }
    }

    @Test
    void aBodyOverTheLimitIsRefusedBeforeItsEnd() throws IOException {
        try (RawConnection connection = new RawConnection(port)) {
            connection.send(
                    "PUT /v1/tables/t HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "400\r\n"
                            + "x".repeat(0x400)
                            + "\r\n");
            assertThat(connection.read(false).status()).isEqualTo(413);
        }
    }

    @Test
    void aMalformedChunkIsAProblem() throws IOException {
        try (RawConnection connection = new RawConnection(port)) {
            connection.send(
                    "PUT /v1/tables/t HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "zz\r\nabc\r\n");
            RawAnswer answer = connection.read(false);
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.header("Content-Type")).isEqualTo(Problems.MEDIA_TYPE);
        }
    }

    @Test
    void aPreflightIsGrantedNothing() throws IOException {
        try (RawConnection connection = new RawConnection(port)) {
            connection.send(
                    "OPTIONS /v1/tables/t HTTP/1.1\r\nHost: x\r\nOrigin: http://elsewhere\r\n"
                            + "Access-Control-Request-Method: PUT\r\n\r\n");
            RawAnswer answer = connection.read(false);
            assertThat(answer.header("Access-Control-Allow-Origin")).isNull();
            assertThat(answer.header("Access-Control-Allow-Methods")).isNull();
        }
    }
}
