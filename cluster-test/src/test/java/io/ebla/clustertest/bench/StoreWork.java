package io.ebla.clustertest.bench;

import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.Eventually;
import io.ebla.clustertest.rebuild.Metric;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What the disk stores of some servers do in the background, as their metrics tell it: flushes,
 * compactions and settling. The journal is no part of it. One thread.
 */
public final class StoreWork {

    private static final Metric FLUSHED = new Metric("ebla_store_flushed_bytes_total");
    private static final Metric COMPACTED = new Metric("ebla_store_compaction_written_bytes_total");
    private static final Metric FILES = new Metric("ebla_store_files_size_bytes");
    private static final Metric CACHE = new Metric("ebla_store_cache_capacity_bytes");
    private static final Metric UNSETTLED = new Metric("ebla_store_unsettled");

    /** As often as a server looks itself. */
    private static final Duration LOOK = Duration.ofMillis(500);

    /** More than {@code ebla.tablet.idle-flush}: a tablet that nobody writes to flushes within. */
    private static final Duration REST = Duration.ofSeconds(15);

    private static final Duration PATIENCE = Duration.ofMinutes(20);

    /** Less is no compaction. */
    private static final double NOTHING_BYTES = 1 << 20;

    private final List<Api> servers;

    public StoreWork(List<URI> servers) {
        this.servers = servers.stream().map(Api::new).toList();
    }

    /** That flushes and compactions have written to files, large values included. */
    public double writtenBytes() {
        return sum(FLUSHED) + sum(COMPACTED);
    }

    public double fileBytes() {
        return sum(FILES);
    }

    public double blockCacheBytes() {
        return sum(CACHE);
    }

    /** Until no store is left that a split has not brought in order yet. */
    public void awaitSettled() {
        if (!Eventually.happens(PATIENCE, this::settled)) {
            throw new AssertionError("stores are not in order after " + PATIENCE);
        }
    }

    /** Whether all that a split has made is in order; of a copy that is not open yet nothing is known. */
    public boolean settled() {
        boolean settled = sum(UNSETTLED) == 0;
        if (!settled) {
            Eventually.pause(LOOK.dividedBy(2));
        }
        return settled;
    }

    /** Until nothing has been flushed and compacted for a while. */
    public void awaitRest() {
        awaitRest(() -> {});
    }

    /** @param moved run whenever something was */
    public void awaitRest(Runnable moved) {
        long endNanos = System.nanoTime() + PATIENCE.toNanos();
        long movedNanos = System.nanoTime();
        double last = writtenBytes();
        while (System.nanoTime() - movedNanos < REST.toNanos()) {
            if (System.nanoTime() > endNanos) {
                throw new AssertionError("compactions do not end in " + PATIENCE);
            }
            Eventually.pause(LOOK);
            double now = writtenBytes();
            if (now - last > NOTHING_BYTES) {
                last = now;
                movedNanos = System.nanoTime();
                moved.run();
            }
        }
    }

    /** How long {@link #awaitRest} waits though nothing happens any more, in seconds. */
    static long restSeconds() {
        return TimeUnit.NANOSECONDS.toSeconds(REST.toNanos());
    }

    /** @throws AssertionError if one does not answer */
    private double sum(Metric metric) {
        double sum = servers.stream().mapToDouble(metric::of).sum();
        if (Double.isNaN(sum)) {
            throw new AssertionError(metric.name() + " is not told");
        }
        return sum;
    }
}
