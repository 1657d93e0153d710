package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Replicas that a node holds though the metadata has done with them: it was told that they are gone by
 * another data directory of that name, and then the former one came back. They are put on the lists of what is
 * to be removed once more, for only these let a node remove anything (L7).
 *
 * <p>That the metadata once had something is told by its ids: those of tablets are never given out twice, and
 * no node holds a replica of a tablet that was not given it by the metadata. What may be unknown to it is left
 * alone: a tablet with an id that was not given out yet, one that a split or merge may still bring, and all of it
 * once the metadata was restored from a backup (L8), which has forgotten what came after that.
 */
final class OrphanRules {

    /** The generation of metadata that was never restored. */
    private static final long FIRST_GENERATION = 1;

    private OrphanRules() {}

    /** What a node registers with, after it was judged what of it is a tablet's. */
    static void judge(
            ClusterState.Draft draft, long generation, NodeId node, List<Holding> holdings) {
        if (generation != FIRST_GENERATION) {
            return;
        }
        for (Holding holding : holdings) {
            TabletDescriptor tablet = draft.tablets.get(holding.tablet());
            if (tablet == null) {
                judgeGone(draft, node, holding.tablet());
            } else if (!has(tablet, holding.replica())
                    && !holding.replica().equals(ReplicaId.UNREADABLE)) {
                draft.retire(
                        tablet.id(),
                        new ReplicaDescriptor(node, holding.replica(), true, true, false));
            }
        }
    }

    private static boolean has(TabletDescriptor tablet, ReplicaId replica) {
        return Stream.of(tablet.replicas(), tablet.previousReplicas())
                .flatMap(List::stream)
                .anyMatch(each -> each.id().equals(replica));
    }

    private static void judgeGone(ClusterState.Draft draft, NodeId node, TabletId tablet) {
        boolean was = tablet.value() < draft.nextTabletId && !mayCome(draft, tablet);
        if (was) {
            Set<NodeId> holders = new TreeSet<>(draft.dropped.getOrDefault(tablet, Set.of()));
            holders.add(node);
            draft.dropped.put(tablet, holders);
        }
    }

    /**
     * Whether a split or merge may make a tablet of it. That of a split may though it is called aborted, as long
     * as there is what was to be split: its log is the judge (R4).
     */
    private static boolean mayCome(ClusterState.Draft draft, TabletId tablet) {
        return draft.splits.values().stream()
                        .filter(each -> each.isChild(tablet))
                        .anyMatch(each -> draft.tablets.containsKey(each.tablet()))
                || draft.merges.values().stream()
                        .filter(each -> each.into().equals(tablet))
                        .anyMatch(each -> !each.phase().ended());
    }
}
