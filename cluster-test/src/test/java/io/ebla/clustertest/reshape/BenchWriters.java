package io.ebla.clustertest.reshape;

import io.ebla.clustertest.process.Api;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Clients that write to a table all the time, one request after another each. Thread-safe. */
final class BenchWriters implements AutoCloseable {

    private final BenchTable table;
    private final List<Thread> threads = new ArrayList<>();

    private volatile boolean stopped;

    // Since the last mark; guarded by this.
    private long[] tookNanos = new long[1 << 12];
    private int count;
    private long failed;
    private long gapNanos;
    private long lastNanos;
    private long markNanos;

    BenchWriters(BenchTable table, int writers, long seed) {
        this.table = table;
        mark();
        for (int i = 0; i < writers; i++) {
            Random random = new Random(100 * seed + i);
            Thread thread = new Thread(() -> write(table.client(), random));
            threads.add(thread);
            thread.start();
        }
    }

    private void write(Api client, Random random) {
        while (!stopped) {
            long begun = System.nanoTime();
            boolean written = table.put(client, random);
            record(begun, System.nanoTime(), written);
        }
    }

    private synchronized void record(long begun, long now, boolean written) {
        if (!written) {
            failed++;
            return;
        }
        if (count == tookNanos.length) {
            tookNanos = Arrays.copyOf(tookNanos, 2 * count);
        }
        tookNanos[count++] = now - begun;
        gapNanos = Math.max(gapNanos, now - lastNanos);
        lastNanos = now;
    }

    /** What is told from now on is of the time from now on. */
    synchronized void mark() {
        count = 0;
        failed = 0;
        gapNanos = 0;
        markNanos = System.nanoTime();
        lastNanos = markNanos;
    }

    /** Since the last {@link #mark}. */
    synchronized Since since() {
        long now = System.nanoTime();
        long[] sorted = Arrays.copyOf(tookNanos, count);
        Arrays.sort(sorted);
        double seconds = (now - markNanos) / 1e9;
        return new Since(
                TimeUnit.NANOSECONDS.toMillis(Math.max(gapNanos, now - lastNanos)),
                seconds,
                count / seconds,
                count == 0 ? 0 : sorted[Math.min(count - 1, count * 99 / 100)] / 1e6,
                failed);
    }

    @Override
    public void close() throws InterruptedException {
        stopped = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /**
     * @param gapMillis the longest time in which no write of anybody was answered as written
     * @param p99Millis of the writes that were
     * @param failed writes that were answered otherwise, or not at all
     */
    record Since(long gapMillis, double seconds, double perSecond, double p99Millis, long failed) {}
}
