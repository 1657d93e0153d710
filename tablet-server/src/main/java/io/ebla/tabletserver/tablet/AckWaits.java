package io.ebla.tabletserver.tablet;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many writes were answered with a result that waited for one kind of acknowledgement, and how long
 * each took from the group it was put in to its answer: a histogram of fixed bounds.
 */
public final class AckWaits {

    /** What a write waited for, as against its tablet's replica set. */
    public enum Kind {
        /** One copy, less than a quorum: answered {@code accepted}, unless the commit came first. */
        LOCAL,
        /** More than one copy and fewer than a quorum, likewise. */
        FEWER,
        /** The commit. */
        QUORUM,
        /** More copies than a quorum, perhaps all. */
        ALL
    }

    private static final long[] BOUNDS_MICROS = {
        250,
        500,
        1_000,
        2_500,
        5_000,
        10_000,
        25_000,
        50_000,
        100_000,
        250_000,
        500_000,
        1_000_000,
        2_500_000,
        10_000_000
    };

    private final Kind kind;
    private final LongAdder[] counts = new LongAdder[BOUNDS_MICROS.length + 1];
    private final LongAdder sumNanos = new LongAdder();

    AckWaits(Kind kind) {
        this.kind = kind;
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    public Kind kind() {
        return kind;
    }

    /** Upper bounds of the buckets in seconds, ascending; one more bucket is above them all. */
    public static double[] boundsSeconds() {
        double[] seconds = new double[BOUNDS_MICROS.length];
        for (int i = 0; i < seconds.length; i++) {
            seconds[i] = BOUNDS_MICROS[i] / 1e6;
        }
        return seconds;
    }

    /** Answers of each bucket, not summed up; one longer than the bounds. */
    public long[] counts() {
        long[] now = new long[counts.length];
        for (int i = 0; i < now.length; i++) {
            now[i] = counts[i].sum();
        }
        return now;
    }

    public double sumSeconds() {
        return sumNanos.sum() / 1e9;
    }

    /** So many answers of one wait. */
    void answered(long answers, long waitNanos) {
        long micros = TimeUnit.NANOSECONDS.toMicros(waitNanos);
        int bucket = 0;
        while (bucket < BOUNDS_MICROS.length && micros > BOUNDS_MICROS[bucket]) {
            bucket++;
        }
        counts[bucket].add(answers);
        sumNanos.add(answers * waitNanos);
    }
}
