package io.ebla.clustertest.failover;

import io.ebla.clustertest.history.Call.Change;
import io.ebla.clustertest.history.Call.Kind;
import io.ebla.clustertest.history.Call.Read;
import io.ebla.clustertest.history.Call.Write;
import io.ebla.clustertest.history.Operation;
import io.ebla.clustertest.history.Result.Committed;
import io.ebla.clustertest.history.Result.Found;
import io.ebla.clustertest.history.Result.Seen;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the last read of each row found, held against the writes answered {@code committed}: none of them
 * may have begun after the write ended whose value is there. Far weaker than linearizability, and so simple
 * that it can be believed at sight.
 */
final class FinalRows {

    private record Row(String pk, String sk) {}

    private final Map<Row, Operation> lastReads = new HashMap<>();
    private final Map<Row, Operation> lastCommitted = new HashMap<>();
    private final Map<Row, List<Operation>> deletes = new HashMap<>();
    private final Map<String, Operation> writers = new HashMap<>();

    FinalRows(List<Operation> history) {
        for (Operation operation : history) {
            if (operation.call() instanceof Read read) {
                read.rows().forEach(sk -> later(lastReads, new Row(operation.pk(), sk), operation));
            } else if (operation.call() instanceof Write write) {
                write.changes().forEach(change -> take(operation, change));
            }
        }
    }

    private void take(Operation operation, Change change) {
        Row row = new Row(operation.pk(), change.row());
        if (change.kind() == Kind.CHECK) {
            return;
        }
        if (change.kind() == Kind.PUT) {
            writers.put(change.value(), operation);
        } else {
            deletes.computeIfAbsent(row, each -> new ArrayList<>()).add(operation);
        }
        if (operation.result() instanceof Committed) {
            later(lastCommitted, row, operation);
        }
    }

    private static void later(Map<Row, Operation> last, Row row, Operation operation) {
        last.merge(
                row,
                operation,
                (one, other) -> one.invokedNanos() > other.invokedNanos() ? one : other);
    }

    /** Committed writes that are neither there nor can have been superseded. */
    List<String> lost() {
        List<String> lost = new ArrayList<>();
        lastReads.forEach(
                (row, read) -> {
                    Operation committed = lastCommitted.get(row);
                    if (committed != null && committed.returnedNanos() < read.invokedNanos()) {
                        Optional<Seen> seen = ((Found) read.result()).rows().get(row.sk);
                        if (!explained(row, committed, seen)) {
                            lost.add(row + " holds " + seen + " after " + committed);
                        }
                    }
                });
        return lost;
    }

    private boolean explained(Row row, Operation committed, Optional<Seen> seen) {
        if (seen.isPresent()) {
            Operation writer = writers.get(seen.get().value());
            return writer != null && mayComeLast(writer, committed);
        }
        return deletes.getOrDefault(row, List.of()).stream()
                .anyMatch(delete -> mayComeLast(delete, committed));
    }

    private static boolean mayComeLast(Operation write, Operation committed) {
        boolean ended = write.result() instanceof Committed;
        return !ended || write.returnedNanos() >= committed.invokedNanos();
    }
}
