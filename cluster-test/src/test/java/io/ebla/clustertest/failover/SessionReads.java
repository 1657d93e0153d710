package io.ebla.clustertest.failover;

import io.ebla.clustertest.history.Call.Change;
import io.ebla.clustertest.history.Call.Kind;
import io.ebla.clustertest.history.Call.Write;
import io.ebla.clustertest.history.Operation;
import io.ebla.clustertest.history.Result;
import io.ebla.clustertest.history.Result.Committed;
import io.ebla.clustertest.history.Result.Seen;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;

/**
 * Reads that need no master, and what may be wrong with them: a session read must not be older than its
 * token, and neither it nor a local one may find what was never written. Thread-safe.
 *
 * <p>Older than its token is a read that shows a row as it was before a write which is committed at or before
 * the token's place. Where a write stands in the log its version tells, and of a delete the position in its
 * answer. A row that is not there is excused by any delete, and by any revert, that may have come after.
 */
final class SessionReads {

    /**
     * One read.
     *
     * @param token what it was to have reached; {@link Place#BEFORE_ALL} of a local one
     * @param reached what its answer says it has, if it does
     */
    record Read(
            String pk,
            String sk,
            Place token,
            Optional<Place> reached,
            Optional<Seen> found,
            long returnedNanos,
            String note) {}

    private record Row(String pk, String sk) {}

    /** A write of one row, with its place where it is known. */
    private record Written(Operation by, Change change, Optional<Place> place) {

        boolean mayUndo() {
            return by.result() instanceof Result.Reverted
                    || by.result() instanceof Result.Unknown && ((Write) by.call()).revertible();
        }

        boolean never() {
            return by.result() instanceof Result.NotApplied
                    || by.result() instanceof Result.ConditionFailed;
        }
    }

    private final Queue<Read> reads = new ConcurrentLinkedQueue<>();
    private final ConcurrentMap<Operation, Place> places = new ConcurrentHashMap<>();

    void add(Read read) {
        reads.add(read);
    }

    /** The answer to a committed write told its place. */
    void place(Operation write, Place place) {
        places.put(write, place);
    }

    int size() {
        return reads.size();
    }

    /** What is wrong with them, given all writes. */
    List<String> wrong(List<Operation> history) {
        Map<Row, List<Written>> writes = new HashMap<>();
        for (Operation operation : history) {
            if (operation.call() instanceof Write write) {
                for (int i = 0; i < write.changes().size(); i++) {
                    Change change = write.changes().get(i);
                    if (change.kind() != Kind.CHECK) {
                        writes.computeIfAbsent(
                                        new Row(operation.pk(), change.row()),
                                        row -> new ArrayList<>())
                                .add(new Written(operation, change, placeOf(operation, i)));
                    }
                }
            }
        }
        List<String> wrong = new ArrayList<>();
        for (Read read : reads) {
            String why = wrong(read, writes.getOrDefault(new Row(read.pk, read.sk), List.of()));
            if (!why.isEmpty()) {
                wrong.add(why + ": " + read);
            }
        }
        return wrong;
    }

    private Optional<Place> placeOf(Operation operation, int change) {
        if (!(operation.result() instanceof Committed committed)) {
            return Optional.empty();
        }
        String version = committed.versions().isEmpty() ? "" : committed.versions().get(change);
        return version.isEmpty()
                ? Optional.ofNullable(places.get(operation))
                : Optional.of(Place.ofVersion(version));
    }

    private static String wrong(Read read, List<Written> writes) {
        if (read.reached.isPresent() && read.reached.get().compareTo(read.token) < 0) {
            return "says itself that it is older than its token";
        }
        Written last = null;
        for (Written each : writes) {
            boolean within = each.place.isPresent() && each.place.get().compareTo(read.token) <= 0;
            if (within && (last == null || later(each, last))) {
                last = each;
            }
        }
        if (read.found.isPresent()) {
            String why = wrong(read, read.found.get(), writes);
            boolean old =
                    last != null
                            && Place.ofVersion(read.found.get().version())
                                            .compareTo(last.place.get())
                                    < 0;
            return why.isEmpty() && old ? "older than its token, misses " + last.by : why;
        }
        return last == null || last.change.kind() == Kind.DELETE || mayBeGone(read, last, writes)
                ? ""
                : "older than its token, or has lost " + last.by;
    }

    private static boolean later(Written one, Written other) {
        return one.place.get().compareTo(other.place.get()) > 0;
    }

    private static String wrong(Read read, Seen found, List<Written> writes) {
        for (Written each : writes) {
            if (each.change.value().equals(found.value())) {
                return each.never()
                        ? "found what was never applied"
                        : each.by.invokedNanos() > read.returnedNanos
                                ? "found what was not yet asked for"
                                : "";
            }
        }
        return "found what nobody wrote";
    }

    private static boolean mayBeGone(Read read, Written last, List<Written> writes) {
        return writes.stream()
                .filter(each -> each.by.invokedNanos() <= read.returnedNanos && !each.never())
                .anyMatch(
                        each ->
                                each.mayUndo()
                                        || each.change.kind() == Kind.DELETE
                                                && (each.place.isEmpty() || later(each, last)));
    }
}
