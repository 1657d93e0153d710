package io.ebla.tabletserver.api;

import io.ebla.core.time.Clock;
import io.ebla.core.time.SystemClock;
import java.util.concurrent.atomic.AtomicLong;

/** The system's clocks, with a wall clock that a test can put forward. */
final class ManualWall implements Clock {

    private final Clock system = new SystemClock();
    private final AtomicLong ahead = new AtomicLong();

    void advanceMillis(long millis) {
        ahead.addAndGet(millis);
    }

    @Override
    public long wallMillis() {
        return system.wallMillis() + ahead.get();
    }

    @Override
    public long monotonicNanos() {
        return system.monotonicNanos();
    }
}
