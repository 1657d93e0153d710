package io.ebla.core.time;

/**
 * Time, as one node sees it. The only way to it: the system clock is read in one implementation.
 *
 * <p>Wall time stamps rows and may jump; monotonic time measures waits and never does.
 */
public interface Clock {

    /** Milliseconds since the epoch, UTC; may step in either direction. */
    long wallMillis();

    /** Nanoseconds from an arbitrary start; never goes back. */
    long monotonicNanos();
}
