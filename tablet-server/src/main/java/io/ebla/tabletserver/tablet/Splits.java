package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
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
import java.util.Collection;
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

    /** A child that was just opened shows no earlier time than its parent did (T1). */
    static void inherit(LocalReplica child, Collection<LocalReplica> replicas) {
        for (LocalReplica parent : replicas) {
            Division division = child.isOpen() ? division(parent) : null;
            if (division != null && division.isChild(child.self().tablet())) {
                TabletParts from = parent.tablet().parts();
                child.tablet().parts().time().raise(from.time().floorMillis());
                child.tablet().parts().grant().inherit(from.grant());
            }
        }
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
