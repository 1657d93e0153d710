package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.replication.SnapshotSource;
import io.ebla.tabletserver.store.Installation;
import io.ebla.tabletserver.store.TabletStore;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * The replicas of this node, brought step by step to what the newest map says.
 *
 * <p>A replica that is on disk is opened. One that the map names and the disk does not hold is made
 * empty only if it was never reported open (E10); a replica in memory may always be, for a restart is
 * what loses it (L6). One that the map calls dropped is forgotten by the log first and removed then;
 * one that the map merely does not mention is left alone (L7). A mastership is taken up only if it
 * names this incarnation (E1). A step that fails for a reason that may pass is tried again.
 *
 * <p>The monitor guards the decisions, never a disk: openers do the work and come back.
 */
final class LocalReplicas {

    private static final Logger LOG = System.getLogger(LocalReplicas.class.getName());

    private final NodeId self;
    private final Incarnation incarnation;
    private final Map<StoreKind, Storage> storages;
    private final ReplicaFiles files;
    private final TabletFactory factory;
    private final Executor openers;
    private final Clock clock;
    private final Retries retries = new Retries();
    private final TabletDirectory directory;
    private final Map<TabletId, LocalReplica> replicas = new ConcurrentHashMap<>();

    /** Tablets that an opener is at. */
    private final Set<TabletId> busy = new HashSet<>();

    /** Replicas found on disk that an opener is at. */
    private final Map<TabletId, ReplicaFiles.Replica> opening = new HashMap<>();

    private volatile ClusterMap map;
    private volatile Runnable unreported = () -> {};

    LocalReplicas(
            NodeId self,
            Incarnation incarnation,
            Map<StoreKind, Storage> storages,
            ReplicaFiles files,
            TabletFactory factory,
            Executor openers,
            Clock clock,
            TabletDirectory directory) {
        this.self = self;
        this.incarnation = incarnation;
        this.storages = storages;
        this.files = files;
        this.factory = factory;
        this.openers = openers;
        this.clock = clock;
        this.directory = directory;
    }

    /** Opens what the disk holds, without waiting for a map: several at a time. */
    void openHeld() {
        List<ReplicaFiles.Replica> found = files.list();
        Set<TabletId> dropped = storages.get(StoreKind.DISK).oplog().dropped();
        synchronized (this) {
            for (ReplicaFiles.Replica replica : found) {
                busy.add(replica.tablet());
                opening.put(replica.tablet(), replica);
                if (dropped.contains(replica.tablet())) {
                    LocalReplica dead =
                            LocalReplica.refused(
                                    replica,
                                    StoreKind.DISK,
                                    new EblaException(
                                            ErrorCode.NO_MASTER,
                                            "tablet " + replica.tablet() + " was dropped"));
                    work(replica.tablet(), () -> remove(dead));
                } else {
                    work(replica.tablet(), () -> open(replica, StoreKind.DISK, true));
                }
            }
        }
    }

    /** Tries again what failed and is due. */
    void retry() {
        retries.due(clock.monotonicNanos()).forEach(Runnable::run);
    }

    synchronized void update(ClusterMap newer) {
        if (map == null || newer.newerThan(map)) {
            map = newer;
            reconcile();
        }
    }

    /** The replica of a tablet, or null while none was opened or refused. */
    LocalReplica of(TabletId tablet) {
        return replicas.get(tablet);
    }

    /** The tablet if it is open, else null. */
    Tablet open(TabletId tablet) {
        LocalReplica replica = replicas.get(tablet);
        return replica == null ? null : replica.tablet();
    }

    List<Tablet> allOpen() {
        List<Tablet> open = new ArrayList<>();
        for (LocalReplica replica : replicas.values()) {
            if (replica.isOpen()) {
                open.add(replica.tablet());
            }
        }
        return open;
    }

    /** Whether a replica of a tablet is being opened or made. */
    synchronized boolean isBusy(TabletId tablet) {
        return busy.contains(tablet);
    }

    Collection<LocalReplica> all() {
        return replicas.values();
    }

    void onUnreported(Runnable listener) {
        unreported = listener;
    }

    /** What the node holds, opened or still being opened. */
    synchronized List<MetaApi.Holding> holdings() {
        Map<TabletId, MetaApi.Holding> holdings = new HashMap<>();
        for (ReplicaFiles.Replica replica : opening.values()) {
            holdings.put(
                    replica.tablet(), new MetaApi.Holding(replica.tablet(), replica.replica()));
        }
        for (LocalReplica replica : replicas.values()) {
            holdings.put(replica.self().tablet(), replica.holding());
        }
        return List.copyOf(holdings.values());
    }

    synchronized List<MetaApi.Holding> openedUnreported() {
        List<MetaApi.Holding> opened = new ArrayList<>();
        if (map != null) {
            for (TabletDescriptor tablet : map.tablets()) {
                LocalReplica local = replicas.get(tablet.id());
                if (local != null && local.isOpen()) {
                    tablet.replicaOn(self)
                            .filter(named -> !named.opened())
                            .filter(named -> named.id().equals(local.self().replica()))
                            .ifPresent(named -> opened.add(local.holding()));
                }
            }
        }
        return opened;
    }

