package io.ebla.clustertest.failover;

import io.ebla.clustertest.history.Call.Change;
import io.ebla.clustertest.history.Call.Kind;
import io.ebla.clustertest.history.Call.Read;
import io.ebla.clustertest.history.Call.Write;
import io.ebla.clustertest.history.Operation;
import io.ebla.clustertest.history.Result.Found;
import io.ebla.clustertest.history.Result.Seen;
import io.ebla.clustertest.history.Result.Unknown;
import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How each row of the windows that were judged was left, to be held against what is there at the very end:
 * nobody has written it since, so that only a write of unknown end may have changed it. One thread.
 */
final class EarlierRows {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private record Row(String pk, String sk) {}

    /** How a row was left, and what may still have happened to it. */
    private static final class Left {
        private Optional<Seen> seen = Optional.empty();
        private long readNanos = Long.MIN_VALUE;
        private final Set<String> mayAppear = new HashSet<>();
        private boolean mayVanish;
        private boolean mayRevert;

        boolean allows(Optional<Seen> now) {
            if (now.equals(seen) || mayRevert) {
                return true;
            }
            return now.isEmpty() ? mayVanish : mayAppear.contains(now.get().value());
        }
    }

    private final Map<Row, Left> rows = new HashMap<>();

    /** Takes the history of a window that has ended with a read of every row. */
    void add(List<Operation> history) {
        for (Operation operation : history) {
            if (operation.call() instanceof Read && operation.result() instanceof Found found) {
                found.rows().forEach((sk, seen) -> read(operation, sk, seen));
            } else if (operation.result() instanceof Unknown) {
                Write write = (Write) operation.call();
                write.changes().forEach(change -> pending(operation.pk(), write, change));
            }
        }
    }

    private void read(Operation operation, String sk, Optional<Seen> seen) {
        Left left = left(operation.pk(), sk);
        if (operation.invokedNanos() > left.readNanos) {
            left.readNanos = operation.invokedNanos();
            left.seen = seen;
        }
    }

    private void pending(String pk, Write write, Change change) {
        Left left = left(pk, change.row());
        left.mayRevert |= write.revertible();
        left.mayVanish |= change.kind() == Kind.DELETE;
        if (change.kind() == Kind.PUT) {
            left.mayAppear.add(change.value());
        }
    }

    private Left left(String pk, String sk) {
        return rows.computeIfAbsent(new Row(pk, sk), row -> new Left());
    }

    int size() {
        return rows.size();
    }

    /** Reads all of them once more; what is not as it was left. */
    List<String> changed(List<Api> nodes) {
        List<String> changed = new ArrayList<>();
        rows.forEach(
                (row, left) -> {
                    Answer[] answer = new Answer[1];
                    int[] at = {0};
                    boolean read =
                            Eventually.happens(
                                    PATIENCE,
                                    () -> {
                                        Api node = nodes.get(at[0]++ % nodes.size());
                                        answer[0] = node.get(Api.row(Rows.TABLE, row.pk, row.sk));
                                        return RecordedClient.seen(answer[0]) != null;
                                    });
                    if (!read) {
                        changed.add("nobody can read " + row + ": " + answer[0]);
                    } else if (!left.allows(RecordedClient.seen(answer[0]))) {
                        changed.add(row + " was left as " + left.seen + ", is " + answer[0]);
                    }
                });
        return changed;
    }
}
