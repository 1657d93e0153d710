package io.ebla.tabletserver.tablet;

import io.ebla.core.time.Clock;
import java.util.concurrent.atomic.AtomicLong;

/** Time that moves when a test says so; wall and monotonic time may part. */
public final class VirtualClock implements Clock {

    private final AtomicLong wallMillis = new AtomicLong(1_700_000_000_000L);
    private final AtomicLong monotonicNanos = new AtomicLong(1_000_000_000L);

    public void pass(long millis) {
        wallMillis.addAndGet(millis);
        monotonicNanos.addAndGet(millis * 1_000_000L);
    }

    /** The wall clock alone steps, forward or back. */
    public void stepWall(long millis) {
        wallMillis.addAndGet(millis);
    }

    @Override
    public long wallMillis() {
        return wallMillis.get();
    }

    @Override
    public long monotonicNanos() {
        return monotonicNanos.get();
    }
}
