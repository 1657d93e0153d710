package io.ebla.clustertest.failover;

import io.ebla.clustertest.history.Call.Change;
import io.ebla.clustertest.history.Call.Kind;
import io.ebla.clustertest.history.Call.Write;
import io.ebla.clustertest.history.Result;
import io.ebla.clustertest.history.Result.Accepted;
import io.ebla.clustertest.history.Result.Committed;
import io.ebla.clustertest.process.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an answer to a write says. */
final class WriteAnswers {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int REPLICAS = 3;

    /** 504: a condition was to be refused, and the wait for what it had seen to be committed ran out (W2). */
    private static final Set<Integer> UNAPPLIED = Set.of(429, 503, 504);

    private WriteAnswers() {}

    /** Null for an answer that is never right. */
    static Result result(WriteCall call, Answer answer) {
        return switch (answer.outcome()) {
            case "committed" ->
                    answer.ok()
                            ? new Committed(versions(call, answer), created(call, answer))
                            : new Committed(List.of(), Optional.empty());
            case "accepted" ->
                    new Accepted(answer.ok() ? versions(call, answer) : List.<String>of());
            case "reverted" -> Result.REVERTED;
            case "unknown" -> Result.UNKNOWN;
            case "not_applied" ->
                    answer.status() == 412
                            ? Result.CONDITION_FAILED
                            : answer.lost() || UNAPPLIED.contains(answer.status())
                                    ? Result.NOT_APPLIED
                                    : null;
            default -> null;
        };
    }

    /**
     * The end of a request that was sent several times under one Idempotency-Key. Once one of them may have
     * been applied, only an answer that speaks of the write itself says what has become of it.
     */
    static Result together(List<Result> attempts) {
        Result last = attempts.get(attempts.size() - 1);
        boolean pending =
                attempts.subList(0, attempts.size() - 1).stream()
                        .anyMatch(each -> !(each instanceof Result.NotApplied));
        return pending && !(last instanceof Committed) ? Result.UNKNOWN : last;
    }

    /** Whether the same request is worth sending again. */
    static boolean open(Result result) {
        return result instanceof Result.Unknown
                || result instanceof Accepted
                || result instanceof Result.NotApplied;
    }

    /** Whether a write that waited for all copies names them all; a replayed answer is that of another. */
    static boolean namesAllCopies(WriteCall call, Answer answer) {
        boolean waited = answer.ok() && call.query().contains("acks=all") && !replayed(answer);
        if (!waited) {
            return true;
        }
        boolean named = answer.body().isEmpty();
        if (!named) {
            JsonNode replicas = JSON.readTree(answer.body()).get("replicas");
            named = replicas == null ? call.batch() : replicas.size() == REPLICAS;
        }
        return named && answer.header("Ebla-Copies").equals("" + REPLICAS);
    }

    static boolean replayed(Answer answer) {
        return answer.header("Idempotent-Replay").equals("true");
    }

    private static List<String> versions(WriteCall call, Answer answer) {
        List<Change> changes = call.write().changes();
        JsonNode results = call.batch() ? JSON.readTree(answer.body()).get("results") : null;
        List<String> versions = new ArrayList<>();
        for (int i = 0; i < changes.size(); i++) {
            versions.add(
                    changes.get(i).kind() != Kind.PUT
                            ? ""
                            : results == null
                                    ? unquoted(answer.etag())
                                    : results.get(i).get("version").asString());
        }
        return versions;
    }

    private static Optional<Boolean> created(WriteCall call, Answer answer) {
        Write write = call.write();
        boolean put = !call.batch() && write.changes().get(0).kind() == Kind.PUT;
        return put ? Optional.of(answer.status() == 201) : Optional.empty();
    }

    static String unquoted(String etag) {
        return etag.replace("\"", "");
    }
}
