package io.ebla.tabletserver.api;

import static io.ebla.tabletserver.api.RowsHttpTest.assertProblem;
import static io.ebla.tabletserver.api.RowsHttpTest.header;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.tabletserver.api.RawConnection.RawAnswer;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that come late, coded or not at all, and connections on which nothing happens. */
class BodiesHttpTest {

    private static final String ROWS = "/v1/tables/bodies/rows";

    /** Longer than a busy machine lets a client or a timer wait. */
    private static final int IDLE_MILLIS = 3_000;

    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start("ebla.limits.idle=" + IDLE_MILLIS + "ms");
        server.createTable("bodies", "{}");
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "PUT, /rows/late?timeout=100ms, true",
        "POST, /batch?timeout=100ms, true",
        "POST, /get?timeout=100ms, false"
    })
    void aBodyThatDoesNotArriveInTimeIsGivenUp(String method, String path, boolean write)
            throws Exception {
        try (RawConnection connection = new RawConnection(server.port())) {
            connection.send(
                    method
                            + " /v1/tables/bodies"
                            + path
                            + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                            + "Content-Length: 100000\r\n\r\n{\"a\":");
            RawAnswer answer = connection.read(false);
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.text()).contains("\"code\":\"deadline_exceeded\"");
            assertThat(answer.header("Ebla-Outcome")).isEqualTo(write ? "not_applied" : null);
            assertThat(answer.header("Retry-After")).isNotNull();
            assertThat(connection.closedByServer()).isTrue();
        }
        assertThat(server.get(ROWS + "/late").statusCode()).isEqualTo(404);
    }

    @Test
    void aBodyThatComesInPiecesIsTakenWhole() throws Exception {
        String body = "x".repeat(100_000);
        try (RawConnection connection = new RawConnection(server.port())) {
            connection.send(
                    "PUT "
                            + ROWS
                            + "/pieces?timeout=20s HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
            for (int at = 0; at < body.length(); at += 1000) {
                connection.send(body.substring(at, at + 1000));
            }
            assertThat(connection.read(false).status()).isEqualTo(201);
        }
        assertThat(server.get(ROWS + "/pieces").body()).isEqualTo(body);
    }

    @ParameterizedTest
    @CsvSource({
        "PUT, /rows/coded, application/json",
        "POST, /rows, application/x-ndjson",
        "POST, /batch, application/json",
        "POST, /get, application/json",
        "PUT, '', application/json",
        "PATCH, '', application/json"
    })
    void aCodedBodyIsRefused(String method, String path, String type) throws Exception {
        for (String coding : new String[] {"gzip", "identity, br", "rubbish"}) {
            HttpResponse<String> answer =
                    server.send(
                            server.request("/v1/tables/bodies" + path)
                                    .header("Content-Type", type)
                                    .header("Content-Encoding", coding)
                                    .method(method, BodyPublishers.ofString("{}")));
            assertProblem(answer, 415, "unsupported_media_type");
            assertThat(header(answer, "Accept-Encoding")).isEqualTo("identity");
        }
        assertThat(server.get(ROWS + "/coded").statusCode()).isEqualTo(404);
    }

    @Test
    void aBodyThatIsAsItIsMaySaySo() throws Exception {
        HttpRequest.Builder put =
                server.request(ROWS + "/plain")
                        .header("Content-Encoding", "Identity")
                        .PUT(BodyPublishers.ofString("1"));
        assertThat(server.send(put).statusCode()).isEqualTo(201);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "GET /v1/tables HT",
                "GET /v1/tables HTTP/1.1\r\nHost: x\r\n",
            })
    void aConnectionThatAsksForNothingIsEnded(String beginning) throws Exception {
        try (RawConnection connection = new RawConnection(server.port())) {
            connection.send("GET /v1/tables HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(connection.read(false).status()).isEqualTo(200);
            connection.send(beginning);
            assertThat(connection.closedByServer()).isTrue();
        }
    }

    @Test
    void aBulkWriteThatStopsComingIsEnded() throws Exception {
        try (RawConnection connection = new RawConnection(server.port())) {
            connection.send(
                    "POST "
                            + ROWS
                            + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
                            + "Content-Length: 1000\r\n\r\n{\"pk\":\"first\",\"data\":1}\n{\"pk\":");
            assertThat(connection.closedByServer()).isTrue();
        }
        assertThat(server.get(ROWS + "/first").statusCode()).isEqualTo(200);
    }

    @Test
    void aStreamThatNobodyTakesIsEnded() throws Exception {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            rows.append("{\"pk\":\"r" + i + "\",\"data\":\"" + "x".repeat(500_000) + "\"}\n");
        }
        server.createTable("untaken", "{}");
        BulkHttpTest.bulk(server, "untaken", rows.toString());
        RangeReads reads = server.bean(RangeReads.class);
        long before = reads.rowsRead();
        try (RawConnection connection = new RawConnection(server.port())) {
            connection.send(
                    "GET /v1/tables/untaken/rows HTTP/1.1\r\nHost: x\r\n"
                            + "Accept: application/x-ndjson\r\n\r\n");
            Waiting.until(() -> reads.rowsRead() > before);
            Waiting.until(() -> reads.openViews() == 0);
            assertThat(connection.endsMidway()).isTrue();
        }
    }

    @Test
    void aWriteThatTheServerIsSlowWithIsNotEnded() throws Exception {
        server.journal().hold();
        try (RawConnection connection = new RawConnection(server.port())) {
            connection.send(
                    "PUT "
                            + ROWS
                            + "/slow?timeout="
                            + 2 * IDLE_MILLIS
                            + "ms HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1");
            assertThat(connection.read(false).status()).isEqualTo(504);
        } finally {
            server.journal().release();
        }
    }
}
