package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.failpoint.FailPoints;
import io.ebla.core.failpoint.NodeMoment;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.store.TabletStore;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;

/**
 * Makes and opens replicas: descriptor first, then log and store. One that cannot be opened is told as
 * refused; if the reason may pass it is opened again after a while, and if its log is damaged it never is
 * (L3). On threads that may wait.
 */
final class Openings {

    private static final Logger LOG = System.getLogger(Openings.class.getName());

    /** Who keeps the replicas. */
    interface Keeper {

        /** A replica was opened or refused. */
        void opened(TabletId tablet, LocalReplica replica);

        /** Takes up a replica that was refused, to open it again; false if that is not due any more. */
        boolean takeUpRefused(TabletId tablet);
    }

    private final Map<StoreKind, Storage> storages;
    private final ReplicaFiles files;
    private final TabletFactory factory;
    private final ReplicaWork work;
    private final Keeper keeper;

    Openings(
            Map<StoreKind, Storage> storages,
            ReplicaFiles files,
            TabletFactory factory,
            ReplicaWork work,
            Keeper keeper) {
        this.storages = storages;
        this.files = files;
        this.factory = factory;
        this.work = work;
        this.keeper = keeper;
    }

    /**
     * A replica that was never here (E10). Before anybody hears of it the log knows it too: else the record
     * that dropped another of its tablet would take its files at the next start (L7).
     */
    void create(ReplicaFiles.Replica replica, StoreKind kind) {
        TabletId tablet = replica.tablet();
        if (kind == StoreKind.DISK) {
            storages.get(kind).stores().discardHalfMade(tablet);
            files.write(replica);
        }
        storages.get(kind)
                .oplog()
                .begin(
                        tablet,
                        new Oplog.AppendListener() {
                            @Override
                            public void durable() {
                                work.run(tablet, () -> open(replica, kind, false));
                            }

                            @Override
                            public void failed(RuntimeException cause) {
                                LOG.log(
                                        Level.ERROR,
                                        "tablet {0} could not be made: {1}",
                                        tablet,
                                        cause);
                                work.again(tablet, () -> create(replica, kind));
                            }
                        });
    }

    /** @param held whether the node held it before, rather than makes it now */
    void open(ReplicaFiles.Replica replica, StoreKind kind, boolean held) {
        TabletId tablet = replica.tablet();
        LocalReplica opened;
        try {
            Tablet made = openTablet(replica, storages.get(kind), held);
            if (made == null) {
                beginLog(replica, kind, held);
                return;
            }
            opened = LocalReplica.open(replica, kind, made);
            work.passed(tablet);
        } catch (EblaException refused) {
            LOG.log(Level.ERROR, "tablet {0} is not served: {1}", tablet, refused);
            opened = LocalReplica.refused(replica, kind, refused);
            if (refused.code() == ErrorCode.CORRUPTED) {
                storages.get(kind).oplog().corrupt(tablet);
            } else {
                openAgain(replica, kind, held);
            }
        } catch (RuntimeException failed) {
            LOG.log(Level.ERROR, "tablet " + tablet + " does not open", failed);
            opened =
                    LocalReplica.refused(
                            replica,
                            kind,
                            new EblaException(
                                    ErrorCode.INTERNAL, "tablet " + tablet + " does not open"));
            openAgain(replica, kind, held);
        }
        keeper.opened(tablet, opened);
    }

    /** A replica whose store was made here, and begins there: opened once its log has begun. */
    void begin(ReplicaFiles.Replica replica, StoreKind kind, TabletStore.Applied at) {
        beginLog(replica, kind, false, at);
    }

    /** As a kill left it before its log began; the store says where that is. */
    private void beginLog(ReplicaFiles.Replica replica, StoreKind kind, boolean held) {
        TabletStore.Applied begin;
        try (TabletStore store = storages.get(kind).stores().open(replica.tablet())) {
            begin = store.applied();
        }
        beginLog(replica, kind, held, begin);
    }

    /**
     * The log of a child begins where its parent's ended (R3): the store is there, so what it holds was
     * committed, and nothing was ever logged behind it.
     */
    private void beginLog(
            ReplicaFiles.Replica replica, StoreKind kind, boolean held, TabletStore.Applied begin) {
        TabletId tablet = replica.tablet();
        Oplog.AppendListener begun =
                new Oplog.AppendListener() {
                    @Override
                    public void durable() {
                        FailPoints.reached(NodeMoment.LOG_BEGUN);
                        work.run(tablet, () -> open(replica, kind, held));
                    }

                    @Override
                    public void failed(RuntimeException cause) {
                        LOG.log(
                                Level.ERROR,
                                "the log of tablet {0} does not begin: {1}",
                                tablet,
                                cause);
                        work.again(tablet, () -> open(replica, kind, held));
                    }
                };
        try {
            storages.get(kind).oplog().restart(tablet, begin.epoch(), begin.index(), begun);
        } catch (EblaException refused) {
            begun.failed(refused);
        }
    }

    private void openAgain(ReplicaFiles.Replica replica, StoreKind kind, boolean held) {
        TabletId tablet = replica.tablet();
        work.later(
                tablet,
                () -> {
                    if (keeper.takeUpRefused(tablet)) {
                        work.run(tablet, () -> open(replica, kind, held));
                    }
                });
    }

    /** Null when its log has to begin first. */
    private Tablet openTablet(ReplicaFiles.Replica replica, Storage storage, boolean held) {
        Oplog oplog = storage.oplog();
        if (replica.replica().equals(ReplicaId.UNREADABLE)) {
            throw new EblaException(
                    ErrorCode.CORRUPTED,
                    "the descriptor of tablet " + replica.tablet() + " is damaged");
        }
        boolean forgotten = held && oplog.forgetful() && oplog.tail(replica.tablet()).isEmpty();
        if (forgotten || oplog.corrupted().contains(replica.tablet())) {
            throw new EblaException(
                    ErrorCode.CORRUPTED,
                    "the log of tablet " + replica.tablet() + " is damaged; it is not served");
        }
        boolean unheard = oplog.tail(replica.tablet()).isEmpty();
        long logBase = oplog.tail(replica.tablet()).map(tail -> tail.firstIndex() - 1).orElse(0L);
        storage.stores().settle(replica.tablet(), logBase);
        TabletStore store = storage.stores().open(replica.tablet());
        if (unheard && !store.settled() && store.applied().index() > 0) {
            store.close();
            return null;
        }
        try {
            return factory.open(replica.tablet(), replica.range(), oplog, store);
        } catch (RuntimeException failed) {
            store.close();
            throw failed;
        }
    }
}
