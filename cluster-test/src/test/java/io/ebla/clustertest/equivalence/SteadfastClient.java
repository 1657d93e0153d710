package io.ebla.clustertest.equivalence;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.Eventually;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Sends a request until somebody answers it: writes bear a key, so that it does no harm that one arrives more
 * than once. What no failover explains is an error at once. One thread.
 */
final class SteadfastClient {

    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final Set<Integer> NOBODY_ANSWERED = Set.of(0, 429, 503, 504);
    private static final Set<Integer> ANSWERED = Set.of(200, 201, 204, 404, 412);

    private final List<Api> servers;
    private int turn;

    SteadfastClient(List<URI> servers) {
        this.servers =
                servers.stream()
                        .map(each -> new Api(each, Duration.ofSeconds(2), Duration.ofSeconds(30)))
                        .toList();
    }

    Sent send(String method, String path, String body, String... headers) {
        long from = System.currentTimeMillis();
        Answer[] answer = new Answer[1];
        boolean told =
                Eventually.happens(
                        PATIENCE,
                        () -> {
                            Api server = servers.get(turn++ % servers.size());
                            answer[0] = server.send(method, path, body, headers);
                            return !NOBODY_ANSWERED.contains(answer[0].status())
                                    && !endedEarly(answer[0]);
                        });
        if (!told || !ANSWERED.contains(answer[0].status())) {
            throw new AssertionError(method + " " + path + " " + body + ": " + answer[0]);
        }
        return new Sent(answer[0], from, System.currentTimeMillis());
    }

    /** A stream that was cut off: whole ones have no error in their last line. */
    private static boolean endedEarly(Answer answer) {
        return answer.header("Content-Type").startsWith("application/x-ndjson")
                && answer.body().contains("{\"error\":");
    }
}
