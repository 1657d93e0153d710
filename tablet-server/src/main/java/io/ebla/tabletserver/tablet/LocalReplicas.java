package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.replication.SnapshotSource;
import io.ebla.tabletserver.store.TabletStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * The replicas of this node, brought step by step to what the newest map says.
 *
 * <p>A replica that is on disk is opened. One that the map names and the disk does not hold is made
 * empty only if it was never reported open (E10); a replica in memory may always be, for a restart is
 * what loses it (L6). One that the map calls dropped is forgotten by the log first and removed then;
 * one that the map merely does not mention is left alone (L7). A mastership is taken up only if it
 * names this incarnation (E1). A step that fails for a reason that may pass is tried again.
 *
 * <p>What is decided here is done by {@link Openings}, {@link Rebuilds} and {@link Removals}, at one replica
 * by one of them at a time: it is busy meanwhile. The monitor guards the decisions, never a disk.
 */
final class LocalReplicas {

    private final NodeId self;
    private final Incarnation incarnation;
    private final Map<StoreKind, Storage> storages;
    private final ReplicaFiles files;
    private final ReplicaWork work;
    private final Openings openings;
    private final Rebuilds rebuilds;
    private final Removals removals;
    private final HeadStarts headStarts;
    private final Splits splits;
    private final Merges merges;
    private final TabletDirectory directory;
    private final HeldReplicas held = new HeldReplicas();
    private final Map<TabletId, LocalReplica> replicas = held.replicas();

    /** Of the tables in the map. */
    private final Map<TableName, StoreKind> kinds = new HashMap<>();

    private volatile ClusterMap map;
    private volatile Runnable unreported = () -> {};

    /** @param mergers one thread, which may be held for as long as a copy takes */
    LocalReplicas(
            NodeId self,
            Incarnation incarnation,
            Map<StoreKind, Storage> storages,
            ReplicaFiles files,
            TabletFactory factory,
            Executor openers,
            Executor mergers,
            Clock clock,
            TabletDirectory directory) {
        this.self = self;
        this.incarnation = incarnation;
        this.storages = storages;
        this.files = files;
        this.directory = directory;
        this.work = new ReplicaWork(openers, clock);
        this.openings = new Openings(storages, files, factory, work, new OfOpenings());
        this.rebuilds = new Rebuilds(storages, work, clock, new OfRebuilds());
        this.headStarts = new HeadStarts(storages, openers, clock, this::of, this::isFree);
        this.splits = new Splits(storages, files, work, headStarts, clock, new OfSplits());
        this.merges = new Merges(storages, files, openings, clock, mergers, new OfMerges());
        this.removals = new Removals(storages, files, work, rebuilds, gone -> ended(gone, null));
    }

    /** Opens what the disk holds, without waiting for a map: several at a time. */
    void openHeld() {
        List<ReplicaFiles.Replica> found = files.list();
        Set<TabletId> dropped = storages.get(StoreKind.DISK).oplog().dropped();
        synchronized (this) {
            for (ReplicaFiles.Replica replica : found) {
                held.open(replica);
                if (dropped.contains(replica.tablet())) {
                    LocalReplica dead =
                            LocalReplica.refused(
                                    replica,
                                    StoreKind.DISK,
                                    new EblaException(
                                            ErrorCode.NO_MASTER,
                                            "tablet " + replica.tablet() + " was dropped"));
                    work.run(replica.tablet(), () -> removals.removeFiles(dead));
                } else {
                    work.run(replica.tablet(), () -> openings.open(replica, StoreKind.DISK, true));
                }
            }
            for (TabletId gone : dropped) {
                if (held.takeUp(gone)) {
                    work.run(gone, () -> removals.endRemoval(gone, StoreKind.DISK));
                }
            }
        }
    }

    /** Tries again what failed and is due. */
    void retry() {
        work.retry();
        headStarts.check();
        merges.check();
    }

