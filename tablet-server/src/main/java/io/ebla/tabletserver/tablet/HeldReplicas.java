package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which replicas a node holds, which are on their way, and at which somebody is: and so what the metadata
 * has not been told as yet. The monitor of {@link LocalReplicas} guards it, but for {@link #replicas}, which
 * any thread may look at.
 */
final class HeldReplicas {

    private final Map<TabletId, LocalReplica> replicas = new ConcurrentHashMap<>();

    /** Tablets that somebody is at. */
    private final Set<TabletId> busy = new HashSet<>();

    /** Replicas found on disk that are being opened. */
    private final Map<TabletId, ReplicaFiles.Replica> opening = new HashMap<>();

    /** Replicas that are being made: not held yet, and not gone either. */
    private final Map<TabletId, ReplicaFiles.Replica> making = new HashMap<>();

    /** Dropped tablets that were called gone while others were being opened: they are not made any more. */
    private final Set<TabletId> gone = new HashSet<>();

    /** Those that were opened or refused; to be looked at only. */
    Map<TabletId, LocalReplica> replicas() {
        return replicas;
    }

    boolean isBusy(TabletId tablet) {
        return busy.contains(tablet);
    }

    boolean isAnyBusy() {
        return !busy.isEmpty();
    }

    /** Whether nobody was at the tablet; now somebody is. */
    boolean takeUp(TabletId tablet) {
        return busy.add(tablet);
    }

    /** Takes up a tablet of which nothing is here and something may be made; false for any other. */
    boolean takeUpUnheld(TabletId tablet) {
        return !isHeld(tablet) && !gone.contains(tablet) && takeUp(tablet);
    }

    /** One that was found on disk; somebody is at it. */
    void open(ReplicaFiles.Replica replica) {
        busy.add(replica.tablet());
        opening.put(replica.tablet(), replica);
    }

    /** One that was not there; who makes it is at it already. */
    void make(ReplicaFiles.Replica replica) {
        making.put(replica.tablet(), replica);
    }

    /** Nobody is at the tablet any more, and this is what is held of it: null for nothing. */
    void done(TabletId tablet, LocalReplica replica) {
        busy.remove(tablet);
        opening.remove(tablet);
        making.remove(tablet);
        if (replica == null) {
            replicas.remove(tablet);
        } else {
            replicas.put(tablet, replica);
        }
    }

    /** Whether there is one, opened or not. */
    boolean isHeld(TabletId tablet) {
        return replicas.containsKey(tablet) || opening.containsKey(tablet);
    }

    // ---------------------------------------------------------------- what the metadata is told

    List<MetaApi.Holding> holdings() {
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

    List<MetaApi.Holding> openedUnreported(ClusterMap map, NodeId self) {
        List<MetaApi.Holding> opened = new ArrayList<>();
        for (TabletDescriptor tablet : map.tablets()) {
            LocalReplica local = replicas.get(tablet.id());
            if (local != null && local.isOpen()) {
                tablet.replicaOn(self)
                        .filter(named -> !named.opened())
                        .filter(named -> named.id().equals(local.self().replica()))
                        .ifPresent(named -> opened.add(local.holding()));
            }
        }
        opened.addAll(Splits.openedChildren(map, replicas));
        opened.addAll(Merges.opened(map, replicas));
        return opened;
    }

    /**
     * Of a merged tablet nothing may be here now, and something a moment later: as long as a tablet is sealed
     * for it, it is not called gone. What is being opened, which may take for ever, may turn out to be sealed
     * for it: nothing is made of that then.
     */
    List<TabletId> droppedUnreported(ClusterMap map) {
        if (map.dropped().isEmpty()) {
            return List.of();
        }
        Set<TabletId> sealedFor = new HashSet<>();
        for (LocalReplica replica : replicas.values()) {
            MergeWork.sealing(replica).ifPresent(seal -> sealedFor.add(seal.into()));
        }
        List<TabletId> unreported =
                map.dropped().stream()
                        .filter(id -> !replicas.containsKey(id) && !busy.contains(id))
                        .filter(id -> !sealedFor.contains(id))
                        .toList();
        if (!opening.isEmpty()) {
            gone.addAll(unreported);
        }
        return unreported;
    }

    List<MetaApi.Retired> retiredUnreported(ClusterMap map, NodeId self) {
        return map.retired().stream()
                .filter(retired -> retired.node().equals(self))
                .filter(retired -> !holds(retired))
                .toList();
    }

    private boolean holds(MetaApi.Retired retired) {
        LocalReplica local = replicas.get(retired.tablet());
        return isOf(retired, opening.get(retired.tablet()))
                || isOf(retired, making.get(retired.tablet()))
                || isOf(retired, local == null ? null : local.self());
    }

    private static boolean isOf(MetaApi.Retired retired, ReplicaFiles.Replica replica) {
        return replica != null && replica.replica().equals(retired.replica());
    }
}