    synchronized List<TabletId> droppedUnreported() {
        return map == null
                ? List.of()
                : map.dropped().stream()
                        .filter(id -> !replicas.containsKey(id) && !busy.contains(id))
                        .toList();
    }

    /** Replicas that the map lists as retired and of which nothing is held here any more. */
    synchronized List<MetaApi.Retired> retiredUnreported() {
        return map == null
                ? List.of()
                : map.retired().stream()
                        .filter(retired -> retired.node().equals(self))
                        .filter(retired -> !holds(retired))
                        .toList();
    }

    private boolean holds(MetaApi.Retired retired) {
        ReplicaFiles.Replica found = opening.get(retired.tablet());
        LocalReplica local = replicas.get(retired.tablet());
        return found != null && found.replica().equals(retired.replica())
                || local != null && local.self().replica().equals(retired.replica());
    }

    // ---------------------------------------------------------------- decisions

    private void reconcile() {
        if (map == null) {
            return;
        }
        Map<Object, StoreKind> kinds = new HashMap<>();
        for (TableDescriptor table : map.tables()) {
            kinds.put(table.name(), table.store());
        }
        for (TabletDescriptor tablet : map.tablets()) {
            StoreKind kind = kinds.getOrDefault(tablet.table(), StoreKind.DISK);
            tablet.replicaToHold(self).ifPresent(named -> follow(tablet, named, kind));
        }
        for (TabletId dropped : map.dropped()) {
            if (replicas.containsKey(dropped) && busy.add(dropped)) {
                drop(replicas.get(dropped));
            }
        }
        for (MetaApi.Retired retired : map.retired()) {
            LocalReplica local = replicas.get(retired.tablet());
            if (retired.node().equals(self)
                    && local != null
                    && local.self().replica().equals(retired.replica())
                    && busy.add(retired.tablet())) {
                drop(local);
            }
        }
        directory.publish(map, replicas::get);
    }

    private void follow(TabletDescriptor tablet, ReplicaDescriptor named, StoreKind kind) {
        LocalReplica local = replicas.get(tablet.id());
        if (local == null) {
            boolean mayBeEmpty =
                    !named.opened()
                            || kind == StoreKind.MEMORY && ReplicaSet.of(tablet, named).isAlone();
            if (!named.lost() && mayBeEmpty && busy.add(tablet.id())) {
                ReplicaFiles.Replica replica = ReplicaFiles.Replica.of(tablet, named.id());
                work(tablet.id(), () -> create(replica, kind));
            }
        } else if (local.isOpen() && local.self().replica().equals(named.id())) {
            Assignment assignment = assignment(tablet, named);
            if (!assignment.equals(local.tablet().pipeline().assignment())) {
                local.tablet().pipeline().assign(assignment);
            }
        }
    }

    private Assignment assignment(TabletDescriptor tablet, ReplicaDescriptor named) {
        Mastership master = tablet.master();
        return new Assignment(
                named.opened() && !named.lost(),
                named.learner(),
                ReplicaSet.of(tablet, named),
                tablet.epoch(),
                master == null ? null : master.node(),
                master != null
                        && master.node().equals(self)
                        && master.incarnation().equals(incarnation));
    }

    private void drop(LocalReplica replica) {
        Runnable forget = () -> work(replica.self().tablet(), () -> forget(replica));
        if (replica.isOpen()) {
            replica.tablet().pipeline().close(forget);
        } else {
            forget.run();
        }
    }

    private synchronized void done(TabletId tablet, LocalReplica replica) {
        busy.remove(tablet);
        opening.remove(tablet);
        if (replica == null) {
            replicas.remove(tablet);
        } else {
            replicas.put(tablet, replica);
        }
        reconcile();
    }

    // ---------------------------------------------------------------- rebuilds

    /** Fetches a replica's store from another node, and lets it take the place of the one here (L5). */
    void rebuild(TabletId tablet, NodeId from, SnapshotSource source) {
        LocalReplica local = replicas.get(tablet);
        if (local == null || !local.isOpen()) {
            return;
        }
        WritePipeline pipeline = local.tablet().pipeline();
        if (source == null) {
            pipeline.notReplaced();
            return;
        }
        work(
                tablet,
                () -> {
                    try {
                        Rebuild.begin(
                                tablet,
                                local.self().replica(),
                                from,
                                source,
                                storages.get(local.kind()).stores().install(tablet),
                                openers,
                                new Replacing(local));
                    } catch (RuntimeException failed) {
                        LOG.log(Level.WARNING, "tablet " + tablet + " is not rebuilt", failed);
                        pipeline.notReplaced();
                    }
                });
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
            pipeline.notReplaced();
        }

        @Override
        public void complete(Installation installation, Installation.Position position) {
            synchronized (LocalReplicas.this) {
                if (replicas.get(tablet) != local || !busy.add(tablet)) {
                    installation.abort();
                    pipeline.notReplaced();
                    return;
                }
            }
            pipeline.replaceStore(
                    position.index(),
                    () -> restartLog(installation, position),
                    () -> work(tablet, () -> giveUp(installation)));
        }

