package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** One view of one tablet, held as long as servers usually hold theirs. */
class RangeViewTest {

    private static final int ROWS = 10_000;

    @Test
    void whatIsWrittenWhileAStreamIsUnderWayDoesNotDisturbIt() throws Exception {
        try (TestServer server = TestServer.start("ebla.ranges.chunk=1MB")) {
            server.createTable("t", "{}");
            fill(server);
            try (Socket socket = asking(server, "")) {
                assertThat(socket.getInputStream().read()).isPositive();
                server.delete("/v1/tables/t/rows/k09999");
                assertThat(rows(socket)).isEqualTo(ROWS);
            }
        }
    }

    @Test
    void aClientThatGoesAwayClosesItsView() throws Exception {
        try (TestServer server = TestServer.start("ebla.ranges.chunk=1MB", "ebla.ranges.view=5m")) {
            server.createTable("t", "{}");
            fill(server);
            RangeReads reads = server.bean(RangeReads.class);
            for (int i = 0; i < 5; i++) {
                Socket socket = asking(server, i % 2 == 0 ? "" : "?order=desc");
                assertThat(socket.getInputStream().read()).isPositive();
                assertThat(reads.openViews()).isEqualTo(1);
                socket.setSoLinger(true, 0);
                socket.close();
                Waiting.until(() -> reads.openViews() == 0);
            }
        }
    }

    private static Socket asking(TestServer server, String query) throws Exception {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(16 << 10);
        socket.connect(new InetSocketAddress("127.0.0.1", server.port()));
        socket.setSoTimeout(60_000);
        String request =
                "GET /v1/tables/t/rows"
                        + query
                        + " HTTP/1.1\r\nHost: x\r\n"
                        + "Accept: application/x-ndjson\r\nConnection: close\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static void fill(TestServer server) throws Exception {
        String value = "x".repeat(1000);
        for (int from = 0; from < ROWS; from += 5000) {
            StringBuilder body = new StringBuilder();
            for (int i = from; i < from + 5000; i++) {
                body.append(String.format("{\"pk\":\"k%05d\",\"data\":\"%s\"}\n", i, value));
            }
            assertThat(BulkHttpTest.bulk(server, "t", body.toString()).get("written").asInt())
                    .isEqualTo(5000);
        }
    }

    private static long rows(Socket socket) throws Exception {
        return new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                .lines()
                .filter(line -> line.startsWith("{\"pk\""))
                .count();
    }
}
