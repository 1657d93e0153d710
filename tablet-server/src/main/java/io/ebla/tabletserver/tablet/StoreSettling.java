package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.store.TabletStore;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Has the stores that splits made brought in order, one after the other, in the background: what that writes
 * is bounded by the node's limit for background work, and no two take room at once. All are counted first,
 * for what is not counted cannot be copied. A count takes a part of one processor, and requests have the
 * rest. One that fails waits, and the others go on.
 *
 * <p>Trims are short, and wait for none of that: what a store compacts before is its sibling's as well. One
 * is at a time, and nothing else is done to that store, but that it is relieved.
 */
final class StoreSettling {

    private static final Logger LOG = System.getLogger(StoreSettling.class.getName());

    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** One that is written to may never rest: the next store waits no longer for it. */
    private static final long COMPACTED_NANOS_MAX = TimeUnit.SECONDS.toNanos(10);

    /** Rows that are counted together: a few milliseconds. */
    private static final int COUNT_AT_ONCE = 2_000;

    private final Executor threads;
    private final Clock clock;
    private final Supplier<Collection<Tablet>> tablets;
    private final AtomicBoolean trimming = new AtomicBoolean();
    private final AtomicBoolean settling = new AtomicBoolean();
    private final Map<TabletId, Long> failedAtNanos = new ConcurrentHashMap<>();

    /** The last one that was settled, whose compactions began with that. */
    private volatile Settled last;

    private record Settled(TabletStore store, long atNanos) {}

    /** @param threads two, one of which may be held for as long as a compaction takes */
    StoreSettling(Executor threads, Clock clock, Supplier<? extends Collection<Tablet>> tablets) {
        this.threads = threads;
        this.clock = clock;
        this.tablets = tablets::get;
    }

    /** Takes up what is due next, unless something is under way. */
    void check() {
        begin(trimming, store -> !store.trimmed(), TabletStore::trim);
        relieve();
        if (!begin(settling, store -> store.trimmed() && !store.counted(), this::count)
                && !compactsStill()) {
            begin(settling, store -> store.trimmed() && !store.settled(), TabletStore::settle);
        }
    }

    /** Whether what compacts behind the last settled store goes on. */
    private boolean compactsStill() {
        Settled before = last;
        if (before == null) {
            return false;
        }
        boolean still = clock.monotonicNanos() - before.atNanos() < COMPACTED_NANOS_MAX;
        try {
            still = still && before.store().compacts();
        } catch (RuntimeException closed) {
            still = false;
        }
        last = still ? before : null;
        return still;
    }

    /** What waits to be settled takes writes meanwhile. */
    private void relieve() {
        for (Tablet tablet : tablets.get()) {
            try {
                if (!tablet.store().settled()) {
                    tablet.store().relieve();
                }
            } catch (RuntimeException failed) {
                LOG.log(Level.DEBUG, "tablet {0} goes on as it is: {1}", tablet.id(), failed);
            }
        }
    }

    /** How many open stores are not in order yet. Any thread. */
    int unsettled() {
        int unsettled = 0;
        for (Tablet tablet : tablets.get()) {
            unsettled += tablet.store().settled() ? 0 : 1;
        }
        return unsettled;
    }

    /** What is under way ends soon, and nothing else begins: the node ends. */
    void stop() {
        tablets.get().forEach(tablet -> tablet.store().stopSettling());
    }

    private Tablet first(Predicate<TabletStore> due) {
        long now = clock.monotonicNanos();
        for (Tablet tablet : tablets.get()) {
            Long failed = failedAtNanos.get(tablet.id());
            boolean waits = failed != null && now - failed < PAUSE_NANOS;
            if (!waits && due.test(tablet.store())) {
                return tablet;
            }
        }
        return null;
    }

    private interface Step {

        void take(TabletStore store);
    }

    /** Whether something of that kind is under way now. */
    private boolean begin(AtomicBoolean underWay, Predicate<TabletStore> due, Step step) {
        if (underWay.get()) {
            return true;
        }
        Tablet tablet = first(due);
        if (tablet != null && underWay.compareAndSet(false, true)) {
            try {
                threads.execute(() -> take(underWay, tablet, step));
            } catch (RejectedExecutionException closing) {
                underWay.set(false);
            }
        }
        return tablet != null;
    }

    private void take(AtomicBoolean underWay, Tablet tablet, Step step) {
        try {
            step.take(tablet.store());
            failedAtNanos.remove(tablet.id());
            if (tablet.store().settled()) {
                last = new Settled(tablet.store(), clock.monotonicNanos());
                LOG.log(Level.INFO, "the store of tablet {0} is in order", tablet.id());
            }
        } catch (RuntimeException failed) {
            failedAtNanos.put(tablet.id(), clock.monotonicNanos());
            LOG.log(
                    Level.WARNING,
                    "the store of tablet {0} is not in order yet: {1}",
                    tablet.id(),
                    failed);
        } finally {
            underWay.set(false);
        }
    }

    private void count(TabletStore store) {
        Pace pace = new Pace(clock);
        while (!store.count(COUNT_AT_ONCE)) {
            pace.rest();
        }
    }
}
