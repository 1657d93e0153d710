package io.ebla.tabletserver.api;

import static io.ebla.tabletserver.api.RowsHttpTest.assertProblem;
import static io.ebla.tabletserver.api.RowsHttpTest.header;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.contract.ErrorCode;
import io.ebla.tabletserver.tablet.Position;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What writes and reads are answered while the journal is held back, refuses or overflows. */
class WriteOutcomesHttpTest {

    private static final String ROWS = "/v1/tables/t/rows/";

    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        server =
                TestServer.start(
                        "ebla.tablet.mailbox-operations=200", "ebla.tablet.group-operations=10");
        server.createTable("t", "{}");
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @AfterEach
    void theDiskIsWell() {
        server.journal().refuse(null);
        server.journal().release();
    }

    @Test
    void aWriteWhoseSyncIsHeldIsUnknownAndNeverFailed() throws Exception {
        server.journal().hold();
        HttpResponse<String> put = begun(() -> server.putJson(ROWS + "held?timeout=200ms", "1"));
        assertProblem(put, 504, "ack_timeout");
        assertThat(header(put, "Ebla-Outcome")).isEqualTo("unknown");
        JsonNode problem = new JsonMapper().readTree(put.body());
        assertThat(problem.get("outcome").stringValue()).isEqualTo("unknown");
        assertThat(problem.get("retryable").booleanValue()).isFalse();
        HttpResponse<String> deleted = begun(() -> server.delete(ROWS + "held-too?timeout=200ms"));
        assertProblem(deleted, 504, "ack_timeout");
        server.journal().release();
        assertThat(server.get(ROWS + "held").statusCode()).isEqualTo(200);
    }

    /** Asked again while a busy machine did not come to it in its time: then nothing had begun. */
    private static HttpResponse<String> begun(Callable<HttpResponse<String>> asked)
            throws Exception {
        HttpResponse<String> answer = asked.call();
        for (int i = 0; i < 50 && answer.body().contains("deadline_exceeded"); i++) {
            answer = asked.call();
        }
        return answer;
    }

