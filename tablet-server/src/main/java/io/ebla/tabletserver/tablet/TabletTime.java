package io.ebla.tabletserver.tablet;

import io.ebla.core.time.Clock;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The clock of one tablet: max(wall, floor), the floor being the highest time it ever gave out or
 * found in its log (T1). It never goes back, so what has expired never un-expires. Any thread.
 */
final class TabletTime {

    private final Clock clock;
    private final AtomicLong floor;

    TabletTime(Clock clock, long floorMillis) {
        this.clock = clock;
        this.floor = new AtomicLong(floorMillis);
    }

    /** Milliseconds since the epoch. */
    long nowMillis() {
        return raise(clock.durableMillis());
    }

    /** The highest time given out or found so far. */
    long floorMillis() {
        return floor.get();
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
        return millis <= clock.wallMillis() + maxOffsetMillis || millis <= floor.get();
    }

    /** Raises the floor, and answers it. */
    long raise(long millis) {
        long highest = floor.get();
        while (millis > highest) {
            if (floor.compareAndSet(highest, millis)) {
                return millis;
            }
            highest = floor.get();
        }
        return highest;
    }
}
