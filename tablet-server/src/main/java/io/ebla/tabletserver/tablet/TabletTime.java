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
        return raise(clock.wallMillis());
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
