package io.ebla.tabletserver.network;

import io.ebla.core.time.Clock;
import java.util.concurrent.TimeUnit;

/**
 * A rate of bytes shared by several senders: a token bucket that may be overdrawn, so that one chunk may be
 * larger than the bucket. Whoever takes is told how long to wait before it sends. Any thread.
 */
final class ByteRate {

    private static final long BURST_MILLIS = 100;

    private final Clock clock;
    private final double bytesPerNano;
    private final long burstNanos = TimeUnit.MILLISECONDS.toNanos(BURST_MILLIS);

    /** Up to when what was taken has been paid for. */
    private long paidNanos;

    ByteRate(Clock clock, long bytesPerSecond) {
        this.clock = clock;
        bytesPerNano = bytesPerSecond / (double) TimeUnit.SECONDS.toNanos(1);
        paidNanos = clock.monotonicNanos() - burstNanos;
    }

    /** Takes that much; returns the nanoseconds to wait before it is sent, 0 for none. */
    synchronized long take(long bytes) {
        long now = clock.monotonicNanos();
        paidNanos = Math.max(paidNanos, now - burstNanos);
        long wait = Math.max(0, paidNanos - now);
        paidNanos += (long) (bytes / bytesPerNano);
        return wait;
    }
}
