package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.contract.ErrorCode;
import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Writes of many rows while the journal is slow, refuses, or does not answer. */
class BulkPressureTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static TestServer server;
    private static int tables;

    private String table;

    @BeforeAll
    static void start() {
        server = TestServer.start("ebla.ranges.bulk-in-flight=1MB");
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @BeforeEach
    void makeTable() throws Exception {
        table = "t" + ++tables;
        server.createTable(table, "{\"splitAt\":[\"k5\"]}");
    }

    @AfterEach
    void letTheJournalGo() {
        server.journal().refuse(null);
        server.journal().release();
    }

    @Test
    void aSlowJournalHoldsTheClientBackAndNotTheRowsInMemory() throws Exception {
        int rows = 30_000;
        String value = "x".repeat(1000);
        AtomicLong sent = new AtomicLong();
        server.journal().hold();
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.setSoTimeout(60_000);
            OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 16 << 10);
            out.write(
                    ("POST /v1/tables/"
                                    + table
                                    + "/rows?timeout=60s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                                    + "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            CompletableFuture<Void> sending =
                    CompletableFuture.runAsync(() -> send(out, rows, value, sent));
            eventually(() -> sent.get() > 0);
            long stoodStill = settled(sent);
            // The bound, and what the two sockets hold.
            assertThat(stoodStill).isLessThan(12_000);
            server.journal().release();
            sending.join();
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).contains("\"written\":" + rows + ",");
        }
    }

    @Test
    void writesThatTheJournalDoesNotTakeNowAreTriedAgain() throws Exception {
        server.journal().refuse(ErrorCode.OVERLOADED);
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < 1000; i++) {
            body.append("{\"pk\":\"k" + i % 10 + "\",\"data\":" + i + "}\n");
        }
        CompletableFuture<HttpResponse<String>> answer =
                server.client()
                        .sendAsync(
                                server.request("/v1/tables/" + table + "/rows")
                                        .header("Content-Type", "application/x-ndjson")
                                        .POST(BodyPublishers.ofString(body.toString()))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString());
        Waiting.until(() -> server.journal().refusals() > 3);
        assertThat(answer.isDone()).isFalse();
        server.journal().refuse(null);
        assertThat(JSON.readTree(answer.get().body()).get("written").asInt())
                .as(answer.get().body())
                .isEqualTo(1000);
        for (int i = 0; i < 10; i++) {
            assertThat(server.get("/v1/tables/" + table + "/rows/k" + i).body())
                    .isEqualTo("" + (990 + i));
        }
    }

    @Test
    void aWriteThatIsNotAnsweredInTimeIsUnknown() throws Exception {
        server.journal().hold();
        HttpResponse<String> answer = Waiting.answer(this::writtenAndBad);
        JsonNode json = JSON.readTree(answer.body());
        assertThat(json.get("unknown").asInt()).as(answer.body()).isEqualTo(1);
        assertThat(json.get("failed").asInt()).isEqualTo(1);
        assertThat(json.get("errors").get(0).get("code").asString()).isEqualTo("ack_timeout");
    }

    private HttpResponse<String> writtenAndBad(int millis) throws Exception {
        return server.send(
                server.request("/v1/tables/" + table + "/rows?timeout=" + millis + "ms")
                        .header("Content-Type", "application/x-ndjson")
                        .POST(BodyPublishers.ofString("{\"pk\":\"a\",\"data\":1}\nbad\n")));
    }

    @Test
    void aRefusedRangeDeleteIsAProblem() throws Exception {
        BulkHttpTest.bulk(server, table, "{\"pk\":\"a\",\"data\":1}\n{\"pk\":\"b\",\"data\":1}\n");
        server.journal().refuse(ErrorCode.DISK_FULL);
        HttpResponse<String> answer = server.delete("/v1/tables/" + table + "/rows?all=true");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
        assertThat(answer.body()).contains("disk_full");
        server.journal().refuse(null);
        assertThat(server.delete("/v1/tables/" + table + "/rows?all=true").body())
                .isEqualTo("{\"deleted\":2}");
    }

    private static void send(OutputStream out, int rows, String value, AtomicLong sent) {
        try {
            for (int i = 0; i < rows; i++) {
                byte[] line =
                        ("{\"pk\":\"k" + i + "\",\"data\":\"" + value + "\"}\n")
                                .getBytes(StandardCharsets.US_ASCII);
                out.write(
                        (Integer.toHexString(line.length) + "\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                out.write(line);
                out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
                sent.incrementAndGet();
            }
            out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
        } catch (java.io.IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
    }

    private static long settled(AtomicLong figure) {
        long[] last = {-1, 0};
        eventually(
                () -> {
                    long now = figure.get();
                    last[1] = now == last[0] ? last[1] + 1 : 0;
                    last[0] = now;
                    return last[1] >= 50;
                });
        return last[0];
    }

    private static void eventually(BooleanSupplier holds) {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("in time").isNegative();
            LockSupport.parkNanos(10_000_000);
        }
    }
}
