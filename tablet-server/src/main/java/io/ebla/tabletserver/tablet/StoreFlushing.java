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
    private final Oplog oplog;
    private final HostSettings settings;
    private final Supplier<Collection<LocalReplica>> replicas;
    private final Map<TabletId, Seen> seen = new HashMap<>();
    private final Map<TabletId, Long> released = new HashMap<>();

    StoreFlushing(
            Clock clock,
            Oplog oplog,
            HostSettings settings,
            Supplier<Collection<LocalReplica>> replicas) {
        this.clock = clock;
        this.oplog = oplog;
        this.settings = settings;
        this.replicas = replicas;
    }

    void check() {
        boolean large = oplog.sizeBytes() > settings.flushAboveBytes();
        var pinning = large ? oplog.pinningOldest() : java.util.Set.<TabletId>of();
        for (LocalReplica replica : replicas.get()) {
            if (replica.isOpen() && replica.kind() == StoreKind.DISK) {
                if (pinning.contains(replica.self().tablet()) || idle(replica.tablet())) {
                    flush(replica.tablet());
                }
                release(replica.tablet());
            }
        }
    }

    /** Flushes and tells the oplog; a store without room is tried again later. */
    void flush(Tablet tablet) {
        try {
            tablet.store().flush();
        } catch (RuntimeException failed) {
            LOG.log(Level.WARNING, "flushing tablet {0} failed: {1}", tablet.id(), failed);
        }
    }

    void release(Tablet tablet) {
        long flushed = tablet.store().flushed().index();
        Long before = released.put(tablet.id(), flushed);
        if (flushed > 0 && (before == null || before < flushed)) {
            oplog.release(tablet.id(), flushed);
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
