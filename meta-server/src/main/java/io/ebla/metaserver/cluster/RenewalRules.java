package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.contract.ErrorCode;
import io.ebla.metaserver.cluster.ClusterCommand.Renewal;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Memory tablets of several copies that lost a quorum at once begin again, empty (L6): what was committed
 * is in no living quorum any more, and no election could ever succeed. The new replicas have new ids, so
 * that nothing of the former ones is ever taken for theirs.
 */
final class RenewalRules {

    private RenewalRules() {}

    static Change renew(ClusterState state, ClusterCommand.RenewTablets command) {
        ClusterState.Draft draft = state.draft();
        Set<ReplicaId> ids = state.replicaIds();
        for (Renewal renewal : command.tablets()) {
            TabletDescriptor tablet = draft.tablets.get(renewal.tablet());
            if (tablet == null || tablet.epoch() != renewal.afterEpoch()) {
                return refused(state, ErrorCode.OPERATION_IN_PROGRESS, renewal, "has moved on");
            }
            Optional<String> fault =
                    faultOfTablet(state, tablet).or(() -> faultOfReplicas(state, renewal, ids));
            if (fault.isPresent()) {
                return refused(state, ErrorCode.INVALID_ARGUMENT, renewal, fault.get());
            }
            renew(draft, tablet, renewal, command.at());
        }
        return Change.to(draft.finish(), state);
    }

    private static void renew(
            ClusterState.Draft draft, TabletDescriptor tablet, Renewal renewal, long atMillis) {
        tablet.previousReplicas().forEach(former -> draft.retire(tablet.id(), former));
        tablet.replicas().forEach(former -> draft.retire(tablet.id(), former));
        draft.elections.remove(tablet.id());
        HandOverRules.elected(draft, tablet.id(), renewal.node(), atMillis);
        SplitRules.renewed(draft, tablet, atMillis);
        String lost = "tablet " + tablet.id() + " lost all it had";
        MergeRules.giveUp(draft, tablet.id(), lost, atMillis);
        long epoch = renewal.afterEpoch() + 1;
        ReplicaOperations.emptied(
                draft,
                tablet.id(),
                epoch,
                "a quorum of its copies in memory was lost at once: it begins again, empty",
                atMillis);
        draft.put(
                tablet.withReplicas(renewal.replicas(), List.of())
                        .withEpoch(
                                epoch,
                                new Mastership(epoch, renewal.node(), renewal.incarnation())));
    }

    private static Optional<String> faultOfTablet(ClusterState state, TabletDescriptor tablet) {
        if (state.tables().get(tablet.table()).store() != StoreKind.MEMORY) {
            return Optional.of("is on disk, and nothing of it is given up");
        }
        return tablet.beyondElection()
                ? Optional.empty()
                : Optional.of("has a quorum of living replicas, or one copy only");
    }

    private static Optional<String> faultOfReplicas(
            ClusterState state, Renewal renewal, Set<ReplicaId> known) {
        Set<NodeId> nodes = new HashSet<>();
        for (ReplicaDescriptor replica : renewal.replicas()) {
            boolean fresh = !replica.opened() && !replica.lost() && !replica.learner();
            if (!fresh || !known.add(replica.id())) {
                return Optional.of("would have a replica that is not new");
            }
            if (!state.nodes().containsKey(replica.node()) || !nodes.add(replica.node())) {
                return Optional.of("would be on an unknown node, or twice on one");
            }
        }
        if (TaskRules.onDrained(state, renewal.replicas().stream())) {
            return Optional.of("would be on a node that is drained");
        }
        NodeDescriptor master = state.nodes().get(renewal.node());
        boolean runs =
                nodes.contains(renewal.node())
                        && master.incarnation().equals(renewal.incarnation());
        return runs ? Optional.empty() : Optional.of("would have a master that does not run");
    }

    private static Change refused(ClusterState state, ErrorCode code, Renewal renewal, String why) {
        return Change.refused(state, code, "tablet " + renewal.tablet() + " " + why);
    }
}
