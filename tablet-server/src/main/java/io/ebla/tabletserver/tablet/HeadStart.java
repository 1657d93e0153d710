package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.store.Dividing;
import io.ebla.tabletserver.store.TabletStore;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The store of one child in the making: see {@link HeadStarts}. To begin it takes as long as a store takes
 * to be linked and opened. {@link #finish} waits for that, and so does who asks for it again, for its parent
 * is about to be split: what time does is left out meanwhile, and the end is left to whoever is at it.
 */
final class HeadStart {

    private static final Logger LOG = System.getLogger(HeadStart.class.getName());

    /** What nobody asked for in so long is not wanted any more, unless its parent has ended. */
    private static final long FORGOTTEN_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** How far it may be behind, but for the time that following takes. */
    private static final long FOLLOWED_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /** Memory from which on it is flushed: what is left of that is written while nobody serves. */
    private static final long UNFLUSHED_BYTES_MAX = 8 << 20;

    private final LocalReplica parent;
    private final TabletId child;
    private final TabletId low;
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
     * @param low the lower child of the split, by which its log calls it cancelled
     * @param storage of the parent
     * @param free whether nothing is held of the child here, and nobody is about to make it
     * @param whenClosed told, once at least, when nothing is left of it or it was finished
     */
    HeadStart(
            LocalReplica parent,
            TabletId child,
            TabletId low,
            Storage storage,
            Clock clock,
            BooleanSupplier free,
            Consumer<HeadStart> whenClosed) {
        this.parent = parent;
        this.child = child;
        this.low = low;
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

    /**
     * Somebody asks for it, and may be about to split its parent: begins it, unless that was done, and
     * flushes it. Whether there is one now.
     */
    boolean goOn() {
        lock.lock();
        try {
            askedNanos = clock.monotonicNanos();
            boolean there = !over && mayCome() && hasRoom() && begin();
            if (!there || over) {
                return false;
            }
            follow();
            dividing.flush();
            return true;
        } finally {
            lock.unlock();
            closeIfOver();
        }
    }

    /** Unless that was done; takes long. Whether it is begun now. */
    private boolean begin() {
        if (dividing == null && free.getAsBoolean()) {
            TabletStore store = tablet().store();
            tablet().keepLogAfter(this, store.flushed().index());
            dividing = storage.stores().beginDividing(store, child, free).orElse(null);
        }
        return dividing != null;
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
                flushIfLarge();
            }
        } finally {
            lock.unlock();
            closeIfOver();
        }
    }

    /** Each flush makes a file of level 0: not so often as it follows. */
    private void flushIfLarge() {
        if (dividing.unflushedBytes() >= UNFLUSHED_BYTES_MAX) {
            dividing.flush();
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

    /** Of one whose parent has not ended: whether it was asked for of late, and its split may come. */
    private boolean isAwaited() {
        return mayCome() && clock.monotonicNanos() - askedNanos < FORGOTTEN_NANOS;
    }

    private boolean mayCome() {
        return tablet().store().cancelledSplit() < low.value();
    }

    /** For a second store, and for the log that is kept for it. */
    private boolean hasRoom() {
        return !storage.oplog().crowded();
    }

    /** @param now the replica of the parent's tablet, null if there is none any more */
    boolean isWanted(LocalReplica now) {
        return now == parent
                && hasRoom()
                && tablet().store()
                        .division()
                        .map(ended -> ended.isChild(child))
                        .orElseGet(this::isAwaited);
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
