package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.failpoint.FailPoints;
import io.ebla.core.failpoint.NodeMoment;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.store.Division;
import io.ebla.tabletserver.store.TabletStore;
import io.ebla.tabletserver.store.TabletStores;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes the replicas of children beside the one of their parent, whose store nothing changes any more:
 *
 * <pre>
 *   flushed      what the parent holds survives a power loss, its SPLIT with it; not where all have a head start
 *   divided      a child's store stands in its place, and survives one; no replica's as yet ({@link HeadStarts})
 *   described    from here on it is a replica, found at every start
 *   log begun    where the parent's ended ({@link Openings}): before any entry of the child (R3)
 * </pre>
 *
 * Every step may be repeated. What a crash left before the third is made anew while the map has the parent,
 * and thrown away when the child is to be made empty instead. On threads that may wait.
 */
final class Splits {

    private static final Logger LOG = System.getLogger(Splits.class.getName());

    /** Who keeps the replicas. */
    interface Keeper {

        /** Whether the newest map still has a replica as the parent, or that child. */
        boolean isWanted(LocalReplica parent, TabletId child);

        /** A child is not wanted any more, and nothing is here of it. */
        void unwanted(TabletId child);

        /** A child is a replica, whose log is to begin there. */
        void made(ReplicaFiles.Replica child, StoreKind kind, TabletStore.Applied begin);

        /** Nobody is at the parent any more. */
        void divided(LocalReplica parent);
    }

    private final Map<StoreKind, Storage> storages;
    private final ReplicaFiles files;
    private final ReplicaWork work;
    private final HeadStarts headStarts;
    private final Clock clock;
    private final Keeper keeper;

    Splits(
            Map<StoreKind, Storage> storages,
            ReplicaFiles files,
            ReplicaWork work,
            HeadStarts headStarts,
            Clock clock,
            Keeper keeper) {
        this.headStarts = headStarts;
        this.clock = clock;
        this.storages = storages;
        this.files = files;
        this.work = work;
        this.keeper = keeper;
    }

    /**
     * Flushes the parent, if need be, then makes its children: each in steps of its own, which wait for
     * nobody, so that the disk has the syncs of both at a time. The parent stays taken until both stores are
     * in their places.
     */
    void begin(Due due) {
        if (!due.missing().stream().allMatch(headStarts::has)) {
            due.parent().tablet().store().flush();
        }
        FailPoints.reached(NodeMoment.SPLIT_FLUSHED);
        AtomicInteger left = new AtomicInteger(due.missing().size());
        for (TabletId child : due.missing()) {
            work.run(
                    child,
                    () -> {
                        make(due, child);
                        if (left.decrementAndGet() == 0) {
                            divided(due.parent());
                        }
                    });
        }
    }

    /** If that fails it is repeated by itself: the children are made, and are being opened already. */
    private void divided(LocalReplica parent) {
        TabletId tablet = parent.self().tablet();
        work.run(
                tablet,
                () -> {
                    work.passed(tablet);
                    keeper.divided(parent);
                });
    }

    private void make(Due due, TabletId child) {
        LocalReplica parent = due.parent();
        TabletStores stores = storages.get(parent.kind()).stores();
        if (!keeper.isWanted(parent, child)) {
            stores.discardHalfMade(child);
            keeper.unwanted(child);
            return;
        }
        long beganNanos = clock.monotonicNanos();
        if (!headStarts.finish(parent, child)) {
            parent.tablet().store().flush();
            stores.divide(parent.tablet().store(), child);
        }
        FailPoints.reached(NodeMoment.SPLIT_DIVIDED);
        ReplicaFiles.Replica replica = replica(parent.self(), due.division(), child);
        if (parent.kind() == StoreKind.DISK) {
            files.write(replica);
            stores.made(child);
        }
        FailPoints.reached(NodeMoment.REPLICA_DESCRIBED);
        LOG.log(
                Level.INFO,
                "tablet {0}: the store of its child {1} was made in {2} ms",
                parent.self().tablet(),
                child,
                (clock.monotonicNanos() - beganNanos) / 1_000_000);
        keeper.made(replica, parent.kind(), due.division().positionOf(child));
    }

