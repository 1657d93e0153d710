package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Streams to clients that are slow, that stop, and that go away. */
class RangeStreamTest {

    private static final int ROWS = 30_000;

    private static TestServer server;

    @BeforeAll
    static void fill() throws Exception {
        server = TestServer.start("ebla.ranges.view=1s", "ebla.ranges.chunk=1MB");
        server.createTable("t", "{\"splitAt\":[\"k10000\",\"k20000\"]}");
        String value = "x".repeat(1000);
        for (int part = 0; part < 6; part++) {
            StringBuilder body = new StringBuilder();
            for (int i = part * 5000; i < (part + 1) * 5000; i++) {
                body.append(String.format("{\"pk\":\"k%05d\",\"data\":\"%s\"}\n", i, value));
            }
            assertThat(BulkHttpTest.bulk(server, "t", body.toString()).get("written").asInt())
                    .isEqualTo(5000);
        }
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @AfterEach
    void leavesNoViewOpen() {
        eventually(() -> views() == 0);
    }

    @Test
    void whatAClientDoesNotTakeIsNotRead() throws Exception {
        long before = rowsRead();
        try (Socket socket = asking("")) {
            InputStream in = socket.getInputStream();
            assertThat(in.read()).isPositive();
            // The sockets hold some megabytes, the server a chunk and a little more. As far as the
            // demand of the HTTP server goes, 128 chunks, it would be all rows.
            assertThat(settled(RangeStreamTest::rowsRead) - before).isLessThan(ROWS / 2);
            assertThat(lines(in)).isEqualTo(ROWS);
            assertThat(rowsRead() - before).isGreaterThanOrEqualTo(ROWS);
        }
    }

    @Test
    void manyStalledClientsHoldLittle() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        long before = rowsRead();
        try {
            for (int i = 0; i < 20; i++) {
                sockets.add(asking(""));
            }
            for (Socket socket : sockets) {
                assertThat(socket.getInputStream().read()).isPositive();
            }
            assertThat(settled(RangeStreamTest::rowsRead) - before).isLessThan(20 * ROWS / 2);
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void aStalledStreamLetsItsViewGoAndGoesOnAfterTheLastRow() throws Exception {
        try (Socket socket = asking("?order=desc")) {
            InputStream in = socket.getInputStream();
            assertThat(in.read()).isPositive(); // so a view was open
            eventually(() -> views() == 0); // after the second that it is held
            BulkHttpTest.bulk(server, "t", "{\"pk\":\"k00000x\",\"data\":1}\n");
            assertThat(lines(in)).isEqualTo(ROWS + 1);
            server.delete("/v1/tables/t/rows/k00000x");
        }
    }

    @Test
    void aConditionThatChoosesFewRowsStreamsThemAsTheyAreFound() throws Exception {
        try (Socket socket = asking("?if=" + RangesHttpTest.encoded("pk.endsWith('9999')"))) {
            String body =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(body).contains("k09999", "k19999", "k29999").doesNotContain("k00001");
        }
    }

    @Test
    void theConnectionServesTheNextRequestAfterAStream() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            OutputStream out = socket.getOutputStream();
            for (int i = 0; i < 4; i++) {
                out.write(request("?limit=200", "keep-alive"));
                out.flush();
                String answer = untilLastChunk(socket.getInputStream());
                assertThat(answer.startsWith("HTTP/1.1 200")).isTrue();
                assertThat(answer.contains("\"pk\":\"k00199\"")).isTrue();
            }
        }
    }

    private static String untilLastChunk(InputStream in) throws Exception {
        StringBuilder answer = new StringBuilder();
        byte[] piece = new byte[8192];
        while (answer.length() < 7
                || !answer.substring(answer.length() - 7).equals("\r\n0\r\n\r\n")) {
            int read = in.read(piece);
            assertThat(read).isPositive();
            answer.append(new String(piece, 0, read, StandardCharsets.ISO_8859_1));
        }
        return answer.toString();
    }

    private static Socket asking(String query) throws Exception {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(16 << 10);
        socket.connect(new java.net.InetSocketAddress("127.0.0.1", server.port()));
        socket.setSoTimeout(60_000);
        socket.getOutputStream().write(request(query, "close"));
        socket.getOutputStream().flush();
        return socket;
    }

    private static byte[] request(String query, String connection) {
        return ("GET /v1/tables/t/rows"
                        + query
                        + " HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\nConnection: "
                        + connection
                        + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** Rows in the rest of an answer. */
    private static long lines(InputStream in) throws Exception {
        return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                .lines()
                .filter(line -> line.startsWith("{\"pk\""))
                .count();
    }

    private static int views() {
        return server.bean(RangeReads.class).openViews();
    }

    private static long rowsRead() {
        return server.bean(RangeReads.class).rowsRead();
    }

    private interface Measure {
        long now();
    }

    /** A figure once it has stood still for a while. */
    private static long settled(Measure measure) {
        long[] last = {-1, 0};
        eventually(
                () -> {
                    long now = measure.now();
                    last[1] = now == last[0] ? last[1] + 1 : 0;
                    last[0] = now;
                    return last[1] >= 20;
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
