package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.contract.ErrorCode;
import io.ebla.metaserver.cluster.ClusterCommand.Settled;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Changes of the replica set (E3).
 *
 * <p>A change is an epoch: the same run of the same master goes from e to e + 1 with the new set. Until
 * the EPOCH_START of that epoch, or of a later one, is committed in both sets, the former set is kept,
 * every election needs both, and no other change begins. Only then may a former member remove what it
 * has.
 *
 * <p>The master is of the new set, but for the only copy of a tablet: that one masters the tablet until the
 * copy that takes over has the whole log, which counts in both sets from the first entry on (E5).
 */
final class ReplicaRules {

    private ReplicaRules() {}

    static Change change(ClusterState state, ClusterCommand.ChangeReplicas command) {
        TabletDescriptor tablet = state.tablets().get(command.tablet());
        if (tablet == null) {
            return Change.refused(
                    state, ErrorCode.TABLET_NOT_FOUND, "there is no tablet " + command.tablet());
        }
        Optional<String> busy = busy(state, tablet, command.afterEpoch());
        if (busy.isPresent()) {
            return refused(state, tablet, ErrorCode.OPERATION_IN_PROGRESS, busy.get());
        }
        List<ReplicaDescriptor> next = new ArrayList<>();
        for (ReplicaId id : command.members()) {
            tablet.replicas().stream()
                    .filter(replica -> replica.id().equals(id))
                    .forEach(next::add);
        }
        Optional<String> fault = fault(tablet, command.members(), next);
        if (fault.isPresent()) {
            return refused(state, tablet, ErrorCode.INVALID_ARGUMENT, fault.get());
        }
        ClusterState.Draft draft = state.draft();
        draft.put(changed(tablet, next));
        ReplicaOperations.joining(draft, tablet, next, command.at());
        return Change.to(draft.finish(), state);
    }

    private static TabletDescriptor changed(TabletDescriptor tablet, List<ReplicaDescriptor> next) {
        List<ReplicaDescriptor> replicas =
                new ArrayList<>(next.stream().map(ReplicaDescriptor::asMember).toList());
        tablet.replicas().stream()
                .filter(replica -> replica.learner() && !next.contains(replica))
                .forEach(replicas::add);
        Mastership master = tablet.master();
        long epoch = tablet.epoch() + 1;
        return tablet.withReplicas(replicas, tablet.members())
                .withEpoch(epoch, new Mastership(epoch, master.node(), master.incarnation()));
    }

    private static Optional<String> busy(ClusterState state, TabletDescriptor tablet, long epoch) {
        if (tablet.epoch() != epoch || tablet.master() == null) {
            return Optional.of("has no master of epoch " + epoch);
        }
        if (!tablet.previousReplicas().isEmpty()) {
            return Optional.of("is in the middle of another replica change");
        }
        Optional<String> held = state.holdingReplicas(tablet.id());
        if (held.isPresent()) {
            return held;
        }
        return state.handOverOf(tablet.id()).isPresent()
                ? Optional.of("is being handed over")
                : Optional.empty();
    }

    private static Optional<String> fault(
            TabletDescriptor tablet, List<ReplicaId> ids, List<ReplicaDescriptor> next) {
        Set<NodeId> nodes = new HashSet<>();
        next.forEach(replica -> nodes.add(replica.node()));
        if (next.isEmpty() || next.size() != ids.size() || nodes.size() != next.size()) {
            return Optional.of("has no such replicas, or would have two on one node");
        }
        if (next.stream().anyMatch(each -> each.learner() && (each.lost() || !each.opened()))) {
            return Optional.of("has a learner among them that holds nothing");
        }
        boolean only = tablet.members().size() == 1 && next.size() == 1;
        if (!only && next.stream().noneMatch(each -> leads(tablet, each))) {
            return Optional.of("would lose its master, which must hand over first");
        }
        long living = next.stream().filter(each -> each.opened() && !each.lost()).count();
        if (living < TabletDescriptor.quorumOf(next.size())) {
            return Optional.of("would have no quorum of living replicas");
        }
        return Set.copyOf(next).equals(Set.copyOf(tablet.members()))
                ? Optional.of("has those members already")
                : Optional.empty();
    }

    private static boolean leads(TabletDescriptor tablet, ReplicaDescriptor replica) {
        return !replica.lost()
                && !replica.learner()
                && replica.node().equals(tablet.master().node());
    }

    static Change settle(ClusterState state, ClusterCommand.SettleReplicas command) {
        ClusterState.Draft draft = state.draft();
        for (Settled settled : command.tablets()) {
            TabletDescriptor tablet = draft.tablets.get(settled.tablet());
            boolean due =
                    tablet != null
                            && tablet.epoch() == settled.epoch()
                            && tablet.master() != null
                            && !tablet.previousReplicas().isEmpty()
                            && tablet.members().stream().anyMatch(each -> leads(tablet, each));
            if (due) {
                settle(draft, tablet);
                ReplicaOperations.settled(draft, tablet.id(), command.at());
            }
        }
        return Change.to(draft.finish(), state);
    }

    private static void settle(ClusterState.Draft draft, TabletDescriptor tablet) {
        Set<ReplicaId> kept = new HashSet<>();
        tablet.replicas().forEach(replica -> kept.add(replica.id()));
        tablet.previousReplicas().stream()
                .filter(former -> !kept.contains(former.id()))
                .forEach(former -> draft.retire(tablet.id(), former));
        draft.put(tablet.withReplicas(tablet.replicas(), List.of()));
    }

    private static Change refused(
            ClusterState state, TabletDescriptor tablet, ErrorCode code, String why) {
        return Change.refused(state, code, "tablet " + tablet.id() + " " + why);
    }
}
