package io.ebla.tabletserver.tablet;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * What a tablet is asked for: how many operations, and the pks of the latest few thousand of them, thinned out to
 * one in {@link #ONE_IN}. From these is told where a split would halve its load.
 *
 * <p>Any thread, at the cost of a count.
 */
final class Load {

    /** A prime: what callers do in turns of a round number is seen at all its steps. */
    static final int ONE_IN = 17;

    static final int KEPT = 256;

    /** Fewer say little: of 64, a side that has half of the load shows between a third and two thirds. */
    static final int ENOUGH = 64;

    /** A split that leaves one side with less of the load than this is not worth it. */
    private static final double LEAST_SHARE = 0.2;

    private final AtomicLong operations = new AtomicLong();
    private final AtomicReferenceArray<Bytes> pks = new AtomicReferenceArray<>(KEPT);
    private final AtomicInteger next = new AtomicInteger();

    /** An operation on a row of that pk. */
    void add(Bytes pk) {
        if (operations.incrementAndGet() % ONE_IN == 0) {
            keep(pk);
        }
    }

    void keep(Bytes pk) {
        pks.set(Math.floorMod(next.getAndIncrement(), KEPT), pk);
    }

    /** Operations since the replica was opened. */
    long operations() {
        return operations.get();
    }

    /**
     * The bound below which about half of the load lies; none where too little is known, or one pk has so much
     * of it that no bound parts it.
     */
    Optional<Bytes> middle() {
        Bytes[] sorted = new Bytes[KEPT];
        for (int i = 0; i < KEPT; i++) {
            sorted[i] = pks.get(i);
        }
        sorted = Arrays.stream(sorted).filter(Objects::nonNull).sorted().toArray(Bytes[]::new);
        if (sorted.length < ENOUGH) {
            return Optional.empty();
        }
        int best = 0;
        for (int i = 1; i < sorted.length; i++) {
            boolean first = !sorted[i].equals(sorted[i - 1]);
            if (first && Math.min(i, sorted.length - i) > Math.min(best, sorted.length - best)) {
                best = i;
            }
        }
        double share = Math.min(best, sorted.length - best) / (double) sorted.length;
        return share < LEAST_SHARE
                ? Optional.empty()
                : Optional.of(KeyRange.boundOfPk(sorted[best]));
    }
}
