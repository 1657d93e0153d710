package io.ebla.clustertest.failover;

import io.ebla.clustertest.history.Operation;
import io.ebla.clustertest.history.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What all clients of a run did and were told: the history to be judged, when each tablet took a write,
 * and answers that are never right. Thread-safe.
 */
final class Recorder {

    private final ConcurrentLinkedQueue<Operation> history = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
    private final Map<String, ConcurrentLinkedQueue<Long>> writesNanos =
            new ConcurrentSkipListMap<>();
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

    List<String> wrongAnswers() {
        return List.copyOf(wrong);
    }

    /** Whether every tablet has taken a write that began since. */
    boolean everyTabletWroteSince(long nanos, int tablets) {
        return lastWriteNanos.size() >= tablets
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

    private long ended(String end) {
        LongAdder count = ends.get(end);
        return count == null ? 0 : count.sum();
    }

    /** Share of all writes sent whose end is not known, in percent. */
    double unknownPercent() {
        long unknown = ended("Unknown");
        long certain =
                ended("Committed")
                        + ended("Accepted")
                        + ended("ConditionFailed")
                        + ended("NotApplied")
                        + ended("Reverted");
        return 100.0 * unknown / Math.max(1, unknown + certain);
    }

    @Override
    public String toString() {
        return ends.toString();
    }
}
