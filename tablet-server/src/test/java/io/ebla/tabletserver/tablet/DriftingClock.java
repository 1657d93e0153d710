package io.ebla.tabletserver.tablet;

import io.ebla.core.time.Clock;

/** A node's clock on a {@link Timeline}: its wall may step, and both may run fast or slow. */
public final class DriftingClock implements Clock {
    private final Timeline time;
    private long driftPerMillion;
    private long wallOffsetMillis;
    private long sinceNanos;
    private long atNanos = Timeline.BEGINNING_NANOS;

    DriftingClock(Timeline time) {
        this.time = time;
        this.sinceNanos = time.nowNanos();
    }

    /** From now on it runs so much faster than it should. */
    public void drift(long perMillion) {
        atNanos = monotonicNanos();
        sinceNanos = time.nowNanos();
        driftPerMillion = perMillion;
    }

    public void stepWall(long millis) {
        wallOffsetMillis += millis;
    }

    /** Monotonic time stood still for a while, as a suspended machine's does, and wall time did not. */
    void stoodStill(long millis) {
        atNanos = monotonicNanos() - millis * Timeline.MILLI;
        sinceNanos = time.nowNanos();
        wallOffsetMillis += millis;
    }

    @Override
    public long wallMillis() {
        return 1_700_000_000_000L + monotonicNanos() / Timeline.MILLI + wallOffsetMillis;
    }

    @Override
    public long monotonicNanos() {
        long passed = time.nowNanos() - sinceNanos;
        return atNanos + passed + passed / 1_000_000 * driftPerMillion;
    }
}
