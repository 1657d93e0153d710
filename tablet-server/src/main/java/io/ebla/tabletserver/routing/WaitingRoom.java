package io.ebla.tabletserver.routing;

import io.ebla.core.time.Clock;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * Requests that nobody can take at the moment: all are looked at every other millisecond while they are few,
 * in one task that runs only while somebody waits; a hundred times a second when they are many. Bounded; who
 * finds no room is refused. Any thread.
 */
final class WaitingRoom implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(WaitingRoom.class);
    private static final long LOOK_MILLIS = 2;

    /** More than that are looked at every fifth time only: it takes a while. */
    private static final int FEW = 200;

    private static final int MANY_TURNS = 5;

    /** One that waits. Both are called by the looking thread. */
    interface Guest {

        boolean due(long nowNanos);

        /** It has left the room. */
        void go(long nowNanos);
    }

    private final ConcurrentLinkedQueue<Guest> guests = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private final int guestsMax;
    private final Scheduler scheduler;
    private final Clock clock;
    private Disposable looking; // guarded by this
    private long turns;

    WaitingRoom(int guestsMax, Scheduler scheduler, Clock clock) {
        this.guestsMax = guestsMax;
        this.scheduler = scheduler;
        this.clock = clock;
    }

    /** False when there is no room. */
    boolean enter(Guest guest) {
        if (count.incrementAndGet() > guestsMax) {
            count.decrementAndGet();
            return false;
        }
        guests.add(guest);
        synchronized (this) {
            if (looking == null) {
                looking =
                        scheduler.schedulePeriodically(
                                this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
            }
        }
        return true;
    }

    int count() {
        return count.get();
    }

    private void look() {
        if (turns++ % MANY_TURNS != 0 && count.get() > FEW) {
            return;
        }
        long now = clock.monotonicNanos();
        for (int left = count.get(); left > 0; left--) {
            Guest guest = guests.poll();
            if (guest == null) {
                break;
            }
            look(guest, now);
        }
        synchronized (this) {
            if (count.get() == 0 && looking != null) {
                looking.dispose();
                looking = null;
            }
        }
    }

    private void look(Guest guest, long now) {
        if (!guest.due(now)) {
            guests.add(guest);
            return;
        }
        count.decrementAndGet();
        try {
            guest.go(now);
        } catch (RuntimeException fault) {
            LOG.error("event=waiting_request_failed", fault);
        }
    }

    @Override
    public synchronized void close() {
        if (looking != null) {
            looking.dispose();
        }
    }
}