    /** Children that are open here, both, while the map has their parent still (R2). */
    static List<MetaApi.Holding> openedChildren(
            ClusterMap map, Map<TabletId, LocalReplica> replicas) {
        List<MetaApi.Holding> children = new ArrayList<>();
        for (TabletDescriptor tablet : map.tablets()) {
            Division division = division(replicas.get(tablet.id()));
            LocalReplica low = division == null ? null : replicas.get(division.low());
            LocalReplica high = division == null ? null : replicas.get(division.high());
            if (low != null && low.isOpen() && high != null && high.isOpen()) {
                children.add(low.holding());
                children.add(high.holding());
            }
        }
        return children;
    }

    /** The tablets into which that of a replica was split; none when it was not. */
    static List<TabletId> children(LocalReplica parent) {
        Division division = division(parent);
        return division == null ? List.of() : List.of(division.low(), division.high());
    }

    /** What the tablet of a replica was split into; null when it was not, or is not open. */
    private static Division division(LocalReplica replica) {
        boolean split =
                replica != null
                        && replica.isOpen()
                        && replica.tablet().pipeline().splitting().isSplit();
        return split ? replica.tablet().store().division().orElseThrow() : null;
    }

    /** No child shows an earlier time than its parent does here, or granted that others do (T1). */
    static void inherit(Map<TabletId, LocalReplica> replicas) {
        for (LocalReplica parent : replicas.values()) {
            Division division = division(parent);
            if (division != null) {
                inherit(parent, replicas.get(division.low()));
                inherit(parent, replicas.get(division.high()));
            }
        }
    }

    /** The child shows no earlier time than its parent does here, or granted that others do (T1). */
    private static void inherit(LocalReplica parent, LocalReplica child) {
        if (child != null && child.isOpen()) {
            TabletParts from = parent.tablet().parts();
            child.tablet().parts().time().raise(from.time().floorMillis());
            child.tablet().parts().grant().inherit(from.grant());
        }
    }

    /** A tablet that ended by a split, and what is to be made of it here. */
    record Due(LocalReplica parent, Division division, List<TabletId> missing) {}

    /**
     * Replicas whose children are to be made here: of tablets that the map still has, and of those whose
     * children it has as these would be called: they are as good as any, and need not be copied.
     */
    static List<Due> due(ClusterMap map, NodeId self, HeldReplicas held) {
        List<Due> due = new ArrayList<>();
        for (LocalReplica parent : held.replicas().values()) {
            Division division = division(parent);
            if (division == null || held.isBusy(parent.self().tablet())) {
                continue;
            }
            List<TabletId> missing = new ArrayList<>(List.of(division.low(), division.high()));
            missing.removeIf(held::isHeld);
            missing.removeIf(child -> !isWanted(map, self, parent.self(), child));
            if (!missing.isEmpty() && missing.stream().noneMatch(held::isBusy)) {
                due.add(new Due(parent, division, missing));
            }
        }
        return due;
    }

    /** Whether the map has a replica as the parent, or the child that is made of it. */
    static boolean isWanted(
            ClusterMap map, NodeId self, ReplicaFiles.Replica parent, TabletId child) {
        ReplicaId made = parent.replica().ofChild(child);
        return map.tablets().stream()
                .filter(each -> each.id().equals(parent.tablet()) || each.id().equals(child))
                .anyMatch(
                        each ->
                                each.replicaToHold(self)
                                        .filter(
                                                named ->
                                                        named.id().equals(made)
                                                                || named.id()
                                                                        .equals(parent.replica()))
                                        .isPresent());
    }

    /**
     * Whether a tablet's children are being made or opened: it is not removed before they hold what it has.
     */
    static boolean isMaking(LocalReplica parent, HeldReplicas held) {
        Division division = division(parent);
        return division != null && (held.isBusy(division.low()) || held.isBusy(division.high()));
    }

    /** Its bounds are those of the parent's descriptor: the store of a tablet that is no child has none. */
    private static ReplicaFiles.Replica replica(
            ReplicaFiles.Replica parent, Division division, TabletId child) {
        String at = HexFormat.of().formatHex(division.at().toArray());
        boolean low = child.equals(division.low());
        return new ReplicaFiles.Replica(
                child,
                parent.table(),
                low ? parent.fromHex() : at,
                low ? at : parent.toHex(),
                parent.replica().ofChild(child));
    }
}
