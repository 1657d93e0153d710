package io.ebla.metaserver.procedure;

import io.ebla.core.time.Clock;
import java.util.LongSummaryStatistics;
import java.util.stream.LongStream;

/**
 * When what came to nothing is tried again: after a pause, and after twice as long with each further time. It
 * is told from the ends that the metadata remembers, so that the next leader knows as well.
 */
final class Backoff {

    /** The pause is doubled so often by default: of a minute that is about 17 hours, of ten about a week. */
    private static final int DOUBLED_MAX = 10;

    private final Clock clock;
    private final long pauseMillis;
    private final int doubledMax;

    Backoff(Clock clock, long pauseMillis) {
        this(clock, pauseMillis, DOUBLED_MAX);
    }

    /** @param doubledMax the pause is doubled so often at most */
    Backoff(Clock clock, long pauseMillis, int doubledMax) {
        this.clock = clock;
        this.pauseMillis = pauseMillis;
        this.doubledMax = doubledMax;
    }

    /** @param failedAtMillis each time that it came to nothing, ms since the epoch */
    boolean rests(LongStream failedAtMillis) {
        LongSummaryStatistics failed = failedAtMillis.summaryStatistics();
        if (failed.getCount() == 0) {
            return false;
        }
        long pause = pauseMillis << Math.min(doubledMax, failed.getCount() - 1);
        return clock.wallMillis() - failed.getMax() < pause;
    }
}
