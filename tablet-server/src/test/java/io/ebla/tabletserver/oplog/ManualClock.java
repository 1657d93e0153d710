package io.ebla.tabletserver.oplog;

import io.ebla.core.time.Clock;
import java.util.concurrent.TimeUnit;

/** Time that passes when a test says so. */
final class ManualClock implements Clock {

    private volatile long nanos;

    void passMillis(long millis) {
        nanos += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    @Override
    public long wallMillis() {
        return TimeUnit.NANOSECONDS.toMillis(nanos);
    }

    @Override
    public long monotonicNanos() {
        return nanos;
    }
}
