package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.Outcome;
import io.ebla.core.failpoint.FailPoints;
import io.ebla.core.failpoint.NodeMoment;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.replication.SnapshotSource;
import io.ebla.tabletserver.store.Installation;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * The replicas of this node whose stores come from other nodes (L5): at most one {@link Rebuild} a tablet,
 * and the steps from a whole new store to a replica that serves from it.
 *
 * <pre>
 *   fetched whole    the replica is taken up, so that nobody else opens or removes it
 *   quiet            nothing is on its way to its log or store
 *   log restarted    durably: from here on the old store counts no more
 *   closed, moved    the new store takes the old one's place, and is opened
 * </pre>
 *
 * Up to the third any failure leaves the old replica; only after a failed sync nobody knows whether the log
 * restarts, so both stores stay for the next start to choose ({@code settle}). Any thread.
 */
final class Rebuilds {

    private static final Logger LOG = System.getLogger(Rebuilds.class.getName());

    /** Who keeps the replicas. */
    interface Keeper {

        /** Takes up a replica for a replacement; false if it is not that one any more, or taken up. */
        boolean takeUp(LocalReplica replica);

        /** Lets go of a replica that is as it was. */
        void letGo(LocalReplica replica);

        /** Opens, in its place, one whose store was replaced. */
        void reopen(LocalReplica replica);

        /** Asks, and has the answer, while nobody takes it up: false unless the replica is free. */
        boolean ifFree(LocalReplica replica, BooleanSupplier then);
    }

    private final Map<StoreKind, Storage> storages;
    private final ReplicaWork work;
    private final Clock clock;
    private final Keeper keeper;
    private final Map<TabletId, Rebuild> running = new ConcurrentHashMap<>();

    Rebuilds(Map<StoreKind, Storage> storages, ReplicaWork work, Clock clock, Keeper keeper) {
        this.storages = storages;
        this.work = work;
        this.clock = clock;
        this.keeper = keeper;
    }

    /** Begins to fetch an open replica's store from another node, or goes on with that. */
    void begin(LocalReplica local, NodeId from, SnapshotSource source) {
        TabletId tablet = local.self().tablet();
        Rebuild rebuild =
                new Rebuild(
                        tablet,
                        local.self().replica(),
                        from,
                        clock.wallMillis(),
                        work.threads(),
                        new Replacing(local));
        boolean begins =
                source != null
                        && keeper.ifFree(local, () -> running.putIfAbsent(tablet, rebuild) == null);
        if (begins) {
            rebuild.begin(source, () -> storages.get(local.kind()).stores().install(tablet));
        } else {
            local.tablet().pipeline().notReplaced();
        }
    }

    /** Gives up what is under way for a tablet, then runs the task. */
    void stop(TabletId tablet, Runnable then) {
        Rebuild rebuild = running.get(tablet);
        if (rebuild == null) {
            then.run();
        } else {
            rebuild.stop(then);
        }
    }

    /** What is under way for a tablet, or null. */
    MetaApi.Rebuilding underWay(TabletId tablet) {
        Rebuild rebuild = running.get(tablet);
        return rebuild == null ? null : rebuild.figures();
    }

    /** The steps from a whole new store to a replica that serves from it. */
    private final class Replacing implements Rebuild.Ending {
        private final LocalReplica local;
        private final TabletId tablet;
        private final Storage storage;
        private final WritePipeline pipeline;

        private Replacing(LocalReplica local) {
            this.local = local;
            this.tablet = local.self().tablet();
            this.storage = storages.get(local.kind());
            this.pipeline = local.tablet().pipeline();
        }

        @Override
        public void failed() {
            running.remove(tablet);
            pipeline.notReplaced();
        }

        @Override
        public void complete(Installation installation, Installation.Position position) {
            if (!keeper.takeUp(local)) {
                installation.abort();
                failed();
                return;
            }
            pipeline.replaceStore(
                    position.index(),
                    () -> restartLog(installation, position),
                    () -> work.run(tablet, () -> giveUp(installation)));
        }

        private void restartLog(Installation installation, Installation.Position position) {
            Oplog.AppendListener switched =
                    new Oplog.AppendListener() {
                        @Override
                        public void durable() {
                            pipeline.close(
                                    () -> work.run(tablet, () -> take(installation, position)));
                        }

                        @Override
                        public void failed(RuntimeException cause) {
                            LOG.log(
                                    Level.WARNING,
                                    "tablet {0}: its log does not restart at entry {1}: {2}",
                                    tablet,
                                    position.index(),
                                    cause);
                            if (!isUnknown(cause)) {
                                work.run(tablet, () -> giveUp(installation));
                            }
                        }
                    };
            try {
                storage.oplog().restart(tablet, position.epoch(), position.index(), switched);
            } catch (EblaException refused) {
                switched.failed(refused);
            }
        }

        /** The disk failed, and the process ends: until then nobody is to touch log or stores. */
        private static boolean isUnknown(RuntimeException cause) {
            return cause instanceof EblaException failed
                    && failed.outcome().equals(Optional.of(Outcome.UNKNOWN));
        }

        private void giveUp(Installation installation) {
            installation.abort();
            failed();
            keeper.letGo(local);
        }

        /** Repeated as a whole if it fails; what is closed or moved already is not again. */
        private void take(Installation installation, Installation.Position position) {
            local.tablet().store().close();
            installation.finish();
            FailPoints.reached(NodeMoment.STORE_REPLACED);
            LOG.log(
                    Level.INFO,
                    "tablet {0} was rebuilt from a snapshot at entry {1}",
                    tablet,
                    position.index());
            running.remove(tablet);
            keeper.reopen(local);
        }
    }
}
