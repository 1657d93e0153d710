package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.ErrorCode;
import io.ebla.metaserver.cluster.ClusterCommand.SoleMaster;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Masterships of tablets with one copy, by compare-and-set on (tablet, epoch): its holder is the only one
 * that may have a log, and a restarted process has ended the run before, so that nobody is to be fenced.
 */
final class SoleMasterRules {

    private SoleMasterRules() {}

    /** All are recorded or none: a proposer that lost a race decides again from the new state. */
    static Change record(ClusterState state, ClusterCommand.RecordSoleMasters command) {
        Set<TabletId> seen = new HashSet<>();
        ClusterState.Draft draft = state.draft();
        for (SoleMaster sole : command.masters()) {
            Optional<Verdict.Refused> refusal =
                    seen.add(sole.tablet())
                            ? refusal(state, sole)
                            : Optional.of(invalid(sole, "is elected twice in one command"));
            if (refusal.isPresent()) {
                return new Change(state, refusal.get());
            }
            record(draft, state.tablets().get(sole.tablet()), sole, command.at());
        }
        return Change.to(draft.finish(), state);
    }

    private static void record(
            ClusterState.Draft draft, TabletDescriptor tablet, SoleMaster sole, long atMillis) {
        ReplicaDescriptor before = tablet.members().get(0);
        List<ReplicaDescriptor> replicas =
                tablet.replicas().stream()
                        .map(replica -> replica.equals(before) ? sole.replica() : replica)
                        .toList();
        if (!before.id().equals(sole.replica().id())) {
            draft.strayed.remove(before.id());
            ReplicaOperations.emptied(
                    draft,
                    tablet.id(),
                    sole.afterEpoch() + 1,
                    "its only copy was in memory and is lost: it begins again, empty",
                    atMillis);
        }
        draft.elections.remove(tablet.id());
        draft.put(
                tablet.withReplicas(replicas, List.of())
                        .withEpoch(sole.afterEpoch() + 1, sole.mastership()));
    }

    private static Optional<Verdict.Refused> refusal(ClusterState state, SoleMaster sole) {
        TabletDescriptor tablet = state.tablets().get(sole.tablet());
        if (tablet == null || tablet.epoch() != sole.afterEpoch()) {
            return Optional.of(stale(sole, "is not at epoch " + sole.afterEpoch()));
        }
        if (!tablet.sole()) {
            return Optional.of(invalid(sole, "has several copies, which must be fenced"));
        }
        NodeDescriptor node = state.nodes().get(sole.node());
        if (node == null || !node.incarnation().equals(sole.incarnation())) {
            return Optional.of(stale(sole, "would go to a run that is not registered"));
        }
        if (!sole.replica().node().equals(sole.node()) || sole.replica().lost()) {
            return Optional.of(invalid(sole, "has no living replica on " + sole.node()));
        }
        return sameOrRenewed(state, tablet, sole.replica())
                ? Optional.empty()
                : Optional.of(stale(sole, "has another replica"));
    }

    /** A lost replica of a memory table may be renewed, empty, under a new id (L6); no other changes. */
    private static boolean sameOrRenewed(
            ClusterState state, TabletDescriptor tablet, ReplicaDescriptor after) {
        ReplicaDescriptor before = tablet.members().get(0);
        if (before.equals(after)) {
            return true;
        }
        return state.tables().get(tablet.table()).store() == StoreKind.MEMORY
                && before.lost()
                && after.node().equals(before.node())
                && !after.opened()
                && !after.learner()
                && !state.replicaIds().contains(after.id());
    }

    private static Verdict.Refused stale(SoleMaster sole, String why) {
        return new Verdict.Refused(
                ErrorCode.OPERATION_IN_PROGRESS, "tablet " + sole.tablet() + " " + why);
    }

    private static Verdict.Refused invalid(SoleMaster sole, String why) {
        return new Verdict.Refused(
                ErrorCode.INVALID_ARGUMENT, "tablet " + sole.tablet() + " " + why);
    }
}
