package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Stores of children that are opened before their parent is split, and follow it meanwhile: so that nothing
 * is linked or opened while nobody serves. They are a head start and no more. Where one is missing, fails, or
 * does not stand where the parent ended, the child is made of the parent's files after the split; one of a
 * split that was cancelled, or never comes, goes.
 *
 * <p>One is begun only while nobody is at the child, which is looked at when nobody else can take its place
 * any more, and it stands in the map before: so whoever makes the child finds it, and waits for what it is
 * at. Once closed it is never begun. Nobody else waits for one but who asks for it again. Any thread that may
 * wait.
 */
final class HeadStarts {

    private static final Logger LOG = System.getLogger(HeadStarts.class.getName());

    private final Map<StoreKind, Storage> storages;
    private final Executor threads;
    private final Clock clock;
    private final Function<TabletId, LocalReplica> replicas;
    private final Predicate<TabletId> free;
    private final Map<TabletId, HeadStart> begun = new ConcurrentHashMap<>();

    /** @param free whether nothing is held of a tablet here, and nobody is about to make it */
    HeadStarts(
            Map<StoreKind, Storage> storages,
            Executor threads,
            Clock clock,
            Function<TabletId, LocalReplica> replicas,
            Predicate<TabletId> free) {
        this.storages = storages;
        this.threads = threads;
        this.clock = clock;
        this.replicas = replicas;
        this.free = free;
    }

    /**
     * Begins the stores of a tablet's children, or goes on with them. It may be split as well without.
     *
     * @param children the lower one first
     */
    void give(LocalReplica parent, List<TabletId> children) {
        TabletId low = children.get(0);
        for (TabletId child : children) {
            HeadStart start = begun.computeIfAbsent(child, id -> of(parent, id, low));
            boolean goes = false;
            try {
                goes = start.parent() == parent && start.goOn();
            } catch (RuntimeException failed) {
                LOG.log(Level.INFO, "tablet {0} has no head start: {1}", child, failed);
            }
            if (!goes) {
                start.end();
            }
        }
    }

    private HeadStart of(LocalReplica parent, TabletId child, TabletId low) {
        return new HeadStart(
                parent,
                child,
                low,
                storages.get(parent.kind()),
                clock,
                () -> free.test(child),
                closed -> begun.remove(child, closed));
    }

    /** Whether a child has one, which may still turn out to be none. */
    boolean has(TabletId child) {
        return begun.containsKey(child);
    }

    /**
     * Ends the store of a child where its parent, which was split, has ended; false where it is to be made.
     */
    boolean finish(LocalReplica parent, TabletId child) {
        HeadStart start = begun.get(child);
        if (start == null) {
            return false;
        }
        try {
            return start.finish(start.parent() == parent);
        } catch (RuntimeException failed) {
            LOG.log(Level.WARNING, "tablet {0} is made without its head start: {1}", child, failed);
            return false;
        }
    }

    /** Time passes: what nobody has come for goes, and the others follow their parents. */
    void check() {
        for (HeadStart start : begun.values()) {
            TabletId parent = start.parent().self().tablet();
            boolean wanted = start.isWanted(replicas.apply(parent));
            if ((!wanted || start.isBehind()) && start.queue()) {
                threads.execute(() -> goOn(start, wanted));
            }
        }
    }

    private static void goOn(HeadStart start, boolean wanted) {
        try {
            if (wanted) {
                start.catchUp();
            } else {
                start.end();
            }
        } catch (RuntimeException failed) {
            LOG.log(
                    Level.INFO,
                    "tablet {0} has no head start any more: {1}",
                    start.child(),
                    failed);
            start.end();
        } finally {
            start.leaveQueue();
        }
    }
}
