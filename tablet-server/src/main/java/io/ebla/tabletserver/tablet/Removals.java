package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.oplog.Oplog;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Removes replicas that the map calls dropped or retired (L7): nothing is done to it any more, then the log
 * forgets it durably, then its files go. Each step is repeated until it has gone well.
 */
final class Removals {

    private static final Logger LOG = System.getLogger(Removals.class.getName());

    private final Map<StoreKind, Storage> storages;
    private final Orphans orphans;
    private final ReplicaWork work;
    private final Rebuilds rebuilds;
    private final Consumer<TabletId> removed;

    /** @param removed told when nothing is left of a replica */
    Removals(
            Map<StoreKind, Storage> storages,
            ReplicaFiles files,
            ReplicaWork work,
            Rebuilds rebuilds,
            Consumer<TabletId> removed) {
        this.storages = storages;
        this.orphans = files.orphans();
        this.work = work;
        this.rebuilds = rebuilds;
        this.removed = removed;
    }

    /**
     * Begins with what the map calls dropped or retired, and merged tablets that never come; the rest stays.
     */
    void look(ClusterMap map, NodeId self, HeldReplicas held) {
        Map<TabletId, LocalReplica> replicas = held.replicas();
        for (TabletId dropped : map.dropped()) {
            LocalReplica local = replicas.get(dropped);
            if (local != null
                    && !Splits.isMaking(local, held)
                    && !Merges.isMaking(local, held)
                    && held.takeUp(dropped)) {
                drop(local);
            }
        }
        for (LocalReplica merged : Merges.cancelled(map, replicas)) {
            if (held.takeUp(merged.self().tablet())) {
                drop(merged);
            }
        }
        for (MetaApi.Retired retired : map.retired()) {
            LocalReplica local = replicas.get(retired.tablet());
            if (retired.node().equals(self)
                    && local != null
                    && local.self().replica().equals(retired.replica())
                    && held.takeUp(retired.tablet())) {
                drop(local);
            }
        }
        orphans.look(map, held);
    }

    /** Of a replica that nobody else is at, nor will be. */
    private void drop(LocalReplica replica) {
        TabletId tablet = replica.self().tablet();
        Runnable forget =
                () -> rebuilds.stop(tablet, () -> work.run(tablet, () -> forgetLog(replica)));
        if (replica.isOpen()) {
            replica.tablet().pipeline().close(forget);
        } else {
            forget.run();
        }
    }

    private void forgetLog(LocalReplica replica) {
        TabletId tablet = replica.self().tablet();
        storages.get(replica.kind())
                .oplog()
                .drop(
                        tablet,
                        new Oplog.AppendListener() {
                            @Override
                            public void durable() {
                                work.run(tablet, () -> removeFiles(replica));
                            }

                            @Override
                            public void failed(RuntimeException cause) {
                                LOG.log(
                                        Level.ERROR,
                                        "tablet {0} could not be dropped: {1}",
                                        tablet,
                                        cause);
                                work.again(tablet, () -> forgetLog(replica));
                            }
                        });
    }

    /** On a thread that may wait, of a replica that the log has forgotten. */
    void removeFiles(LocalReplica replica) {
        TabletId tablet = replica.self().tablet();
        if (replica.isOpen()) {
            replica.tablet().store().close();
        }
        endRemoval(tablet, replica.kind());
        LOG.log(
                Level.INFO,
                "tablet {0} of table {1} was dropped here, replica {2}",
                tablet,
                replica.self().table(),
                replica.self().replica());
    }

    /** The rest, also of one whose descriptor is gone already: the log says that it was dropped. */
    void endRemoval(TabletId tablet, StoreKind kind) {
        Storage storage = storages.get(kind);
        storage.stores().remove(tablet);
        storage.oplog().forgetDropped(tablet);
        work.passed(tablet);
        removed.accept(tablet);
    }
}
