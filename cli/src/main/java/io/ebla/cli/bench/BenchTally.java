package io.ebla.cli.bench;

import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** What one run saw. Written by the one client thread, read after it has ended. */
final class BenchTally {

    private static final long HIGHEST_NANOS = 120_000_000_000L;

    /** Latencies of requests that began and ended in the measured time, in nanoseconds. */
    private final Histogram reads = new Histogram(HIGHEST_NANOS, 3);

    private final Histogram writes = new Histogram(HIGHEST_NANOS, 3);
    private final Map<String, Long> errors = new TreeMap<>();

    void add(boolean read, long nanos) {
        (read ? reads : writes).recordValue(Math.min(nanos, HIGHEST_NANOS));
    }

    void error(String what) {
        errors.merge(what, 1L, Long::sum);
    }

    Histogram reads() {
        return reads;
    }

    Histogram writes() {
        return writes;
    }

    Map<String, Long> errors() {
        return errors;
    }
}