    synchronized void update(ClusterMap newer) {
        if (map == null || newer.newerThan(map)) {
            map = newer;
            kinds.clear();
            newer.tables().forEach(table -> kinds.put(table.name(), table.store()));
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
        return held.isBusy(tablet);
    }

    Collection<LocalReplica> all() {
        return replicas.values();
    }

    void onUnreported(Runnable listener) {
        unreported = listener;
    }

    /** What the node holds, opened or still being opened. */
    synchronized List<MetaApi.Holding> holdings() {
        return held.holdings();
    }

    /** What is open here, and not reported as far as the newest map says. */
    synchronized List<MetaApi.Holding> openedUnreported() {
        return map == null ? List.of() : held.openedUnreported(map, self);
    }

    synchronized List<TabletId> droppedUnreported() {
        return map == null ? List.of() : held.droppedUnreported(map);
    }

    /** Replicas that the map lists as retired and of which nothing is held here any more. */
    synchronized List<MetaApi.Retired> retiredUnreported() {
        return map == null ? List.of() : held.retiredUnreported(map, self);
    }

    // ---------------------------------------------------------------- decisions

    private synchronized void reconcile() {
        if (map == null) {
            return;
        }
        reshape();
        map.tablets().forEach(this::follow);
        removals.look(map, self, held);
        directory.publish(map, replicas::get);
    }

    /**
     * After somebody was at one tablet and is not any more: the others' replicas are as they were, and so is
     * the map. Of a thousand that are opened, each looking at all would take longer than their opening.
     */
    private void reconcile(TabletId one) {
        if (map == null) {
            return;
        }
        reshape();
        for (TabletDescriptor tablet : map.tablets()) {
            if (tablet.id().equals(one)) {
                follow(tablet);
            }
        }
        removals.look(map, self, held);
        directory.replace(one, replicas.get(one));
    }

    /** What splits and merges make of several: any may have waited for the one that somebody was at. */
    private void reshape() {
        Splits.inherit(replicas);
        Merges.inherit(replicas);
        divide();
        merges.look(map, self, replicas);
    }

    /** Children are made here of what was split (R2): from the files that are here, not copied. */
    private void divide() {
        for (Splits.Due due : Splits.due(map, self, held)) {
            TabletId parent = due.parent().self().tablet();
            held.takeUp(parent);
            due.missing().forEach(held::takeUp);
            work.run(parent, () -> splits.begin(due));
        }
    }

    private synchronized boolean isFree(TabletId child) {
        return !held.isBusy(child) && !held.isHeld(child);
    }

    /** Of the children of tablets that are about to be split. */
    HeadStarts headStarts() {
        return headStarts;
    }

    /** Merges of tablets that are here. */
    Merges merges() {
        return merges;
    }

    /** A tablet here ended by a split, or was sealed or unsealed. Any thread, and not for long. */
    void split(TabletId tablet) {
        work.run(
                tablet,
                () -> {
                    reconcile();
                    unreported.run();
                });
    }

    private void follow(TabletDescriptor tablet) {
        StoreKind kind = kinds.getOrDefault(tablet.table(), StoreKind.DISK);
        tablet.replicaToHold(self).ifPresent(named -> follow(tablet, named, kind));
    }

    private void follow(TabletDescriptor tablet, ReplicaDescriptor named, StoreKind kind) {
        LocalReplica local = replicas.get(tablet.id());
        if (local == null) {
            boolean mayBeEmpty =
                    !named.opened()
                            || kind == StoreKind.MEMORY && ReplicaSet.of(tablet, named).isAlone();
            if (!named.lost() && mayBeEmpty && held.takeUp(tablet.id())) {
                ReplicaFiles.Replica replica = ReplicaFiles.Replica.of(tablet, named.id());
                held.make(replica);
                work.run(tablet.id(), () -> openings.create(replica, kind));
            }
        } else if (local.isOpen() && local.self().replica().equals(named.id())) {
            Assignment assignment = Assignment.of(tablet, named, self, incarnation);
            if (!assignment.equals(local.tablet().pipeline().assignment())) {
                local.tablet().pipeline().assign(assignment);
            }
        }
    }

    private synchronized void done(TabletId tablet, LocalReplica replica) {
        held.done(tablet, replica);
        reconcile(tablet);
    }

    private void ended(TabletId tablet, LocalReplica replica) {
        done(tablet, replica);
        unreported.run();
    }

    // ---------------------------------------------------------------- what is done to them

    /** Fetches a replica's store from another node, and lets it take the place of the one here (L5). */
    void rebuild(TabletId tablet, NodeId from, SnapshotSource source) {
        LocalReplica local = replicas.get(tablet);
        if (local != null && local.isOpen()) {
            rebuilds.begin(local, from, source);
        }
    }

    /** The fetch of a replica's store that is under way, or null. */
    MetaApi.Rebuilding rebuilding(TabletId tablet) {
        return rebuilds.underWay(tablet);
    }

    private final class OfOpenings implements Openings.Keeper {

        @Override
        public void opened(TabletId tablet, LocalReplica replica) {
            ended(tablet, replica);
        }

        @Override
        public boolean takeUpRefused(TabletId tablet) {
            synchronized (LocalReplicas.this) {
                LocalReplica now = replicas.get(tablet);
                return now != null && !now.isOpen() && held.takeUp(tablet);
            }
        }
    }

    private final class OfMerges implements Merges.Keeper {

        @Override
        public LocalReplica of(TabletId tablet) {
            return replicas.get(tablet);
        }

        @Override
        public boolean takeUp(TabletId into) {
            synchronized (LocalReplicas.this) {
                return held.takeUpUnheld(into);
            }
        }

        @Override
        public void letGo(TabletId into) {
            ended(into, null);
        }

        @Override
        public void again() {
            reconcile();
        }
    }

    private final class OfSplits implements Splits.Keeper {

        @Override
        public boolean isWanted(LocalReplica parent, TabletId child) {
            return Splits.isWanted(map, self, parent.self(), child);
        }

        @Override
        public void unwanted(TabletId child) {
            done(child, null);
        }

        @Override
        public void made(ReplicaFiles.Replica child, StoreKind kind, TabletStore.Applied begin) {
            openings.begin(child, kind, begin);
        }

        @Override
        public void divided(LocalReplica parent) {
            done(parent.self().tablet(), parent);
        }
    }

    private final class OfRebuilds implements Rebuilds.Keeper {

        @Override
        public boolean ifFree(LocalReplica replica, BooleanSupplier then) {
            synchronized (LocalReplicas.this) {
                TabletId tablet = replica.self().tablet();
                return replicas.get(tablet) == replica
                        && !held.isBusy(tablet)
                        && then.getAsBoolean();
            }
        }

        @Override
        public boolean takeUp(LocalReplica replica) {
            synchronized (LocalReplicas.this) {
                TabletId tablet = replica.self().tablet();
                return replicas.get(tablet) == replica && held.takeUp(tablet);
            }
        }

        @Override
        public void letGo(LocalReplica replica) {
            done(replica.self().tablet(), replica);
        }

        @Override
        public void reopen(LocalReplica replica) {
            openings.open(replica.self(), replica.kind(), true);
        }
    }
}