        /** The switch: from this record on the old store counts no more. */
        private void restartLog(Installation installation, Installation.Position position) {
            Oplog.AppendListener switched =
                    new Oplog.AppendListener() {
                        @Override
                        public void durable() {
                            pipeline.close(() -> work(tablet, () -> take(installation, position)));
                        }

                        @Override
                        public void failed(RuntimeException cause) {
                            LOG.log(
                                    Level.WARNING,
                                    "tablet {0}: its log does not restart at entry {1}: {2}",
                                    tablet,
                                    position.index(),
                                    cause);
                            work(tablet, () -> giveUp(installation));
                        }
                    };
            try {
                storage.oplog().restart(tablet, position.epoch(), position.index(), switched);
            } catch (EblaException refused) {
                switched.failed(refused);
            }
        }

        private void giveUp(Installation installation) {
            installation.abort();
            pipeline.notReplaced();
            done(tablet, local);
        }

        private void take(Installation installation, Installation.Position position) {
            local.tablet().store().close();
            installation.finish();
            LOG.log(
                    Level.INFO,
                    "tablet {0} was rebuilt from a snapshot at entry {1}",
                    tablet,
                    position.index());
            open(local.self(), local.kind(), true);
        }
    }

    // ---------------------------------------------------------------- on openers

    private void work(TabletId tablet, Runnable task) {
        try {
            openers.execute(
                    () -> {
                        try {
                            task.run();
                        } catch (RuntimeException failed) {
                            LOG.log(Level.ERROR, "a step of tablet " + tablet + " failed", failed);
                            again(tablet, task);
                        }
                    });
        } catch (RejectedExecutionException closing) {
            LOG.log(Level.DEBUG, "the node closes; tablet {0} stays as it is", tablet);
        }
    }

    /** The tablet stays busy until the step has gone well. */
    private void again(TabletId tablet, Runnable step) {
        retries.failed(tablet, clock.monotonicNanos(), () -> work(tablet, step));
    }

    private void create(ReplicaFiles.Replica replica, StoreKind kind) {
        if (kind == StoreKind.DISK) {
            files.write(replica);
        }
        open(replica, kind, false);
    }

    /** @param held whether the node held it before, rather than makes it now */
    private void open(ReplicaFiles.Replica replica, StoreKind kind, boolean held) {
        TabletId tablet = replica.tablet();
        LocalReplica opened;
        try {
            opened =
                    LocalReplica.open(replica, kind, openTablet(replica, storages.get(kind), held));
            retries.passed(tablet);
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
        done(tablet, opened);
        unreported.run();
    }

    /** Refused for a reason that may pass, it says so to everybody, and is opened again after a while. */
    private void openAgain(ReplicaFiles.Replica replica, StoreKind kind, boolean held) {
        retries.failed(
                replica.tablet(),
                clock.monotonicNanos(),
                () -> {
                    synchronized (this) {
                        LocalReplica now = replicas.get(replica.tablet());
                        if (now == null || now.isOpen() || !busy.add(replica.tablet())) {
                            return;
                        }
                    }
                    work(replica.tablet(), () -> open(replica, kind, held));
                });
    }

    private Tablet openTablet(ReplicaFiles.Replica replica, Storage storage, boolean held) {
        Oplog oplog = storage.oplog();
        if (replica.replica().equals(ReplicaFiles.UNREADABLE)) {
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
        long logBase = oplog.tail(replica.tablet()).map(tail -> tail.firstIndex() - 1).orElse(0L);
        storage.stores().settle(replica.tablet(), logBase);
        TabletStore store = storage.stores().open(replica.tablet());
        try {
            return factory.open(replica.tablet(), replica.range(), oplog, store);
        } catch (RuntimeException failed) {
            store.close();
            throw failed;
        }
    }

    /** L7: the log forgets it durably, then its files go. */
    private void forget(LocalReplica replica) {
        TabletId tablet = replica.self().tablet();
        storages.get(replica.kind())
                .oplog()
                .drop(
                        tablet,
                        new Oplog.AppendListener() {
                            @Override
                            public void durable() {
                                work(tablet, () -> remove(replica));
                            }

                            @Override
                            public void failed(RuntimeException cause) {
                                LOG.log(
                                        Level.ERROR,
                                        "tablet {0} could not be dropped: {1}",
                                        tablet,
                                        cause);
                                again(tablet, () -> forget(replica));
                            }
                        });
    }

    private void remove(LocalReplica replica) {
        TabletId tablet = replica.self().tablet();
        if (replica.isOpen()) {
            replica.tablet().store().close();
        }
        Storage storage = storages.get(replica.kind());
        storage.stores().remove(tablet);
        storage.oplog().forgetDropped(tablet);
        LOG.log(Level.INFO, "tablet {0} of table {1} was dropped", tablet, replica.self().table());
        retries.passed(tablet);
        done(tablet, null);
        unreported.run();
    }
}
