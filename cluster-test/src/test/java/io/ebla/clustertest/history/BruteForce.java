package io.ebla.clustertest.history;

import io.ebla.clustertest.history.Call.Change;
import io.ebla.clustertest.history.Call.Kind;
import io.ebla.clustertest.history.Call.Write;
import io.ebla.clustertest.history.Result.Committed;
import io.ebla.clustertest.history.Result.Found;
import io.ebla.clustertest.history.Result.Reverted;
import io.ebla.clustertest.history.Result.Seen;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The definition of linearizability, tried out: every order of the operations of an object that real time
 * allows, on a plain map. For a dozen operations; the checker is held against it. Shares nothing with it.
 *
 * <p>A version of null is one that nobody has been told yet, which the first reader may name.
 */
final class BruteForce {

    private static final int UNTOUCHED = 0;
    private static final int HALF = 1;
    private static final int DONE = 2;

    private record Row(String value, String version, Integer coveredBy, boolean coverPuts) {}

    private final List<Operation> history;
    private final Set<String> owned;
    private final Map<String, String> seen = new HashMap<>();
    private final boolean reverts;
    private long steps;

    BruteForce(List<Operation> history) {
        this.history = history;
        owned =
                history.stream()
                        .flatMap(each -> each.versions().stream())
                        .collect(Collectors.toSet());
        reverts =
                history.stream()
                        .anyMatch(
                                each ->
                                        each.result() instanceof Reverted
                                                || (each.result() instanceof Result.Unknown
                                                        && ((Write) each.call()).revertible()));
        for (Operation operation : history) {
            if (operation.result() instanceof Found found) {
                found.rows()
                        .values()
                        .forEach(
                                row ->
                                        row.ifPresent(
                                                each -> seen.put(each.value(), each.version())));
            }
        }
    }

    boolean linearizable() {
        return search(new int[history.size()], new TreeMap<>());
    }

    /** How much it tried. */
    long steps() {
        return steps;
    }

    private boolean search(int[] taken, Map<String, Row> rows) {
        if (++steps > 3_000_000) {
            throw new IllegalStateException("too many orders");
        }
        long latestBegin = Long.MAX_VALUE;
        boolean complete = true;
        for (int i = 0; i < taken.length; i++) {
            if (taken[i] != DONE && hasEnd(history.get(i).result())) {
                latestBegin = Math.min(latestBegin, history.get(i).returnedNanos());
                complete &= !must(history.get(i).result());
            }
        }
        if (complete && rows.values().stream().allMatch(row -> row.coveredBy == null)) {
            return true;
        }
        for (int i = 0; i < taken.length; i++) {
            Operation operation = history.get(i);
            if (taken[i] == DONE || operation.invokedNanos() > latestBegin) {
                continue;
            }
            if (tryAll(i, operation, taken, rows)) {
                return true;
            }
        }
        return false;
    }

    private boolean tryAll(int i, Operation operation, int[] taken, Map<String, Row> rows) {
        Result result = operation.result();
        boolean undoable =
                result instanceof Reverted
                        || (result instanceof Result.Unknown
                                && ((Write) operation.call()).revertible());
        if (undoable && taken[i] == UNTOUCHED) {
            Map<String, Row> after = new TreeMap<>(rows);
            if (cover(i, (Write) operation.call(), after) && go(i, HALF, taken, after)) {
                return true;
            }
        }
        if (taken[i] == HALF) {
            Map<String, Row> after = new TreeMap<>(rows);
            after.replaceAll(
                    (name, row) -> Objects.equals(row.coveredBy, i) ? uncovered(row) : row);
            return go(i, DONE, taken, after);
        }
        if (result instanceof Reverted) {
            return false;
        }
        if ((result instanceof Result.NotApplied || result instanceof Result.Accepted)
                && go(i, DONE, taken, rows)) {
            return true; // an accepted write that is lost
        }
        Map<String, Row> after = new TreeMap<>(rows);
        boolean possible =
                !(result instanceof Result.NotApplied)
                        && (result instanceof Found found
                                ? look(found, after)
                                : apply(operation, after));
        return possible && go(i, DONE, taken, after);
    }

