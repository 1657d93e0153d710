package io.ebla.tabletserver.oplog;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A mere crash, whenever it comes and whatever of the unforced bytes it takes, loses nothing promised. */
class CrashRecoveryTest {

    private static final Logger LOGGER =
            (Logger) LoggerFactory.getLogger(SegmentOplog.class.getPackageName());

    /** More with {@code -Debla.oplog.runs=}; {@code -Debla.oplog.seed=} repeats one. */
    private static final long RUNS = Long.getLong("ebla.oplog.runs", 2_000);

    @BeforeAll
    static void silence() {
        LOGGER.setLevel(Level.OFF);
    }

    @AfterAll
    static void speak() {
        LOGGER.setLevel(null);
    }

    @Test
    void whatWasDurableIsThereAfterAnyCrash() {
        Long only = Long.getLong("ebla.oplog.seed");
        long first = only == null ? System.nanoTime() : only;
        long crashes = 0;
        for (long seed = first; seed < first + (only == null ? RUNS : 1); seed++) {
            try {
                CrashRun run = new CrashRun(seed);
                run.run();
                crashes += run.crashes();
            } catch (Throwable e) {
                throw new AssertionError("repeat with -Debla.oplog.seed=" + seed, e);
            }
        }
        assertThat(crashes).isPositive();
    }
}
