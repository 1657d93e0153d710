package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.tabletserver.api.RawConnection.RawAnswer;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Sends rubbish and judges the answers: each must come, be no 5xx that the server is to blame for, and say
 * what is wrong in a problem.
 */
public final class RubbishJudge {

    private static final int UNANSWERED = 0;
    private static final JsonMapper JSON = new JsonMapper();

    private final long seed;
    private final TreeMap<Integer, Integer> statuses = new TreeMap<>();
    private int sent;
    private int writesRefused;

    /** @param seed of the rubbish, for what is told of a failure */
    public RubbishJudge(long seed) {
        this.seed = seed;
    }

    /** Sends it on a connection of its own. */
    public void send(int port, Rubbish.Request request) {
        String shown = shown(request);
        sent++;
        try {
            RawAnswer answer = answer(port, request);
            statuses.merge(answer == null ? UNANSWERED : answer.status(), 1, Integer::sum);
            if (answer != null) {
                judge(answer, shown);
                judgeOutcome(request, answer, shown);
            }
        } catch (IOException | RuntimeException | AssertionError failed) {
            throw new AssertionError(shown, failed);
        }
    }

    /** How often each status was answered. */
    public Map<Integer, Integer> statuses() {
        return statuses;
    }

    /** Requests that were never whole and just ended with their connection. */
    public int unanswered() {
        return statuses.getOrDefault(UNANSWERED, 0);
    }

    /** Writes of a row or a batch that were refused, and said that nothing was applied. */
    public int writesRefused() {
        return writesRefused;
    }

    /** Null when the request was never whole, and the connection was just ended. */
    private static RawAnswer answer(int port, Rubbish.Request request) throws IOException {
        try (RawConnection connection = new RawConnection(port)) {
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

    /** An answer that refuses a write has to say what became of it. */
    private void judgeOutcome(Rubbish.Request request, RawAnswer answer, String shown) {
        if (answer.status() >= 400 && request.atomicWrite()) {
            String outcome = answer.header("Ebla-Outcome");
            if (answer.status() == 504) { // begun, and not done in the millisecond it was given
                assertThat(outcome).as(shown + answer).isIn("unknown", "accepted", "reverted");
                return;
            }
            assertThat(outcome).as(shown + answer).isEqualTo("not_applied");
            writesRefused++;
        }
    }

    private String shown(Rubbish.Request request) {
        String text = request.text();
        return "seed "
                + seed
                + ", request "
                + sent
                + (request.whole() ? " (whole)" : "")
                + ": "
                + (text.length() > 2000 ? text.substring(0, 2000) + "..." : text);
    }
}
