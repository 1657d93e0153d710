package io.ebla.clustertest.process;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits for what another process does: asks again and again until it is so or the deadline has passed. */
public final class Eventually {

    private static final long PAUSE_MILLIS = 10;

    private Eventually() {}

    /** Whether it came true in time. */
    public static boolean happens(Duration deadline, BooleanSupplier event) {
        long endNanos = System.nanoTime() + deadline.toNanos();
        while (!event.getAsBoolean()) {
            if (System.nanoTime() > endNanos) {
                return false;
            }
            pause(Duration.ofMillis(PAUSE_MILLIS));
        }
        return true;
    }

    /** Lets the other process run for a while. */
    public static void pause(Duration duration) {
        try {
            TimeUnit.NANOSECONDS.sleep(duration.toNanos());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", interrupted);
        }
    }
}
