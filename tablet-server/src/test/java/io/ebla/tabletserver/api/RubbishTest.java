package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.tabletserver.api.RawConnection.RawAnswer;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.http.HttpResponse;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Rubbish of all kinds at every endpoint, from half-right requests to random bytes: every answer must
 * come, be no 5xx that the server is to blame for, and say what is wrong in a problem. Prints its seed;
 * {@code -Debla.rubbish.seed} repeats a run, {@code -Debla.rubbish.requests} makes it longer.
 */
class RubbishTest {

    private static final int REQUESTS = Integer.getInteger("ebla.rubbish.requests", 4000);
    private static final int UNANSWERED = 0;
    private static final JsonMapper JSON = new JsonMapper();

    private static TestServer server;

    private final long seed = Long.getLong("ebla.rubbish.seed", new Random().nextLong());
    private final Random random = new Random(seed);
    private final Rubbish rubbish = new Rubbish(random);

    @BeforeAll
    static void start() {
        server = TestServer.startWhole();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void everyRequestIsAnsweredHonestly() throws Exception {
        System.out.println("rubbish seed " + seed);
        TreeMap<Integer, Integer> statuses = new TreeMap<>();
        int writesRefused = 0;
        for (int i = 0; i < REQUESTS; i++) {
            if (i % 50 == 0) { // some requests drop the table
                server.putJson("/v1/tables/t", "{\"splitAt\":[\"m\"],\"store\":\"memory\"}");
            }
            Rubbish.Request request = rubbish.request();
            String shown = shown(i, request);
            try {
                RawAnswer answer = answer(request);
                statuses.merge(answer == null ? UNANSWERED : answer.status(), 1, Integer::sum);
                if (answer != null) {
                    judge(answer, shown);
                    writesRefused += judgeOutcome(request, answer, shown);
                }
            } catch (IOException | RuntimeException | AssertionError failed) {
                throw new AssertionError(shown, failed);
            }
        }
        System.out.println("rubbish answers " + statuses + ", refused writes " + writesRefused);
        assertThat(statuses.keySet()).contains(200, 400, 404, 405, 415);
        assertThat(statuses.getOrDefault(UNANSWERED, 0)).isLessThanOrEqualTo(REQUESTS / 10);
        assertThat(writesRefused).isGreaterThan(REQUESTS / 100);
        assertThat(server.get("/v1/tables").statusCode()).isEqualTo(200);
    }

    @Test
    void aPathWithAnEmptyPartLeadsNowhere() throws Exception {
        HttpResponse<String> answer = server.get("/actuator/health/a//b");
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.body()).contains("\"not_found\"");
    }

    /** Null when the request was never whole, and the connection was just ended. */
    private static RawAnswer answer(Rubbish.Request request) throws IOException {
        try (RawConnection connection = new RawConnection(server.port())) {
            connection.send(request.bytes());
            if (!request.whole()) {
                connection.finish();
            }
            RawAnswer answer = connection.read(request.head());
            return answer.status() == 100 ? connection.read(request.head()) : answer;
        } catch (EOFException | SocketException ended) {
            if (request.whole()) {
                throw ended;
            }
            return null;
        }
    }

    private static void judge(RawAnswer answer, String shown) {
        assertThat(answer.status()).as(shown).isGreaterThanOrEqualTo(200);
        if (answer.status() >= 400) {
            assertThat(answer.header("Content-Type")).as(shown).isEqualTo(Problems.MEDIA_TYPE);
            boolean head = answer.body().length == 0 && shown.contains(": HEAD ");
            if (head) {
                assertThat(answer.status()).as(shown).isNotEqualTo(500);
            } else {
                JsonNode problem = JSON.readTree(answer.body());
                assertThat(problem.get("status").intValue()).as(shown).isEqualTo(answer.status());
                assertThat(problem.get("code").stringValue()).as(shown).isNotEmpty();
                if (answer.status() >= 500) { // only a wait that ran out
                    assertThat(problem.get("code").stringValue())
                            .as(shown)
                            .isIn("deadline_exceeded", "ack_timeout");
                }
                assertThat(problem.get("detail").stringValue()).as(shown).isNotEmpty();
            }
            assertThat(answer.text()).as(shown).doesNotContain("Exception", "java.", "\tat ");
        }
    }

    /** 1 when the answer refuses a write, and so had to say what became of it. */
    private static int judgeOutcome(Rubbish.Request request, RawAnswer answer, String shown) {
        if (answer.status() < 400 || !request.atomicWrite()) {
            return 0;
        }
        assertThat(answer.header("Ebla-Outcome")).as(shown + answer).isEqualTo("not_applied");
        return 1;
    }

    private String shown(int number, Rubbish.Request request) {
        String text = request.text();
        return "seed "
                + seed
                + ", request "
                + number
                + (request.whole() ? " (whole)" : "")
                + ": "
                + (text.length() > 2000 ? text.substring(0, 2000) + "..." : text);
    }
}
