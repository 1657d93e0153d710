package io.ebla.metaserver.procedure;

import io.ebla.core.time.Clock;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;

/** A clock that stands still until it is told to go on, and what is to happen when. Of one thread. */
final class VirtualTime implements Clock {

    private record Event(long atNanos, long number, Runnable what) {}

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(
                    Comparator.comparingLong(Event::atNanos).thenComparingLong(Event::number));
    private long nowNanos = 1;
    private long number;

    @Override
    public long wallMillis() {
        return 1_700_000_000_000L + TimeUnit.NANOSECONDS.toMillis(nowNanos);
    }

    @Override
    public long monotonicNanos() {
        return nowNanos;
    }

    long millis() {
        return TimeUnit.NANOSECONDS.toMillis(nowNanos);
    }

    void after(long millis, Runnable what) {
        events.add(new Event(nowNanos + TimeUnit.MILLISECONDS.toNanos(millis), number++, what));
    }

    void every(long millis, Runnable what) {
        after(
                millis,
                () -> {
                    what.run();
                    every(millis, what);
                });
    }

    void run(long millis) {
        long until = nowNanos + TimeUnit.MILLISECONDS.toNanos(millis);
        while (!events.isEmpty() && events.peek().atNanos() <= until) {
            Event next = events.poll();
            nowNanos = next.atNanos();
            next.what().run();
        }
        nowNanos = until;
    }
}
