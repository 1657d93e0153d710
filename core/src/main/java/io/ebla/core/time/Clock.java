package io.ebla.core.time;

/**
 * Time, as one node sees it. The only way to it: the system clock is read in one implementation.
 *
 * <p>Wall time stamps rows and may jump; monotonic time measures waits and never does.
 */
public interface Clock {

    /** Milliseconds since the epoch, UTC; may step in either direction. */
    long wallMillis();

    /**
     * Wall time by which something may be told to be over: where the node reserves it durably, it never
     * goes back behind what was shown before a restart (T1).
     */
    default long durableMillis() {
        return wallMillis();
    }

    /** Whether the wall clock agrees with those of other nodes, as far as that can be told (T2). */
    default boolean trusted() {
        return true;
    }

    /** Nanoseconds from an arbitrary start; never goes back. */
    long monotonicNanos();
}
