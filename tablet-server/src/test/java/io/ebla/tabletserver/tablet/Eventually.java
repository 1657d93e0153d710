package io.ebla.tabletserver.tablet;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits, with a bound, for what other threads bring about. */
final class Eventually {

    private static final long MOST_SECONDS = 30;

    private Eventually() {}

    static void until(String what, BooleanSupplier holds) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + MOST_SECONDS + " s: " + what);
            }
            LockSupport.parkNanos(500_000);
        }
    }
}
