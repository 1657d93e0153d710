package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Replicas that only follow. They count nowhere, so that they come and go without an epoch.
 *
 * <p>No node holds two living replicas of a tablet. A learner may take the node of a member that is of no
 * use any more; that member is then lost for good, though it goes on counting until a replica change
 * takes it out of the set, and its node removes what it had of it.
 */
final class LearnerRules {

    private LearnerRules() {}

    static Change add(ClusterState state, ClusterCommand.AddLearners command) {
        ClusterState.Draft draft = state.draft();
        Set<ReplicaId> known = state.replicaIds();
        for (NewLearner learner : command.learners()) {
            TabletDescriptor tablet = draft.tablets.get(learner.tablet());
            if (tablet != null && due(state, tablet, learner) && known.add(learner.replica())) {
                add(draft, tablet, learner);
                ReplicaOperations.begun(draft, tablet, learner, command.at());
            }
        }
        return Change.to(draft.finish(), state);
    }

    private static boolean due(ClusterState state, TabletDescriptor tablet, NewLearner learner) {
        return tablet.epoch() == learner.epoch()
                && state.holdingReplicas(tablet.id()).isEmpty()
                && state.nodes().containsKey(learner.node())
                && !state.administration().isDrained(learner.node())
                && vacant(tablet, learner)
                && (learner.givesUp() == null || mayGiveUp(tablet, learner))
                && (!learner.moves() || mayMove(state, tablet, learner));
    }

    /** From a living member that does not move already, and not in the middle of a change. */
    private static boolean mayMove(
            ClusterState state, TabletDescriptor tablet, NewLearner learner) {
        boolean moves =
                tablet.replicas().stream()
                        .flatMap(each -> state.movedFrom(each).stream())
                        .anyMatch(from -> from.equals(learner.instead()));
        return !moves
                && learner.givesUp() == null
                && tablet.previousReplicas().isEmpty()
                && tablet.members().stream()
                        .anyMatch(
                                each ->
                                        each.node().equals(learner.instead())
                                                && each.opened()
                                                && !each.lost());
    }

    /** A lost one may be found again, so it must be given up before its node has another. */
    private static boolean vacant(TabletDescriptor tablet, NewLearner learner) {
        return Stream.of(tablet.replicas(), tablet.previousReplicas())
                .flatMap(List::stream)
                .filter(replica -> replica.node().equals(learner.node()))
                .allMatch(replica -> replica.id().equals(learner.givesUp()));
    }

    /** The rest must still be a quorum, and none of it may be in the middle of a change. */
    private static boolean mayGiveUp(TabletDescriptor tablet, NewLearner learner) {
        List<ReplicaDescriptor> members = tablet.members();
        Optional<ReplicaDescriptor> given =
                members.stream().filter(each -> each.id().equals(learner.givesUp())).findFirst();
        NodeId master = tablet.master() == null ? null : tablet.master().node();
        long rest =
                members.stream()
                        .filter(each -> each.opened() && !each.lost())
                        .filter(each -> !each.id().equals(learner.givesUp()))
                        .count();
        return given.isPresent()
                && given.get().node().equals(learner.node())
                && !learner.node().equals(master)
                && tablet.previousReplicas().isEmpty()
                && rest >= TabletDescriptor.quorumOf(members.size());
    }

    private static void add(ClusterState.Draft draft, TabletDescriptor tablet, NewLearner learner) {
        List<ReplicaDescriptor> replicas = new ArrayList<>();
        for (ReplicaDescriptor replica : tablet.replicas()) {
            boolean givenUp = replica.id().equals(learner.givesUp());
            if (givenUp) {
                draft.retire(tablet.id(), replica);
            }
            replicas.add(givenUp ? replica.asLost() : replica);
        }
        replicas.add(new ReplicaDescriptor(learner.node(), learner.replica(), false, false, true));
        draft.put(tablet.withReplicas(replicas, tablet.previousReplicas()));
    }

    static Change retire(ClusterState state, ClusterCommand.RetireLearners command) {
        ClusterState.Draft draft = state.draft();
        for (Holding holding : command.learners()) {
            TabletDescriptor tablet = draft.tablets.get(holding.tablet());
            if (tablet != null) {
                retire(draft, tablet, holding.replica());
                ReplicaOperations.retired(draft, holding.replica(), command.at());
            }
        }
        return Change.to(draft.finish(), state);
    }

    private static void retire(ClusterState.Draft draft, TabletDescriptor tablet, ReplicaId id) {
        List<ReplicaDescriptor> rest = new ArrayList<>(tablet.replicas());
        for (ReplicaDescriptor replica : tablet.replicas()) {
            if (replica.learner() && replica.id().equals(id)) {
                rest.remove(replica);
                draft.retire(tablet.id(), replica);
            }
        }
        draft.put(tablet.withReplicas(rest, tablet.previousReplicas()));
    }
}