    @Test
    void everyAnswerThatRestsOnAPendingWriteWaitsForIt() throws Exception {
        server.putJson(ROWS + "pending", "1");
        server.journal().hold();
        CompletableFuture<HttpResponse<String>> write =
                sendAsync("PUT", "pending?timeout=60s", "2", Map.of());
        server.journal().awaitHeld();
        assertThat(server.get(ROWS + "pending?read=local").body()).isEqualTo("1");
        HttpResponse<String> read = begun(() -> server.get(ROWS + "pending?timeout=200ms"));
        assertProblem(read, 504, "ack_timeout");
        assertThat(header(read, "Ebla-Outcome")).isNull();
        HttpResponse<String> condition =
                sendAsync("PUT", "pending?timeout=200ms", "3", Map.of("If-None-Match", "*"))
                        .get(90, TimeUnit.SECONDS);
        assertThat(condition.statusCode()).isIn(504, 503);
        assertThat(write.isDone()).isFalse();
        server.journal().release();
        assertThat(write.get(90, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        assertThat(server.get(ROWS + "pending").body()).isEqualTo("2");
    }

    @Test
    void aDuplicateJoinsTheFirst() throws Exception {
        server.journal().hold();
        Map<String, String> key = Map.of("Idempotency-Key", "one");
        CompletableFuture<HttpResponse<String>> first =
                sendAsync("PUT", "twice?timeout=60s", "1", key);
        CompletableFuture<HttpResponse<String>> second =
                sendAsync("PUT", "twice?timeout=60s", "1", key);
        assertThat(server.get(ROWS + "twice?read=local").statusCode()).isEqualTo(404);
        server.journal().release();
        HttpResponse<String> one = first.get(90, TimeUnit.SECONDS);
        HttpResponse<String> other = second.get(90, TimeUnit.SECONDS);
        assertThat(one.statusCode()).isEqualTo(201);
        assertThat(other.statusCode()).isEqualTo(201);
        assertThat(header(one, "ETag")).isEqualTo(header(other, "ETag"));
        assertThat(List.of(replayed(one), replayed(other))).containsExactlyInAnyOrder(true, false);
    }

    private static boolean replayed(HttpResponse<String> answer) {
        return "true".equals(header(answer, "Idempotent-Replay"));
    }

    @Test
    void aFullDiskRefusesWritesAndServesReads() throws Exception {
        server.putJson(ROWS + "kept", "1");
        server.journal().refuse(ErrorCode.DISK_FULL);
        HttpResponse<String> put = server.putJson(ROWS + "kept", "2");
        assertProblem(put, 503, "disk_full");
        assertThat(header(put, "Ebla-Outcome")).isEqualTo("not_applied");
        assertThat(header(put, "Retry-After")).isNotNull();
        assertThat(server.get(ROWS + "kept").body()).isEqualTo("1");
        server.journal().refuse(null);
        assertThat(server.putJson(ROWS + "kept", "3").statusCode()).isEqualTo(200);
    }

    @Test
    void anOverflowingMailboxIs429AndNothingIsApplied() throws Exception {
        server.journal().hold();
        List<CompletableFuture<HttpResponse<String>>> writes = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            writes.add(sendAsync("PUT", "many-" + i + "?timeout=60s", "1", Map.of()));
            if (i % 100 == 99 && writes.stream().anyMatch(CompletableFuture::isDone)) {
                break;
            }
        }
        CompletableFuture.anyOf(writes.toArray(CompletableFuture[]::new)).get(90, TimeUnit.SECONDS);
        server.journal().release();
        Map<Integer, Integer> statuses = new HashMap<>();
        for (int i = 0; i < writes.size(); i++) {
            HttpResponse<String> answer = writes.get(i).get(90, TimeUnit.SECONDS);
            statuses.merge(answer.statusCode(), 1, Integer::sum);
            if (answer.statusCode() == 429) {
                assertProblem(answer, 429, "overloaded");
                assertThat(header(answer, "Ebla-Outcome")).isEqualTo("not_applied");
                assertThat(header(answer, "Retry-After")).isNotNull();
                assertThat(server.get(ROWS + "many-" + i).statusCode()).isEqualTo(404);
            }
        }
        assertThat(statuses.keySet()).containsExactlyInAnyOrder(201, 429);
    }

    @Test
    void aWriteWhoseTimeIsOverBeforeItsTurnIsNotApplied() throws Exception {
        server.journal().hold();
        HttpResponse<String> answer = null;
        for (int i = 0; i < 50 && (answer == null || answer.statusCode() == 504); i++) {
            answer = server.putJson(ROWS + "turn-" + i + "?timeout=50ms", "1");
        }
        assertProblem(answer, 503, "deadline_exceeded");
        assertThat(header(answer, "Ebla-Outcome")).isEqualTo("not_applied");
        assertThat(header(answer, "Retry-After")).isNotNull();
        String path = answer.uri().getRawPath();
        server.journal().release();
        assertThat(server.get(path).statusCode()).isEqualTo(404);
    }

    @Test
    void aPositionBeyondTheHistoryIsLost() throws Exception {
        HttpResponse<String> put = server.putJson(ROWS + "position", "1");
        Position real = Position.parse(header(put, "Ebla-Position")).orElseThrow();
        String ahead = new Position(real.tablet(), real.epoch(), real.index() + 1_000_000).text();
        for (String path : new String[] {ROWS + "position", "/v1/tables/t/rows"}) {
            HttpResponse<String> read =
                    server.send(
                            server.request(path + "?read=session").header("Ebla-Position", ahead));
            assertProblem(read, 409, "position_lost");
        }
        HttpResponse<String> many =
                server.send(
                        server.request("/v1/tables/t/get")
                                .header("Ebla-Position", ahead)
                                .POST(
                                        BodyPublishers.ofString(
                                                "{\"keys\":[{\"pk\":\"position\"}],\"read\":\"session\"}")));
        assertProblem(many, 409, "position_lost");
    }

    @Test
    void aDamagedLogIsToldAndNeverServed() throws Exception {
        server.journal().damage(true);
        assertThat(server.putJson("/v1/tables/damaged", "{}").statusCode()).isEqualTo(503);
        server.journal().damage(false);
        String rows = "/v1/tables/damaged/rows";
        HttpResponse<String> put = server.putJson(rows + "/a", "1");
        assertProblem(put, 503, "corrupted");
        assertThat(header(put, "Ebla-Outcome")).isEqualTo("not_applied");
        assertProblem(server.get(rows + "/a"), 503, "corrupted");
        assertProblem(server.get(rows + "/a?read=local"), 503, "corrupted");
        assertProblem(server.get(rows), 503, "corrupted");
        assertProblem(server.delete(rows + "?all=true"), 503, "corrupted");
    }

    private static CompletableFuture<HttpResponse<String>> sendAsync(
            String method, String key, String body, Map<String, String> headers) {
        java.net.http.HttpRequest.Builder request =
                server.request(ROWS + key).method(method, BodyPublishers.ofString(body));
        headers.forEach(request::header);
        return server.client().sendAsync(request.build(), BodyHandlers.ofString());
    }
}
