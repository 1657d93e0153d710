package io.ebla.tabletserver.tablet;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a tablet is asked for: how many operations, and the pks of a few of them over the last half minute.
 * From these is told where a split would halve its load. An operation is the write or get of a row, or a
 * stretch of a scan ({@link LocalScan}).
 *
 * <p>Any thread, at the cost of a count.
 */
final class Load {

    /** A prime: what callers do in turns of a round number is seen at all its steps. */
    static final int ONE_IN = 17;

    /** Between two that are kept: so that what is kept is of half a minute, however much is asked for. */
    static final long APART_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    static final int KEPT = 256;

    /** Fewer say little: of 64, a side that has half of the load shows between a third and two thirds. */
    static final int ENOUGH = 64;

    /** A split that leaves one side with less of the load than this is not worth it. */
    private static final double LEAST_SHARE = 0.2;

    private final Clock clock;
    private final AtomicLong operations = new AtomicLong();
    private final AtomicLong keptNanos;

    /** The oldest at the end of what is not yet written over; guarded by this. */
    private final Bytes[] escapedPks = new Bytes[KEPT];

    private long kept;

    Load(Clock clock) {
        this.clock = clock;
        this.keptNanos = new AtomicLong(clock.monotonicNanos() - APART_NANOS);
    }

    /** An operation on a row was accepted. */
    void add(RowKey key) {
        if (operations.incrementAndGet() % ONE_IN != 0) {
            return;
        }
        long now = clock.monotonicNanos();
        long last = keptNanos.get();
        if (now - last >= APART_NANOS && keptNanos.compareAndSet(last, now)) {
            keep(Bytes.wrap(key.escapedPk().toArray()));
        }
    }

    /** A scan was accepted that has found nothing. */
    void addOfNothing() {
        operations.incrementAndGet();
    }

    private synchronized void keep(Bytes escapedPk) {
        escapedPks[(int) (kept++ % KEPT)] = escapedPk;
    }

    /** Operations since the replica was opened. */
    long operations() {
        return operations.get();
    }

    /**
     * The bound below which about half of the load lies. None where too little is known, where one pk has so
     * much of it that no bound parts it, or where the load wanders: a bound that would have halved what was
     * asked for, but not both what was asked first and last, as with keys that only ever rise, halves nothing
     * to come.
     */
    Optional<Bytes> middle() {
        List<Bytes> samples = inOrder();
        if (samples.size() < ENOUGH) {
            return Optional.empty();
        }
        List<Bytes> sorted = samples.stream().sorted().toList();
        int best = 0;
        for (int i = 1; i < sorted.size(); i++) {
            boolean first = !sorted.get(i).equals(sorted.get(i - 1));
            if (first && Math.min(i, sorted.size() - i) > Math.min(best, sorted.size() - best)) {
                best = i;
            }
        }
        Bytes bound = sorted.get(best);
        int half = samples.size() / 2;
        boolean parts =
                parts(samples.subList(0, half), bound)
                        && parts(samples.subList(half, samples.size()), bound);
        return parts ? Optional.of(bound) : Optional.empty();
    }

    private static boolean parts(List<Bytes> samples, Bytes bound) {
        long below = samples.stream().filter(each -> each.compareTo(bound) < 0).count();
        return Math.min(below, samples.size() - below) >= LEAST_SHARE * samples.size();
    }

    /** Oldest first. */
    private synchronized List<Bytes> inOrder() {
        List<Bytes> samples = new ArrayList<>();
        for (long i = Math.max(0, kept - KEPT); i < kept; i++) {
            samples.add(escapedPks[(int) (i % KEPT)]);
        }
        return samples;
    }
}
