package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.MetaApi.ReplicaCondition;
import io.ebla.core.cluster.MetaApi.TabletStatus;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.cluster.MergeOperation;
import io.ebla.metaserver.cluster.SplitOperation;
import io.ebla.metaserver.liveness.Liveness;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The tablets that something could be due for: all but those at rest.
 *
 * <p>A tablet is at rest when its master serves, no hand-over, split or merge of it is under way, and it has
 * all the copies that its table asks for, each of use and on a node that is there, stays, is not drained and
 * has the right time. No rule has anything to do for such a one, and nothing lasts that would be counted.
 * Whether it is at rest depends on the metadata, on what the nodes are to the leader, and on what they say of
 * their replicas. While none of that changes the same tablets are, and a turn costs what the nodes and the
 * others cost, however many are at rest; when some of it does, all are looked at once.
 *
 * <p>Confined to the leader's thread.
 */
final class Restless {

    private final Health health;
    private final Liveness liveness;
    private ClusterState seen;
    private Set<NodeId> calm = Set.of();
    private long told;
    private List<TabletDescriptor> restless = List.of();

    Restless(Health health, Liveness liveness) {
        this.health = health;
        this.liveness = liveness;
    }

    /** In the order of the tablets' ids; the same list as before when nothing has changed. */
    List<TabletDescriptor> of(ClusterState state) {
        long toldNow =
                liveness.changes(); // before what it counts: a later change is seen next time
        Set<NodeId> calmNow = calm(state);
        if (state != seen || toldNow != told || !calmNow.equals(calm)) {
            seen = state;
            told = toldNow;
            calm = calmNow;
            Set<TabletId> changing = changing(state);
            restless =
                    state.tablets().values().stream()
                            .filter(tablet -> changing.contains(tablet.id()) || !rests(tablet))
                            .toList();
        }
        return restless;
    }

    private Set<NodeId> calm(ClusterState state) {
        Set<NodeId> found = new HashSet<>();
        for (NodeDescriptor node : state.nodes().values()) {
            if (health.stays(state, node.id()) && !health.clockIsOff(node)) {
                found.add(node.id());
            }
        }
        return found;
    }

    /** What is handed over, split or merged. */
    private static Set<TabletId> changing(ClusterState state) {
        Set<TabletId> tablets = new HashSet<>();
        for (HandOver each : state.handOvers().values()) {
            if (!each.phase().ended()) {
                tablets.add(each.tablet());
            }
        }
        for (SplitOperation each : state.splits().values()) {
            if (!each.phase().ended()) {
                tablets.add(each.tablet());
            }
        }
        for (MergeOperation each : state.merges().values()) {
            if (!each.phase().ended()) {
                tablets.add(each.left());
                tablets.add(each.right());
            }
        }
        return tablets;
    }

    private boolean rests(TabletDescriptor tablet) {
        return tablet.master() != null
                && tablet.previousReplicas().isEmpty()
                && tablet.replicas().size() == seen.tables().get(tablet.table()).replicas()
                && masterServes(tablet)
                && tablet.replicas().stream().allMatch(replica -> rests(tablet, replica));
    }

    /** It serves as that epoch's master, and from a replica that is a member. */
    private boolean masterServes(TabletDescriptor tablet) {
        Optional<TabletStatus> master = health.masterStatus(seen, tablet);
        return master.isPresent()
                && master.get().serving()
                && master.get().startedEpoch() == tablet.epoch()
                && !HandOverPlan.outside(tablet);
    }

    private boolean rests(TabletDescriptor tablet, ReplicaDescriptor replica) {
        return replica.opened()
                && !replica.lost()
                && !replica.learner()
                && calm.contains(replica.node())
                && health.status(seen, tablet, replica)
                        .filter(status -> status.condition() == ReplicaCondition.HEALTHY)
                        .isPresent();
    }
}
