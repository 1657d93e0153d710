package io.ebla.tabletserver.oplog;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.ebla.core.time.Clock;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Time that was shown once stays past, whatever the wall clock does over crashes and power cuts (T1). */
class ReservedClockTest {

    private static final long START = 1_700_000_000_000L;

    private static final Logger LOGGER = (Logger) LoggerFactory.getLogger(ReservedClock.class);

    private final SimulatedDisk disk = new SimulatedDisk(5, 1 << 20);
    private final SteppedClock wall = new SteppedClock();

    @BeforeAll
    static void silence() {
        LOGGER.setLevel(Level.OFF);
    }

    @AfterAll
    static void speak() {
        LOGGER.setLevel(null);
    }

    private static final class SteppedClock implements Clock {

        private long millis = START;

        @Override
        public long wallMillis() {
            return millis;
        }

        @Override
        public long monotonicNanos() {
            return 0;
        }
    }

    @Test
    void itShowsTheWallClockWhileThatGoesOn() throws Exception {
        ReservedClock clock = ReservedClock.openWithoutThread(disk, wall);
        for (int i = 0; i < 10_000; i++) {
            assertThat(clock.durableMillis()).isEqualTo(wall.millis);
            wall.millis += i % 7;
            clock.turn();
        }
    }

    @Test
    void aWallClockThatStepsBackOverACrashDoesNotTakeTheTimeAlong() throws Exception {
        ReservedClock clock = ReservedClock.openWithoutThread(disk, wall);
        wall.millis += 400;
        long shown = clock.durableMillis();
        disk.crash();
        wall.millis -= 3_600_000;
        clock = ReservedClock.openWithoutThread(disk, wall);

        assertThat(clock.durableMillis()).isBetween(shown, shown + ReservedClock.AHEAD_MILLIS);
        long begun = clock.durableMillis();
        wall.millis += 60_000;
        clock.turn();
        assertThat(clock.durableMillis()).as("it waits for the wall clock").isEqualTo(begun);
        wall.millis = begun + 5;
        clock.turn();
        assertThat(clock.durableMillis()).isEqualTo(begun + 5);
    }

    @Test
    void anOrderlyEndGivesBackWhatWasReserved() throws Exception {
        ReservedClock clock = ReservedClock.openWithoutThread(disk, wall);
        wall.millis += 10;
        clock.close();
        clock = ReservedClock.openWithoutThread(disk, wall);
        assertThat(clock.durableMillis()).isEqualTo(wall.millis);
        clock.close();
        wall.millis -= 5_000;
        clock = ReservedClock.openWithoutThread(disk, wall);
        assertThat(clock.durableMillis()).isEqualTo(START + 10);
    }

    @Test
    void theTimeStandsStillWhereItWasReservedWhenTheDiskFails() throws Exception {
        ReservedClock clock = ReservedClock.openWithoutThread(disk, wall);
        disk.failForceIn(0);
        wall.millis += 5_000;
        clock.turn();
        wall.millis += 5_000;
        clock.turn();
        assertThat(clock.durableMillis()).isEqualTo(START + ReservedClock.AHEAD_MILLIS);
    }

    @Test
    void aFullDiskDoesNotStopTheTime() throws Exception {
        ReservedClock clock = ReservedClock.openWithoutThread(disk, wall);
        disk.capacity(disk.usedBytes());
        wall.millis += 5_000;
        clock.turn();
        assertThat(clock.durableMillis()).isEqualTo(wall.millis);
    }

    @Test
    void timeNeverGoesBackWhateverHappens() throws Exception {
        for (long seed = 1; seed <= 300; seed++) {
            Random random = new Random(seed);
            SimulatedDisk torn = new SimulatedDisk(seed, 1 << 20);
            wall.millis = START;
            ReservedClock clock = ReservedClock.openWithoutThread(torn, wall);
            long highest = 0;
            for (int i = 0; i < 60; i++) {
                wall.millis += random.nextInt(3_000) - random.nextInt(1_500);
                if (random.nextInt(4) == 0) {
                    torn.cutPowerIn(random.nextInt(3));
                }
                clock.turn();
                highest = Math.max(highest, clock.durableMillis());
                if (random.nextInt(6) == 0) {
                    closed(clock);
                    torn.kill();
                    clock = ReservedClock.openWithoutThread(torn, wall);
                    assertThat(clock.durableMillis()).isGreaterThanOrEqualTo(highest);
                }
                if (random.nextInt(5) == 0) {
                    torn.crash();
                    torn.cutPowerIn(Long.MAX_VALUE);
                    clock = ReservedClock.openWithoutThread(torn, wall);
                    assertThat(clock.durableMillis())
                            .as("seed %d", seed)
                            .isGreaterThanOrEqualTo(highest);
                }
            }
        }
    }

    private static void closed(ReservedClock clock) {
        try {
            clock.close();
        } catch (IOException powerCut) {
            // As good as killed.
        }
    }
}
