package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.store.Dividing;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The store of one child in the making: see {@link HeadStarts}. To begin it takes as long as a store takes
 * to be linked and opened, and only {@link #finish} waits for that: what comes meanwhile is left out, and the
 * end is left to whoever is at it.
 */
final class HeadStart {

    private static final Logger LOG = System.getLogger(HeadStart.class.getName());

    /** How far it may be behind, but for the time that following takes. */
    private static final long FOLLOWED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LocalReplica parent;
    private final TabletId child;
    private final Storage storage;
    private final Clock clock;
    private final BooleanSupplier free;
    private final Consumer<HeadStart> whenClosed;

    /** Of whoever is at it. */
    private final ReentrantLock lock = new ReentrantLock();

    private final AtomicBoolean queued = new AtomicBoolean();

    /** Null before it is begun; guarded by the lock. */
    private Dividing dividing;

    /** Never begun from then on; who leaves the lock, or could have it, closes it. */
    private volatile boolean over;

    private volatile long askedNanos;
    private volatile long followedNanos;

    /**
     * @param storage of the parent
     * @param free whether nothing is held of the child here, and nobody is about to make it
     * @param whenClosed told, once at least, when nothing is left of it or it was finished
     */
    HeadStart(
            LocalReplica parent,
            TabletId child,
            Storage storage,
            Clock clock,
            BooleanSupplier free,
            Consumer<HeadStart> whenClosed) {
        this.parent = parent;
        this.child = child;
        this.storage = storage;
        this.clock = clock;
        this.free = free;
        this.whenClosed = whenClosed;
        askedNanos = clock.monotonicNanos();
        followedNanos = askedNanos;
    }

    LocalReplica parent() {
        return parent;
    }

    TabletId child() {
        return child;
    }

    private Tablet tablet() {
        return parent.tablet();
    }

    /** Somebody asks for it: begins it, unless that was done. Whether there is one now. */
    boolean goOn() {
        lock.lock();
        try {
            askedNanos = clock.monotonicNanos();
            if (dividing == null && !over && free.getAsBoolean()) {
                tablet().keepLogAfter(this, tablet().store().flushed().index());
                dividing =
                        storage.stores()
                                .beginDividing(tablet().store(), child, free)
                                .orElse(null);
            }
            if (dividing == null || over) {
                return false;
            }
            follow();
            return true;
        } finally {
            lock.unlock();
            closeIfOver();
        }
    }

    private void follow() {
        long at = dividing.position().index();
        at = AppliedLog.follow(storage.oplog(), tablet(), at, dividing::follow);
        tablet().keepLogAfter(this, at);
        followedNanos = clock.monotonicNanos();
    }

    /** Follows its parent, unless somebody is at it. */
    void catchUp() {
        if (!lock.tryLock()) {
            return;
        }
        try {
            if (dividing != null && !over) {
                follow();
            }
        } finally {
            lock.unlock();
            closeIfOver();
        }
    }

    /** Whether it is to {@link #catchUp}, which nothing comes of while somebody is at it. */
    boolean isBehind() {
        return !lock.isLocked() && clock.monotonicNanos() - followedNanos >= FOLLOWED_NANOS;
    }

    /** Whether it did not stand in the queue of those that time does something to; now it does. */
    boolean queue() {
        return queued.compareAndSet(false, true);
    }

    void leaveQueue() {
        queued.set(false);
    }

    /** Whether somebody has asked for it within a time. */
    boolean wasAsked(long withinNanos) {
        return clock.monotonicNanos() - askedNanos < withinNanos;
    }

    /**
     * Ends it, as the child's store or not, and waits for whoever is at it: nobody is at the child's place
     * afterwards.
     *
     * @return whether the child's store is there
     */
    boolean finish(boolean wanted) {
        lock.lock();
        try {
            boolean finishes = wanted && dividing != null && !over;
            if (finishes) {
                follow();
                dividing.finish();
            }
            return finishes;
        } finally {
            over = true;
            close();
            lock.unlock();
        }
    }

    /** It is not wanted. Does not wait: whoever is at it closes it. */
    void end() {
        over = true;
        closeIfOver();
    }

    private void closeIfOver() {
        if (over && lock.tryLock()) {
            try {
                close();
            } finally {
                lock.unlock();
            }
        }
    }

    private void close() {
        tablet().keepLogNoMore(this);
        try {
            if (dividing != null) {
                dividing.close();
            }
        } catch (RuntimeException stays) {
            LOG.log(Level.WARNING, "the head start of tablet " + child + " stays", stays);
        } finally {
            whenClosed.accept(this);
        }
    }
}
