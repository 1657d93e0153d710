package io.ebla.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.port.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EblaClientTest {

    private FakeServer server;
    private EblaClient client;

    @BeforeEach
    void start() throws IOException {
        server = new FakeServer();
        client = EblaClient.of(server.url());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aPutSaysWhatTheServerSaid() {
        server.answer(
                201,
                Map.of(
                        "ETag", "\"7-3\"",
                        "Ebla-Outcome", "committed",
                        "Ebla-Copies", "1",
                        "Ebla-Position", "p9"),
                "{}");
        WriteReceipt receipt =
                client.put(
                        "t",
                        RowKey.of("a/b;c", "ü +"),
                        Value.json("[1]"),
                        WriteOptions.defaults()
                                .acks("all")
                                .ttl("5m")
                                .condition("pk == null || data.n > 1")
                                .ifVersion("1-2")
                                .idempotencyKey("k1"));
        FakeServer.Seen seen = server.seen();
        assertThat(seen.method()).isEqualTo("PUT");
        assertThat(seen.target())
                .isEqualTo(
                        "/v1/tables/t/rows/a%2Fb%3Bc/%C3%BC%20%2B?acks=all&ttl=5m"
                                + "&if=pk%20%3D%3D%20null%20%7C%7C%20data.n%20%3E%201");
        assertThat(seen.header("If-Match")).isEqualTo("\"1-2\"");
        assertThat(seen.header("Idempotency-Key")).isEqualTo("k1");
        assertThat(seen.header("Content-Type")).isEqualTo("application/json");
        assertThat(seen.body()).isEqualTo("[1]");
        assertThat(receipt.outcome()).isEqualTo(Outcome.COMMITTED);
        assertThat(receipt.version()).contains("7-3");
        assertThat(receipt.created()).contains(true);
        assertThat(receipt.position()).contains("p9");
        assertThat(receipt.copies()).isEqualTo(1);
    }

    @Test
    void keysWithoutAPathTravelAsJson() {
        server.answer(
                200, Map.of("Ebla-Outcome", "committed"), "{\"results\":[{\"version\":\"3\"}]}");
        RowKey dots = RowKey.of("..", "");
        WriteReceipt receipt =
                client.put("t", dots, Value.text("x"), WriteOptions.defaults().onlyIfAbsent());
        assertThat(server.seen().target()).isEqualTo("/v1/tables/t/batch");
        assertThat(server.seen().body())
                .isEqualTo(
                        "{\"ops\":[{\"put\":{\"pk\":\"..\",\"sk\":\"\",\"base64\":\"eA==\",\"contentType\":"
                                + "\"text/plain;charset=UTF-8\"},\"if\":\"pk == null\"}]}");
        assertThat(receipt.version()).contains("3");
        assertThat(receipt.created()).isEmpty();

        server.answer(200, Map.of(), "{\"rows\":[{\"pkBase64\":\"/w==\",\"base64\":\"AA==\"}]}");
        RowKey raw = RowKey.of(Bytes.wrap(new byte[] {-1}));
        assertThat(client.get("t", raw).orElseThrow().key()).isEqualTo(raw);
        assertThat(server.seen().body()).isEqualTo("{\"keys\":[{\"pkBase64\":\"/w==\"}]}");
    }

    @Test
    void anAbsentRowIsEmptyButAnAbsentTableFails() {
        server.problem(404, "row_not_found", "no row");
        assertThat(client.get("t", RowKey.of("a"))).isEmpty();
        server.problem(404, "table_not_found", "no table t");
        assertThatThrownBy(() -> client.get("t", RowKey.of("a")))
                .isInstanceOfSatisfying(
                        EblaClientException.class,
                        failure -> {
                            assertThat(failure.is(ErrorCode.TABLE_NOT_FOUND)).isTrue();
                            assertThat(failure.status()).isEqualTo(404);
                            assertThat(failure.detail()).isEqualTo("no table t");
                        });
    }

    @Test
    void aProblemTellsTheOutcomeAndTheOperation() {
        server.answer(
                412,
                Map.of(),
                "{\"code\":\"condition_failed\",\"outcome\":\"not_applied\",\"op\":2,\"detail\":\"d\"}");
        EblaClientException failure =
                catchThrowableOfType(
                        EblaClientException.class,
                        () -> client.batch("t", new Batch().check(RowKey.of("a"), "false")));
        assertThat(failure.outcome()).contains(Outcome.NOT_APPLIED);
        assertThat(failure.failedOperation()).hasValue(2);
        assertThat(failure.retryable()).isFalse();
    }

    @Test
    void anAnswerFromSomethingElseIsQuoted() {
        server.answer(502, Map.of(), "<html>bad gateway</html>");
        assertThatThrownBy(() -> client.tables())
                .isInstanceOf(EblaClientException.class)
                .hasMessage("HTTP 502: <html>bad gateway</html>");
    }

    @Test
    void aWriteThatNeverLeftIsNotApplied() {
        EblaClient nobody = EblaClient.of("http://127.0.0.1:" + FreePorts.next());
        EblaClientException failure =
                catchThrowableOfType(
                        EblaClientException.class,
                        () -> nobody.put("t", RowKey.of("a"), Value.json("1")));
        assertThat(failure.code()).isEqualTo(EblaClientException.UNREACHABLE);
        assertThat(failure.outcome()).contains(Outcome.NOT_APPLIED);
        assertThat(failure.retryable()).isTrue();
    }

    @Test
    void aWriteWhoseAnswerIsLostIsUnknownAndSentOnce() {
        server.hangUp();
        EblaClientException failure =
                catchThrowableOfType(
                        EblaClientException.class,
                        () -> client.put("t", RowKey.of("a"), Value.json("1")));
        assertThat(failure.code()).isEqualTo(EblaClientException.CONNECTION_LOST);
        assertThat(failure.outcome()).contains(Outcome.UNKNOWN);
        assertThat(failure.retryable()).isFalse();
        assertThat(server.requests()).isEqualTo(1);
    }

    @Test
    void aWriteThatWaitsTooLongIsUnknown() {
        EblaClient hurried =
                new EblaClient(
                        ClientSettings.of(URI.create(server.url()))
                                .withTimeout(Duration.ofMillis(1)),
                        Duration.ofSeconds(2));
        server.stall();
        EblaClientException failure =
                catchThrowableOfType(
                        EblaClientException.class, () -> hurried.delete("t", RowKey.of("a")));
        assertThat(failure.code()).isEqualTo(EblaClientException.NO_ANSWER);
        assertThat(failure.outcome()).contains(Outcome.UNKNOWN);
    }

    @Test
    void aScanReadsRowsToTheEnd() {
        server.answer(200, Map.of(), "{\"pk\":\"a\",\"data\":1}\n\n{\"pk\":\"b\",\"data\":2}");
        ScanRequest request =
                ScanRequest.between("a", "c")
                        .lastFirst()
                        .limit(5)
                        .withoutValues()
                        .condition("true");
        try (RowStream rows = client.scan("t", request)) {
            assertThat(rows.next().key()).isEqualTo(RowKey.of("a"));
            assertThat(rows.next().key()).isEqualTo(RowKey.of("b"));
            assertThat(rows.next()).isNull();
        }
        assertThat(server.seen().target())
                .isEqualTo("/v1/tables/t/rows?from=a&to=c&order=desc&limit=5&if=true&values=false");
        assertThat(server.seen().header("Accept")).isEqualTo("application/x-ndjson");
    }

    @Test
    void aStreamEndedByAnErrorIsNotAnEnd() {
        server.answer(
                200,
                Map.of(),
                "{\"pk\":\"a\"}\n{\"error\":{\"status\":503,\"code\":\"no_master\",\"detail\":\"x\"}}\n");
        try (RowStream rows = client.scan("t", ScanRequest.all())) {
            assertThat(rows.next()).isNotNull();
            assertThatThrownBy(rows::next)
                    .isInstanceOfSatisfying(
                            EblaClientException.class,
                            failure -> {
                                assertThat(failure.code()).isEqualTo("no_master");
                                assertThat(failure.status()).isEqualTo(503);
                            });
        }
    }

    @Test
    void aStreamThatIsCutIsNotAnEnd() {
        server.cutAfter("{\"pk\":\"a\"}\n");
        try (RowStream rows = client.scan("t", ScanRequest.all())) {
            assertThat(rows.next()).isNotNull();
            assertThatThrownBy(rows::next)
                    .isInstanceOfSatisfying(
                            EblaClientException.class,
                            failure ->
                                    assertThat(failure.code())
                                            .isEqualTo(EblaClientException.CONNECTION_LOST));
        }
    }

    @Test
    void aLongRowSpansManyReads() {
        String data = "\"" + "x".repeat(300_000) + "\"";
        server.answer(200, Map.of(), "{\"pk\":\"a\",\"data\":" + data + "}\n{\"pk\":\"b\"}\n");
        try (RowStream rows = client.scan("t", ScanRequest.all())) {
            assertThat(rows.next().value()).contains(Value.json(data));
            assertThat(rows.next().key()).isEqualTo(RowKey.of("b"));
            assertThat(rows.next()).isNull();
        }
    }

    @Test
    void aBulkWriteStreamsItsLines() {
        server.answer(
                200,
                Map.of(),
                "{\"written\":1,\"deleted\":1,\"failed\":1,\"unknown\":0,\"errors\":"
                        + "[{\"line\":2,\"code\":\"invalid_argument\",\"detail\":\"no\"}]}");
        BulkReceipt receipt =
                client.bulkWrite(
                        "t",
                        List.of(
                                        new BulkLine.Put(RowKey.of("a"), Value.json("1")),
                                        new BulkLine.Delete(RowKey.of("b", "c")))
                                .iterator());
        assertThat(server.seen().body())
                .isEqualTo(
                        "{\"pk\":\"a\",\"data\":1}\n{\"pk\":\"b\",\"sk\":\"c\",\"delete\":true}\n");
        assertThat(receipt)
                .isEqualTo(
                        new BulkReceipt(
                                1,
                                1,
                                1,
                                0,
                                List.of(new BulkReceipt.LineError(2, "invalid_argument", "no"))));
    }

    @Test
    void tablesAreCreatedAndDescribed() {
        String described =
                "{\"name\":\"t\",\"replicas\":1,\"store\":\"disk\",\"tablets\":2,"
                        + "\"createdAt\":\"2026-01-01T00:00:00.000Z\",\"later\":1}";
        server.answer(201, Map.of(), described);
        TableOptions options = TableOptions.defaults().ttl("24h").splitAt(List.of("g"));
        TableDescription table = client.createTable("t", options);
        assertThat(server.seen().body()).isEqualTo("{\"ttl\":\"24h\",\"splitAt\":[\"g\"]}");
        assertThat(table)
                .isEqualTo(
                        new TableDescription("t", 1, "disk", null, 2, "2026-01-01T00:00:00.000Z"));
        server.answer(200, Map.of(), "{\"tables\":[" + described + "]}");
        assertThat(client.tables()).containsExactly(table);
        server.answer(
                200,
                Map.of(),
                "{\"tablets\":[{\"id\":\"1\",\"to\":\"g\",\"state\":\"online\",\"epoch\":1,"
                        + "\"master\":\"dev\",\"replicas\":[{\"node\":\"dev\",\"role\":\"master\"}]}]}");
        TabletDescription tablet = client.tablets("t").get(0);
        assertThat(tablet.to()).isEqualTo("g");
        assertThat(tablet.from()).isNull();
        assertThat(tablet.replicas()).hasSize(1);
    }
}
