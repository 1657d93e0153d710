package io.ebla.clustertest.failover;

import io.ebla.clustertest.history.Operation;
import io.ebla.clustertest.history.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What all clients of a {@link Window} did and were told: the history to be judged, when each tablet took a
 * write, and answers that are never right. Thread-safe.
 */
final class Recorder {

    private final Queue<Operation> history = new ConcurrentLinkedQueue<>();
    private final SessionReads sessions = new SessionReads();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final Map<String, Queue<Long>> writesNanos = new ConcurrentSkipListMap<>();
    private final Map<String, Long> lastWriteNanos = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> ends = new ConcurrentSkipListMap<>();

    /** Takes an operation that ended. */
    void add(Operation operation, String tablet) {
        history.add(operation);
        count(operation.result().getClass().getSimpleName());
        if (operation.result() instanceof Result.Committed) {
            writesNanos
                    .computeIfAbsent(tablet, each -> new ConcurrentLinkedQueue<>())
                    .add(operation.returnedNanos());
            lastWriteNanos.merge(tablet, operation.invokedNanos(), Math::max);
        }
    }

    /** The place of a committed write in its tablet's log. */
    void place(Operation write, Place place) {
        sessions.place(write, place);
    }

    /** Takes a session or a local read. */
    void add(SessionReads.Read read) {
        sessions.add(read);
        count(read.token().equals(Place.BEFORE_ALL) ? "FoundLocally" : "FoundInSession");
    }

    /** Counts a read that found nobody to answer it, or another end that says nothing. */
    void count(String end) {
        ends.computeIfAbsent(end, each -> new LongAdder()).increment();
    }

    /** Takes an answer that no fault excuses. */
    void wrong(String answer) {
        wrong.add(answer);
    }

    List<Operation> history() {
        return new ArrayList<>(history);
    }

    SessionReads sessions() {
        return sessions;
    }

    List<String> wrongAnswers() {
        return List.copyOf(wrong);
    }

    /** How often each end was counted. */
    Map<String, Long> ends() {
        Map<String, Long> counts = new TreeMap<>();
        ends.forEach((end, count) -> counts.put(end, count.sum()));
        return counts;
    }

    /** Whether every tablet has taken a write that began since. */
    boolean everyTabletWroteSince(long nanos) {
        return lastWriteNanos.size() == Rows.TABLETS.size()
                && lastWriteNanos.values().stream().allMatch(last -> last > nanos);
    }

    /** The longest time between two committed writes of a tablet that ended between two moments, in ms. */
    Map<String, Long> longestPausesMillis(long fromNanos, long toNanos) {
        Map<String, Long> pauses = new TreeMap<>();
        writesNanos.forEach(
                (tablet, times) -> {
                    long longest = 0;
                    long before = fromNanos;
                    for (long at : times.stream().sorted().toList()) {
                        if (at > fromNanos && at <= toNanos) {
                            longest = Math.max(longest, at - before);
                            before = at;
                        }
                    }
                    longest = Math.max(longest, toNanos - before);
                    pauses.put(tablet, longest / 1_000_000);
                });
        return pauses;
    }
}
