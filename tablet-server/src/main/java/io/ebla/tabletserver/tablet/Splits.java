package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
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

/**
 * Makes the replicas of children beside the one of their parent, whose store nothing changes any more:
 *
 * <pre>
 *   flushed      what the parent holds survives a power loss, its SPLIT with it
 *   divided      each child's store stands in its place, over the same files; no replica's as yet
 *   described    from here on it is a replica, found at every start
 *   log begun    where the parent's ended ({@link Openings}): before any entry of the child (R3)
 * </pre>
 *
 * Every step may be repeated. What a crash left before the third is made anew while the map has the parent,
 * and thrown away when the child is to be made empty instead. On threads that may wait.
 */
final class Splits {

    private static final Logger LOG = System.getLogger(Splits.class.getName());

    private final Map<StoreKind, Storage> storages;
    private final ReplicaFiles files;
    private final ReplicaWork work;
    private final Clock clock;

    Splits(Map<StoreKind, Storage> storages, ReplicaFiles files, ReplicaWork work, Clock clock) {
        this.clock = clock;
        this.storages = storages;
        this.files = files;
        this.work = work;
    }

    /** The children that are to be opened then. */
    List<ReplicaFiles.Replica> make(
            LocalReplica parent, Division division, List<TabletId> missing) {
        TabletStore store = parent.tablet().store();
        long beganNanos = clock.monotonicNanos();
        TabletStores stores = storages.get(parent.kind()).stores();
        store.flush();
        stores.divide(store);
        List<ReplicaFiles.Replica> made = new ArrayList<>();
        for (TabletId child : missing) {
            ReplicaFiles.Replica replica = replica(parent.self(), division, child);
            if (parent.kind() == StoreKind.DISK) {
                files.write(replica);
                stores.made(child);
            }
            made.add(replica);
        }
        work.passed(parent.self().tablet());
        LOG.log(
                Level.INFO,
                "tablet {0}: the stores of its children {1} and {2} were made in {3} ms",
                parent.self().tablet(),
                division.low(),
                division.high(),
                (clock.monotonicNanos() - beganNanos) / 1_000_000);
        return made;
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
     * Replicas whose children are to be made here: of tablets that the map still has, and of those whose children
     * it has as these would be called: they are as good as any, and need not be copied.
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

    /** Whether a tablet's children are being made or opened: it is not removed before they hold what it has. */
    static boolean isMaking(LocalReplica parent, HeldReplicas held) {
        Division division = division(parent);
        return division != null && (held.isBusy(division.low()) || held.isBusy(division.high()));
    }

    /** What was begun of children that are not wanted any more. */
    void discard(LocalReplica parent, List<TabletId> children) {
        TabletStores stores = storages.get(parent.kind()).stores();
        children.forEach(stores::discardHalfMade);
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
