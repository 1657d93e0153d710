package io.ebla.tabletserver.tablet;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.BooleanSupplier;

/**
 * Virtual time: everything that happens is an event at an instant, events of one instant happen in the order
 * in which they were set down, and chance comes from one seed. One thread.
 */
final class Timeline {

    static final long MILLI = 1_000_000L;

    /** When virtual time begins. */
    static final long BEGINNING_NANOS = 1_000_000_000L;

    /** One thing that will happen. */
    private record Event(long atNanos, long order, Runnable task) {}

    private final Random random;
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(
                    Comparator.comparingLong(Event::atNanos).thenComparingLong(Event::order));
    private long nowNanos = BEGINNING_NANOS;
    private long order;

    Timeline(long seed) {
        random = new Random(seed);
    }

    Random random() {
        return random;
    }

    long nowNanos() {
        return nowNanos;
    }

    /** Has something happen after a while. */
    void after(long nanos, Runnable task) {
        events.add(new Event(nowNanos + Math.max(0, nanos), order++, task));
    }

    /** The next event; false when there is none, which never happens while a node is up. */
    boolean step() {
        Event next = events.poll();
        if (next == null) {
            return false;
        }
        nowNanos = Math.max(nowNanos, next.atNanos());
        next.task().run();
        return true;
    }

    /** Lets virtual time pass. */
    void run(long millis) {
        long until = nowNanos + millis * MILLI;
        while (!events.isEmpty() && events.peek().atNanos() <= until) {
            step();
        }
        nowNanos = until;
    }

    /** Lets time pass until something holds; false when it does not within so many ms. */
    boolean runUntil(BooleanSupplier holds, long mostMillis) {
        long until = nowNanos + mostMillis * MILLI;
        while (!holds.getAsBoolean()) {
            if (events.isEmpty() || events.peek().atNanos() > until) {
                nowNanos = until;
                return holds.getAsBoolean();
            }
            step();
        }
        return true;
    }

    /** A drawn span of time, in nanoseconds. */
    long micros(long least, long most) {
        return (least + (most > least ? random.nextLong(most - least + 1) : 0)) * 1_000L;
    }
}
