package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.MetaApi.TabletStatus;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.store.TabletStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What is reported of a node's replicas, several times a second: the same status again where no turn of the
 * writer ended since, nothing waits, and what else it tells is as it was.
 */
final class Statuses {

    /** @param turns of the writer that had ended before it was made */
    private record Made(LocalReplica replica, long turns, TabletStatus status) {}

    private Map<TabletId, Made> made = Map.of();

    /**
     * @param room whether the disk takes appends
     * @param rebuilding the fetch of a tablet's store, or null
     */
    synchronized List<TabletStatus> of(
            Collection<LocalReplica> replicas,
            boolean room,
            long nowNanos,
            Function<TabletId, MetaApi.Rebuilding> rebuilding) {
        Map<TabletId, Made> next = new HashMap<>();
        List<TabletStatus> statuses = new ArrayList<>();
        for (LocalReplica replica : replicas) {
            boolean takes = room || replica.kind() == StoreKind.MEMORY;
            long turns = replica.isOpen() ? replica.tablet().pipeline().attention().turns() : 0;
            TabletId tablet = replica.self().tablet();
            Made before = made.get(tablet);
            MetaApi.Rebuilding fetch = rebuilding.apply(tablet);
            boolean same =
                    fetch == null
                            && before != null
                            && before.replica() == replica
                            && before.turns() == turns
                            && isAsBefore(replica, takes, nowNanos, before.status());
            Made now =
                    same
                            ? before
                            : new Made(replica, turns, replica.status(takes, nowNanos).with(fetch));
            next.put(tablet, now);
            statuses.add(now.status());
        }
        made = next;
        return List.copyOf(statuses);
    }

    /** Of one that is behind for good, as one that obeys another master is, the status tells for how long. */
    private static boolean hasNobodyBehind(TabletStatus before) {
        return before.followers().stream()
                .allMatch(each -> each.durableIndex() >= before.committedIndex());
    }

    /** Of one whose writer has had no turn since. */
    private static boolean isAsBefore(
            LocalReplica replica, boolean takes, long nowNanos, TabletStatus before) {
        if (!replica.isOpen()) {
            return true;
        }
        WritePipeline pipeline = replica.tablet().pipeline();
        TabletStore store = replica.tablet().store();
        TabletStore.Applied applied = store.applied();
        return !pipeline.waiting()
                && before.rebuilding() == null
                && hasNobodyBehind(before)
                && before.condition() == replica.condition(takes, nowNanos)
                && before.serving() == pipeline.serves()
                && before.startedEpoch() == pipeline.startedEpoch()
                && before.endedEpoch() == pipeline.endedEpoch()
                && before.durableIndex() == pipeline.durableIndex()
                && before.rows() == applied.rows()
                && before.bytes() == applied.bytes()
                && before.counted() == store.counted()
                && before.operations() == replica.tablet().load().operations();
    }
}
