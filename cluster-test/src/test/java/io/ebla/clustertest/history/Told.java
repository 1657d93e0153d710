package io.ebla.clustertest.history;

import io.ebla.clustertest.history.Call.Change;
import io.ebla.clustertest.history.Call.Kind;
import io.ebla.clustertest.history.Call.Write;
import io.ebla.clustertest.history.Result.Found;
import io.ebla.clustertest.history.Result.Reverted;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What clients were told of one object: which values reads returned, when first and under which versions,
 * which versions conditions name and writes own. Gives values and versions their numbers.
 */
final class Told {

    private record InRow(String row, String text) {}

    private final Map<String, Integer> rows = new HashMap<>();
    private final Map<InRow, Integer> values = new HashMap<>();
    private final Map<String, Integer> versions = new HashMap<>();
    private final Map<InRow, Set<String>> versionsSeen = new HashMap<>();
    private final Map<InRow, Long> firstSeenNanos = new HashMap<>();
    private final Set<String> demanded = new HashSet<>();
    private final Set<String> owned = new HashSet<>();
    private boolean reverts;

    Told(List<Operation> operations) {
        operations.forEach(this::take);
    }

    private void take(Operation operation) {
        operation.call().rows().forEach(row -> rows.putIfAbsent(row, rows.size()));
        owned.addAll(operation.versions());
        reverts |= operation.result() instanceof Reverted;
        if (operation.call() instanceof Write write) {
            reverts |= write.revertible() && operation.result() instanceof Result.Unknown;
            for (Change change : write.changes()) {
                if (change.condition() instanceof Condition.Version version) {
                    demanded.add(version.version());
                }
            }
        } else if (operation.result() instanceof Found found) {
            found.rows().forEach((row, seen) -> seen.ifPresent(each -> see(operation, row, each)));
        }
    }

    private void see(Operation read, String row, Result.Seen seen) {
        InRow value = new InRow(row, seen.value());
        versionsSeen.computeIfAbsent(value, each -> new HashSet<>()).add(seen.version());
        firstSeenNanos.merge(value, read.returnedNanos(), Math::min);
    }

    int rows() {
        return rows.size();
    }

    int row(String row) {
        return rows.get(row);
    }

    boolean seen(String row, String value) {
        return firstSeenNanos.containsKey(new InRow(row, value));
    }

    /** When the first read that returned the value had returned; {@link Long#MAX_VALUE} for none. */
    long firstSeenNanos(Change put) {
        InRow value = new InRow(put.row(), put.value());
        return put.kind() == Kind.PUT
                ? firstSeenNanos.getOrDefault(value, Long.MAX_VALUE)
                : Long.MAX_VALUE;
    }

    /** The number of a value. */
    int value(String row, String value) {
        return seen(row, value)
                ? values.computeIfAbsent(new InRow(row, value), each -> values.size())
                : RowStates.UNSEEN;
    }

    int version(String version) {
        return versions.computeIfAbsent(version, each -> versions.size());
    }

    /** Whether a write was told this version as its own. */
    boolean owned(String version) {
        return owned.contains(version);
    }

    /** The number of the version that a put made: told by its answer, or learned from reads of its value. */
    int versionOf(Change put, String told) {
        boolean seen = seen(put.row(), put.value());
        if (!told.isEmpty()) {
            return seen || demanded.contains(told) ? version(told) : RowStates.UNTOLD;
        }
        if (!seen) {
            return RowStates.UNTOLD;
        }
        Set<String> learned = versionsSeen.get(new InRow(put.row(), put.value()));
        // With reverts about, the version seen may be that of a revert to this value.
        return reverts ? RowStates.OPEN : version(learned.iterator().next());
    }
}
