package io.ebla.clustertest.history;

import io.ebla.clustertest.history.Call.Write;
import io.ebla.clustertest.history.Result.Committed;
import io.ebla.clustertest.history.Result.ConditionFailed;
import io.ebla.clustertest.history.Result.Found;
import io.ebla.clustertest.history.Result.Seen;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** One lie in a true history, of a kind that a faulty server would tell. It may be one that goes unseen. */
enum Mutation {
    /** A read returns what another read of the row returned. */
    STALE_OR_EARLY_READ {
        @Override
        Operation lie(Operation operation, List<Operation> history, Random random) {
            if (!(operation.result() instanceof Found found)) {
                return null;
            }
            String row = operation.call().rows().get(0);
            List<Optional<Seen>> others = new ArrayList<>();
            for (Operation other : history) {
                if (other.pk().equals(operation.pk())
                        && other.result() instanceof Found theirs
                        && theirs.rows().containsKey(row)
                        && !theirs.rows().get(row).equals(found.rows().get(row))) {
                    others.add(theirs.rows().get(row));
                }
            }
            if (others.isEmpty()) {
                return null;
            }
            Map<String, Optional<Seen>> rows = new HashMap<>(found.rows());
            rows.put(row, others.get(random.nextInt(others.size())));
            return ended(operation, new Found(rows));
        }
    },
    /** A read misses a row. */
    MISSED_ROW {
        @Override
        Operation lie(Operation operation, List<Operation> history, Random random) {
            if (!(operation.result() instanceof Found found)) {
                return null;
            }
            String row = operation.call().rows().get(0);
            if (found.rows().get(row).isEmpty()) {
                return null;
            }
            Map<String, Optional<Seen>> rows = new HashMap<>(found.rows());
            rows.put(row, Optional.empty());
            return ended(operation, new Found(rows));
        }
    },
    /** A write that failed its condition is said to have been committed. */
    FAILED_SAID_COMMITTED {
        @Override
        Operation lie(Operation operation, List<Operation> history, Random random) {
            if (!(operation.result() instanceof ConditionFailed)) {
                return null;
            }
            List<String> versions = new ArrayList<>();
            for (Call.Change change : ((Write) operation.call()).changes()) {
                versions.add(change.kind() == Call.Kind.PUT ? "lie-" + change.row() : "");
            }
            return ended(operation, new Committed(versions, Optional.empty()));
        }
    },
    /** A committed write is said not to have been applied, or to have failed its condition. */
    COMMITTED_SAID_UNDONE {
        @Override
        Operation lie(Operation operation, List<Operation> history, Random random) {
            if (!(operation.result() instanceof Committed)) {
                return null;
            }
            Result[] lies = {Result.NOT_APPLIED, Result.CONDITION_FAILED, Result.REVERTED};
            return ended(operation, lies[random.nextInt(lies.length)]);
        }
    },
    /** A committed write never was. */
    LOST_WRITE {
        @Override
        Operation lie(Operation operation, List<Operation> history, Random random) {
            if (!(operation.result() instanceof Committed committed)) {
                return null;
            }
            // The client was told; the server forgot: another value in its place.
            List<Call.Change> changes = new ArrayList<>();
            for (Call.Change change : ((Write) operation.call()).changes()) {
                String value = change.kind() == Call.Kind.PUT ? "lost-" + change.value() : "";
                changes.add(
                        new Call.Change(change.kind(), change.row(), value, change.condition()));
            }
            List<String> versions = new ArrayList<>();
            committed
                    .versions()
                    .forEach(each -> versions.add(each.isEmpty() ? "" : "lost-" + each));
            return new Operation(
                    operation.pk(),
                    new Write(changes, false),
                    operation.invokedNanos(),
                    operation.returnedNanos(),
                    new Committed(versions, committed.created()),
                    "lost");
        }
    },
    /** An operation is said to have ended long before or begun long after it did. */
    OUT_OF_TIME {
        @Override
        Operation lie(Operation operation, List<Operation> history, Random random) {
            if (operation.result() instanceof Result.Unknown
                    || operation.result() instanceof Result.NotApplied) {
                return null;
            }
            long shift = (30 + random.nextInt(100)) * (random.nextBoolean() ? 1 : -1);
            return new Operation(
                    operation.pk(),
                    operation.call(),
                    operation.invokedNanos() + shift,
                    operation.returnedNanos() + shift,
                    operation.result(),
                    "moved");
        }
    };

    /** The operation with the lie in it, or null where it has no place. */
    abstract Operation lie(Operation operation, List<Operation> history, Random random);

    /** The history with one such lie in it; empty when it has no place for one. */
    Optional<List<Operation>> in(List<Operation> history, Random random) {
        for (int attempt = 0; attempt < 200; attempt++) {
            int at = random.nextInt(history.size());
            Operation lie = lie(history.get(at), history, random);
            if (lie != null) {
                List<Operation> mutated = new ArrayList<>(history);
                mutated.set(at, lie);
                return Optional.of(mutated);
            }
        }
        return Optional.empty();
    }

    private static Operation ended(Operation operation, Result result) {
        return new Operation(
                operation.pk(),
                operation.call(),
                operation.invokedNanos(),
                operation.returnedNanos(),
                result,
                "lie");
    }
}