    private boolean go(int i, int how, int[] taken, Map<String, Row> rows) {
        int[] next = taken.clone();
        next[i] = how;
        return search(next, rows);
    }

    private static boolean hasEnd(Result result) {
        return !(result instanceof Result.Unknown);
    }

    private static boolean must(Result result) {
        return hasEnd(result);
    }

    private static Row row(Map<String, Row> rows, String name) {
        return rows.getOrDefault(name, new Row(null, null, null, false));
    }

    private static Row uncovered(Row row) {
        return new Row(row.value, null, null, false);
    }

    private boolean cover(int by, Write write, Map<String, Row> rows) {
        if (!conditions(write, rows, false)) {
            return false;
        }
        for (Change change : write.changes()) {
            Row row = row(rows, change.row());
            if (change.kind() != Kind.CHECK) {
                if (row.coveredBy != null) {
                    return false;
                }
                boolean puts = change.kind() == Kind.PUT;
                rows.put(change.row(), new Row(row.value, row.version, by, puts));
            }
        }
        return true;
    }

    private boolean look(Found found, Map<String, Row> rows) {
        for (Map.Entry<String, Optional<Seen>> each : found.rows().entrySet()) {
            Row row = row(rows, each.getKey());
            Seen seen = each.getValue().orElse(null);
            if (row.coveredBy != null || (row.value == null) != (seen == null)) {
                return false;
            }
            if (seen != null
                    && (!row.value.equals(seen.value())
                            || !name(each.getKey(), seen.version(), rows))) {
                return false;
            }
        }
        return true;
    }

    /** Whether the row has that version, or may be told now that it has. */
    private boolean name(String name, String version, Map<String, Row> rows) {
        Row row = row(rows, name);
        if (row.version == null && !owned.contains(version) && seen.containsKey(row.value)) {
            rows.put(name, new Row(row.value, version, row.coveredBy, row.coverPuts));
            return true;
        }
        return version.equals(row.version);
    }

    private boolean apply(Operation operation, Map<String, Row> rows) {
        Write write = (Write) operation.call();
        if (operation.result() instanceof Result.ConditionFailed) {
            return !conditions(write, new HashMap<>(rows), true);
        }
        if (operation.result() instanceof Committed committed && committed.created().isPresent()) {
            boolean absent = row(rows, write.changes().get(0).row()).value == null;
            if (absent != committed.created().get()) {
                return false;
            }
        }
        if (!conditions(write, rows, false)) {
            return false;
        }
        for (int i = 0; i < write.changes().size(); i++) {
            Change change = write.changes().get(i);
            if (change.kind() == Kind.CHECK) {
                continue;
            }
            if (row(rows, change.row()).coveredBy != null) {
                return false;
            }
            String learned = reverts ? null : seen.get(change.value());
            String version = operation.versions().isEmpty() ? learned : operation.versions().get(i);
            boolean put = change.kind() == Kind.PUT;
            rows.put(
                    change.row(),
                    new Row(put ? change.value() : null, put ? version : null, null, false));
        }
        return true;
    }

    /** @param certainly where a version is open, whether it must be told to be the one asked for */
    private boolean conditions(Write write, Map<String, Row> rows, boolean certainly) {
        for (Change change : write.changes()) {
            Row row = row(rows, change.row());
            boolean exists = row.coveredBy == null ? row.value != null : row.coverPuts;
            boolean holds = true;
            if (change.condition() instanceof Condition.Absent) {
                holds = !exists;
            } else if (change.condition() instanceof Condition.Exists) {
                holds = exists;
            } else if (change.condition() instanceof Condition.Version wanted) {
                holds =
                        row.value != null
                                && row.coveredBy == null
                                && (certainly
                                        ? wanted.version().equals(row.version)
                                        : name(change.row(), wanted.version(), rows));
            }
            if (!holds) {
                return false;
            }
        }
        return true;
    }
}
