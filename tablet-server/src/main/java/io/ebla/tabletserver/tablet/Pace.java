package io.ebla.tabletserver.tablet;

import io.ebla.core.time.Clock;
import java.util.concurrent.locks.LockSupport;

/**
 * Leaves the processors to requests: whoever works in the background for long rests between the pieces of it,
 * four times as long as the piece took, so that it has a fifth of one processor at most, if its pieces are
 * short. One thread.
 */
final class Pace {

    private static final int REST = 4;

    /** A rest too short to be worth a change of threads is put off. */
    private static final long REST_NANOS_MIN = 2_000_000;

    /** A piece that waited for the disk is answered by a rest as well, but one held up for long is not. */
    private static final long REST_NANOS_MAX = 1_000_000_000;

    private final Clock clock;
    private long beganNanos;

    /** A piece begins. */
    Pace(Clock clock) {
        this.clock = clock;
        this.beganNanos = clock.monotonicNanos();
    }

    /** The end of a piece, and the beginning of the next one. Returns early if the thread is interrupted. */
    void rest() {
        long nanos = REST * (clock.monotonicNanos() - beganNanos);
        if (nanos >= REST_NANOS_MIN) {
            LockSupport.parkNanos(this, Math.min(nanos, REST_NANOS_MAX));
            beganNanos = clock.monotonicNanos();
        }
    }
}
