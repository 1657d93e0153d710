package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.ErrorCode;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Compare-and-set of masterships on (tablet, epoch): the only way a master is replaced (E2). */
final class MastershipRules {

    private MastershipRules() {}

    /** All winners are recorded or none: a proposer that lost a race decides again from the new state. */
    static Change record(ClusterState state, ClusterCommand.RecordWinners command) {
        Set<TabletId> seen = new HashSet<>();
        ClusterState.Draft draft = state.draft();
        for (ClusterCommand.Winner winner : command.winners()) {
            Optional<Verdict.Refused> refusal =
                    seen.add(winner.tablet())
                            ? refusal(state, winner)
                            : Optional.of(invalid(winner, "is elected twice in one command"));
            if (refusal.isPresent()) {
                return new Change(state, refusal.get());
            }
            TabletDescriptor tablet = state.tablets().get(winner.tablet());
            forgetReplaced(draft, tablet, winner);
            draft.tablets.put(
                    tablet.id(),
                    new TabletDescriptor(
                            tablet.id(),
                            tablet.table(),
                            tablet.fromHex(),
                            tablet.toHex(),
                            winner.replicas(),
                            winner.afterEpoch() + 1,
                            winner.mastership()));
        }
        return Change.to(draft.finish(), state);
    }

    private static Optional<Verdict.Refused> refusal(
            ClusterState state, ClusterCommand.Winner winner) {
        TabletDescriptor tablet = state.tablets().get(winner.tablet());
        if (tablet == null || tablet.epoch() != winner.afterEpoch()) {
            return Optional.of(stale(winner, "is not at epoch " + winner.afterEpoch()));
        }
        NodeDescriptor node = state.nodes().get(winner.node());
        if (node == null || !node.incarnation().equals(winner.incarnation())) {
            return Optional.of(stale(winner, "would go to a run that is not registered"));
        }
        boolean electable =
                winner.replicas().stream()
                        .anyMatch(
                                replica -> replica.node().equals(winner.node()) && !replica.lost());
        if (!electable) {
            return Optional.of(invalid(winner, "has no living replica on " + winner.node()));
        }
        return sameOrRenewed(state, tablet, winner.replicas())
                ? Optional.empty()
                : Optional.of(stale(winner, "has other replicas"));
    }

    /** A lost replica of a memory table may be renewed, empty, under a new id (L6); no other changes. */
    private static boolean sameOrRenewed(
            ClusterState state, TabletDescriptor tablet, List<ReplicaDescriptor> proposed) {
        if (proposed.size() != tablet.replicas().size()) {
            return false;
        }
        boolean renewable = state.tables().get(tablet.table()).store() == StoreKind.MEMORY;
        for (int i = 0; i < proposed.size(); i++) {
            ReplicaDescriptor before = tablet.replicas().get(i);
            ReplicaDescriptor after = proposed.get(i);
            boolean renewed =
                    renewable
                            && before.lost()
                            && after.node().equals(before.node())
                            && !after.opened()
                            && !after.lost()
                            && !known(state, after.id());
            if (!before.equals(after) && !renewed) {
                return false;
            }
        }
        return true;
    }

    /** Whether a replica of that id exists, or is remembered. */
    static boolean known(ClusterState state, ReplicaId id) {
        return state.strayed().containsKey(id)
                || state.tablets().values().stream()
                        .flatMap(tablet -> tablet.replicas().stream())
                        .anyMatch(replica -> replica.id().equals(id));
    }

    private static void forgetReplaced(
            ClusterState.Draft draft, TabletDescriptor tablet, ClusterCommand.Winner winner) {
        for (ReplicaDescriptor before : tablet.replicas()) {
            if (!winner.replicas().contains(before)) {
                draft.strayed.remove(before.id());
            }
        }
    }

    private static Verdict.Refused stale(ClusterCommand.Winner winner, String why) {
        return new Verdict.Refused(
                ErrorCode.OPERATION_IN_PROGRESS, "tablet " + winner.tablet() + " " + why);
    }

    private static Verdict.Refused invalid(ClusterCommand.Winner winner, String why) {
        return new Verdict.Refused(
                ErrorCode.INVALID_ARGUMENT, "tablet " + winner.tablet() + " " + why);
    }

    static TabletDescriptor withReplicas(
            TabletDescriptor tablet, List<ReplicaDescriptor> replicas) {
        return new TabletDescriptor(
                tablet.id(),
                tablet.table(),
                tablet.fromHex(),
                tablet.toHex(),
                replicas,
                tablet.epoch(),
                tablet.master());
    }

    static TabletDescriptor withoutMaster(TabletDescriptor tablet) {
        return new TabletDescriptor(
                tablet.id(),
                tablet.table(),
                tablet.fromHex(),
                tablet.toHex(),
                tablet.replicas(),
                tablet.epoch(),
                null);
    }
}
