package io.ebla.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * How far an import or export has come, told on the error stream: a bar with rate and estimate that
 * is drawn over on a terminal, a line every ten seconds elsewhere. Any thread.
 */
final class Progress implements AutoCloseable {

    private static final int BAR = 24;
    private static final long DRAW_MILLIS = 200;
    private static final long TELL_MILLIS = 10_000;
    private static final String ERASE = "\r\u001b[K";

    private final PrintWriter out;
    private final boolean terminal;
    private final boolean quiet;
    private final String what;
    private final long size;
    private final long startNanos = System.nanoTime();
    private final ScheduledExecutorService ticker;
    private long lines;
    private long bytes;
    private long endNanos;

    private Progress(PrintWriter out, boolean terminal, boolean quiet, String what, long size) {
        this.out = out;
        this.terminal = terminal;
        this.quiet = quiet;
        this.what = what;
        this.size = size;
        this.ticker =
                Executors.newSingleThreadScheduledExecutor(
                        task -> {
                            Thread thread = new Thread(task, "progress");
                            thread.setDaemon(true);
                            return thread;
                        });
    }

    /** @param size bytes in all; negative when nobody knows */
    static Progress start(Console console, boolean quiet, String what, long size) {
        Progress progress = new Progress(console.errors(), console.isTerminal(), quiet, what, size);
        long period = progress.terminal ? DRAW_MILLIS : TELL_MILLIS;
        if (!quiet) {
            progress.ticker.scheduleAtFixedRate(
                    progress::draw, period, period, TimeUnit.MILLISECONDS);
        }
        return progress;
    }

    synchronized void add(long moreLines, long moreBytes) {
        lines += moreLines;
        bytes += moreBytes;
    }

    /** Tells something that stays, above the bar. */
    synchronized void line(String text) {
        out.println((terminal && !quiet ? ERASE : "") + text);
        out.flush();
    }

    private synchronized void draw() {
        if (endNanos != 0) {
            return;
        }
        if (terminal) {
            out.print(ERASE + text());
        } else {
            out.println(text());
        }
        out.flush();
    }

    /** What a look at the progress now shows. */
    synchronized String text() {
        String counts =
                String.format(
                        Locale.ROOT, "%s %,d lines, %s, %,.0f/s", what, lines, size(bytes), rate());
        if (size <= 0) {
            return counts;
        }
        double part = Math.min(1.0, (double) bytes / size);
        int full = (int) (part * BAR);
        double left = part == 0 ? Double.NaN : seconds() * (1 - part) / part;
        return String.format(
                Locale.ROOT,
                "[%s%s] %3.0f%% %s%s",
                "#".repeat(full),
                "-".repeat(BAR - full),
                100 * part,
                counts,
                Double.isNaN(left) ? "" : String.format(Locale.ROOT, ", %.0f s left", left));
    }

    private static String size(long bytes) {
        return bytes < 10_000_000
                ? String.format(Locale.ROOT, "%,d kB", bytes / 1000)
                : String.format(Locale.ROOT, "%,d MB", bytes / 1_000_000);
    }

    synchronized long lines() {
        return lines;
    }

    synchronized long bytes() {
        return bytes;
    }

    synchronized double seconds() {
        long until = endNanos == 0 ? System.nanoTime() : endNanos;
        return Math.max(1, until - startNanos) / 1e9;
    }

    synchronized double rate() {
        return lines / seconds();
    }

    @Override
    public synchronized void close() {
        if (endNanos == 0) {
            endNanos = System.nanoTime();
            ticker.shutdownNow();
            if (terminal && !quiet) {
                out.print(ERASE);
                out.flush();
            }
        }
    }
}
