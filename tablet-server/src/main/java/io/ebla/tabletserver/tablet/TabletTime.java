package io.ebla.tabletserver.tablet;

import io.ebla.core.time.Clock;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The clock of one tablet: max(wall, floor), the floor being the highest time it ever gave out or found in
 * its log (T1). It never goes back, so what has expired never un-expires. While it is stopped it shows where
 * it was, whatever it hears: whoever goes on from there is behind nothing that was ever shown. Any thread.
 */
final class TabletTime {

    /** Set beside the floor while it is stopped, so that nobody moves it on who looked before. */
    private static final long STOPPED = Long.MIN_VALUE;

    private final Clock clock;
    private final AtomicLong floor;
    private volatile long stoppedMillis;

    TabletTime(Clock clock, long floorMillis) {
        this.clock = clock;
        this.floor = new AtomicLong(floorMillis);
    }

    /** Milliseconds since the epoch. */
    long nowMillis() {
        return nowMillis(clock.durableMillis());
    }

    /** @param wall what the clock's durable time is now, for who asks many tablets */
    long nowMillis(long wall) {
        long before = floor.get();
        while (before >= 0 && before < wall && !floor.compareAndSet(before, wall)) {
            before = floor.get();
        }
        return before < 0 ? stoppedMillis : Math.max(before, wall);
    }

    /** Shows no later time from now on. */
    void stop() {
        long before = floor.get();
        while (before >= 0) {
            stoppedMillis = before;
            floor.compareAndSet(before, before | STOPPED);
            before = floor.get();
        }
    }

    /** It follows the clock again, and what it has heard. */
    void goOn() {
        floor.getAndUpdate(before -> before & ~STOPPED);
    }

    /** The highest time given out or found so far. */
    long floorMillis() {
        return floor.get() & ~STOPPED;
    }

    /** Another replica's time raises the floor, unless its clock is beyond a bound of this one's (T2). */
    boolean raiseFrom(long millis, long maxOffsetMillis) {
        boolean takes = takes(millis, maxOffsetMillis);
        if (takes) {
            raise(millis);
        }
        return takes;
    }

    /** Whether another replica's time is within a bound of this one's clock, or nothing new (T2). */
    boolean takes(long millis, long maxOffsetMillis) {
        return millis <= clock.wallMillis() + maxOffsetMillis || millis <= floorMillis();
    }

    /** Raises the floor, and answers it. */
    long raise(long millis) {
        long raised =
                floor.updateAndGet(
                        before -> Math.max(before & ~STOPPED, millis) | before & STOPPED);
        return raised & ~STOPPED;
    }
}
