package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.MetaApi.ReplicaCondition;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.placement.Placement;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** One tablet's replicas as the reports of the nodes and the time that has passed make them look. */
record ReplicaView(
        ClusterState state,
        TabletDescriptor tablet,
        Health health,
        Lasting<ReplicaId> down,
        Lasting<ReplicaId> failing,
        ProcedureSettings settings,
        Supplier<List<Placement.Candidate>> candidates)
        implements ReplicaPlan.View {

    @Override
    public boolean useless(ReplicaDescriptor replica) {
        if (replica.lost() || replica.learner() && drained(replica.node())) {
            return true;
        }
        NodeDescriptor node = state.nodes().get(replica.node());
        if (!health.lives(node)) {
            return down.atLeast(replica.id(), settings.repairAfterMillis());
        }
        ReplicaCondition condition =
                health.status(state, tablet, replica)
                        .map(status -> status.condition())
                        .orElse(ReplicaCondition.HEALTHY);
        return switch (condition) {
            case HEALTHY -> false;
            case CORRUPTED -> true;
            case FAILED, DISK_FULL -> failing.atLeast(replica.id(), settings.failedAfterMillis());
        };
    }

    @Override
    public boolean drained(NodeId node) {
        return state.administration().isDrained(node);
    }

    @Override
    public Optional<NodeId> movedFrom(ReplicaDescriptor learner) {
        return state.movedFrom(learner);
    }

    @Override
    public boolean caughtUp(ReplicaDescriptor learner) {
        return health.caughtUp(state, tablet, learner);
    }

    /** A full disk is no place for a new copy; a node that is not there neither. */
    @Override
    public boolean rebuildsInPlace(ReplicaDescriptor replica) {
        boolean full =
                health.status(state, tablet, replica)
                        .filter(status -> status.condition() == ReplicaCondition.DISK_FULL)
                        .isPresent();
        return !full && health.stays(state, replica.node());
    }

    @Override
    public Optional<NodeId> room(List<NodeId> holders) {
        return Placement.oneMore(candidates.get(), holders);
    }
}
