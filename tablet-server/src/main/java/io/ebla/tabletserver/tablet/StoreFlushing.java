package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.oplog.Oplog;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Frees log (L4): tells the oplog what is durable in the stores, flushes the stores that pin its
 * oldest part once it has grown, and those whose tablet has been idle, so that a restart replays
 * little. One thread, the node's flusher.
 */
final class StoreFlushing {

    private static final Logger LOG = System.getLogger(StoreFlushing.class.getName());

    /** Where a tablet stood when it was last looked at. */
    private record Seen(long appliedIndex, long sinceNanos) {}

    private final Clock clock;
    private final Map<StoreKind, Storage> storages;
    private final HostSettings settings;
    private final Supplier<Collection<LocalReplica>> replicas;
    private final Map<TabletId, Seen> seen = new HashMap<>();
    private final Map<TabletId, Long> released = new HashMap<>();

    StoreFlushing(
            Clock clock,
            Map<StoreKind, Storage> storages,
            HostSettings settings,
            Supplier<Collection<LocalReplica>> replicas) {
        this.clock = clock;
        this.storages = storages;
        this.settings = settings;
        this.replicas = replicas;
    }

    void check() {
        Oplog journal = storages.get(StoreKind.DISK).oplog();
        Set<TabletId> pinning =
                journal.sizeBytes() > settings.flushAboveBytes()
                        ? journal.pinningOldest()
                        : Set.of();
        for (LocalReplica replica : replicas.get()) {
            if (replica.isOpen()
                    && (replica.kind() == StoreKind.MEMORY
                            || pinning.contains(replica.self().tablet())
                            || idle(replica.tablet()))) {
                flush(replica);
            }
        }
    }

    /** Flushes and tells the oplog; a store without room is tried again later. */
    void flush(LocalReplica replica) {
        TabletId id = replica.self().tablet();
        try {
            replica.tablet().store().flush();
            release(replica);
        } catch (RuntimeException failed) {
            LOG.log(Level.WARNING, "flushing tablet {0} failed: {1}", id, failed);
        }
    }

    private void release(LocalReplica replica) {
        TabletId id = replica.self().tablet();
        long flushed = replica.tablet().releasable();
        Long before = released.put(id, flushed);
        // Another index, not a higher one: a replica that was made anew begins below the former
        // one.
        if (flushed > 0 && (before == null || before != flushed)) {
            storages.get(replica.kind()).oplog().release(id, flushed);
        }
    }

    /** Whether it holds unflushed rows and has applied nothing for a while. */
    private boolean idle(Tablet tablet) {
        long applied = tablet.store().applied().index();
        if (applied == tablet.store().flushed().index()) {
            return false;
        }
        long now = clock.monotonicNanos();
        Seen before = seen.get(tablet.id());
        if (before == null || before.appliedIndex() != applied) {
            seen.put(tablet.id(), new Seen(applied, now));
            return false;
        }
        return now - before.sinceNanos() >= settings.idleFlushMillis() * 1_000_000L;
    }
}
