package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.store.Dividing;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Stores of children that are opened before their parent is split, and follow it meanwhile: so that nothing is linked
 * or opened while nobody serves. They are a head start and no more. Where one is missing, fails, or does not stand where
 * the parent ended, the child is made of the parent's files after the split; one of a split that never comes goes. Any
 * thread that may wait.
 */
final class HeadStarts {

    private static final Logger LOG = System.getLogger(HeadStarts.class.getName());

    /** What nobody asked for in so long is not wanted any more, unless its parent has ended. */
    private static final long FORGOTTEN_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final class HeadStart {

        private final LocalReplica parent;
        private final TabletId child;

        /** Null before it is begun and where nothing is gained by it; guarded by this. */
        private Dividing dividing;

        private volatile long askedNanos;

        private HeadStart(LocalReplica parent, TabletId child) {
            this.parent = parent;
            this.child = child;
        }

        private Storage storage() {
            return storages.get(parent.kind());
        }

        private Tablet tablet() {
            return parent.tablet();
        }

        private synchronized void goOn() {
            askedNanos = clock.monotonicNanos();
            if (dividing == null) {
                tablet().keepLogAfter(this, tablet().store().flushed().index());
                dividing = storage().stores().beginDividing(tablet().store(), child).orElse(null);
            }
            if (dividing != null) {
                follow();
            }
        }

        private void follow() {
            long at = dividing.position().index();
            at = AppliedLog.follow(storage().oplog(), tablet(), at, dividing::follow);
            tablet().keepLogAfter(this, at);
        }

        private synchronized boolean finish() {
            if (dividing == null) {
                return false;
            }
            follow();
            dividing.finish();
            return true;
        }

        private synchronized void close() {
            tablet().keepLogNoMore(this);
            if (dividing != null) {
                dividing.close();
            }
        }

        private boolean wanted() {
            boolean asked = clock.monotonicNanos() - askedNanos < FORGOTTEN_NANOS;
            return replicas.apply(tablet().id()) == parent
                    && !storage().oplog().crowded()
                    && (asked || tablet().pipeline().splitting().isSplit());
        }
    }

    private final Map<StoreKind, Storage> storages;
    private final Executor threads;
    private final Clock clock;
    private final Function<TabletId, LocalReplica> replicas;
    private final Map<TabletId, HeadStart> begun = new ConcurrentHashMap<>();

    HeadStarts(
            Map<StoreKind, Storage> storages,
            Executor threads,
            Clock clock,
            Function<TabletId, LocalReplica> replicas) {
        this.storages = storages;
        this.threads = threads;
        this.clock = clock;
        this.replicas = replicas;
    }

    /** Begins the stores of a tablet's children, or goes on with them. It may be split as well without. */
    void give(LocalReplica parent, List<TabletId> children) {
        for (TabletId child : children) {
            try {
                begun.computeIfAbsent(child, id -> new HeadStart(parent, id)).goOn();
            } catch (RuntimeException failed) {
                LOG.log(Level.INFO, "tablet {0} has no head start: {1}", child, failed);
                drop(child);
            }
        }
    }

    /** Whether a child has one, which may still turn out to be none. */
    boolean has(TabletId child) {
        return begun.containsKey(child);
    }

    /** Ends the store of a child where its parent, which was split, has ended; false where it is to be made. */
    boolean finish(LocalReplica parent, TabletId child) {
        HeadStart start = begun.get(child);
        try {
            return start != null && start.parent == parent && start.finish();
        } catch (RuntimeException failed) {
            LOG.log(Level.WARNING, "tablet {0} is made without its head start: {1}", child, failed);
            return false;
        } finally {
            drop(child);
        }
    }

    /** Time passes: what nobody has come for goes. */
    void check() {
        begun.forEach(
                (child, start) -> {
                    if (!start.wanted()) {
                        threads.execute(() -> drop(child));
                    }
                });
    }

    private void drop(TabletId child) {
        HeadStart start = begun.remove(child);
        if (start == null) {
            return;
        }
        try {
            start.close();
        } catch (RuntimeException stays) {
            LOG.log(Level.WARNING, "the head start of tablet " + child + " stays", stays);
        }
    }
}
