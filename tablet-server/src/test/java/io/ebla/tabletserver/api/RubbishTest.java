package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Rubbish of all kinds at every endpoint, from half-right requests to random bytes: every answer must
 * come, be no 5xx that the server is to blame for, and say what is wrong in a problem. Prints its seed;
 * {@code -Debla.rubbish.seed} repeats a run, {@code -Debla.rubbish.requests} makes it longer.
 */
class RubbishTest {

    private static final int REQUESTS = Integer.getInteger("ebla.rubbish.requests", 4000);

    private static TestServer server;

    private final long seed = Long.getLong("ebla.rubbish.seed", new Random().nextLong());
    private final Rubbish rubbish = new Rubbish(new Random(seed));
    private final RubbishJudge judge = new RubbishJudge(seed);

    @BeforeAll
    static void start() {
        server = TestServer.startWhole("ebla.limits.timeout=2s");
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void everyRequestIsAnsweredHonestly() throws Exception {
        System.out.println("rubbish seed " + seed);
        for (int i = 0; i < REQUESTS; i++) {
            if (i % 50 == 0) { // some requests drop the table
                server.putJson("/v1/tables/t", "{\"splitAt\":[\"m\"],\"store\":\"memory\"}");
            }
            judge.send(server.port(), rubbish.request());
        }
        System.out.println(
                "rubbish answers "
                        + judge.statuses()
                        + ", refused writes "
                        + judge.writesRefused());
        assertThat(judge.statuses().keySet()).contains(200, 400, 404, 405, 415);
        assertThat(judge.unanswered()).isLessThanOrEqualTo(REQUESTS / 10);
        assertThat(judge.writesRefused()).isGreaterThan(REQUESTS / 100);
        assertThat(server.get("/v1/tables").statusCode()).isEqualTo(200);
    }

    @Test
    void aPathWithAnEmptyPartLeadsNowhere() throws Exception {
        HttpResponse<String> answer = server.get("/actuator/health/a//b");
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.body()).contains("\"not_found\"");
    }
}
