package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The next step from the replicas that a tablet has to those it should have: a calculation from what is,
 * so that nothing has to be remembered and whoever leads goes on with it.
 *
 * <pre>
 *   a learner of no use        is retired
 *   too many members           the set without the worst; the master stays
 *   too few useful members     a learner for each that is missing; caught up, it takes the place
 *   enough useful members      learners that are left over are retired
 * </pre>
 *
 * <p>Members are never fewer than the table asks for while they are replaced: one of no use stays in the
 * set, and counts, until a learner takes its place. A table that is to have more copies gets them all in
 * one change, for two copies tolerate no more loss than one.
 */
final class ReplicaPlan {

    /** What the plan asks. */
    interface View {

        /** Of no use any more, for good or for too long. */
        boolean useless(ReplicaDescriptor replica);

        /** Whether it has nearly all of the log. */
        boolean caughtUp(ReplicaDescriptor learner);

        /** Whether a new replica may take the place of this useless one on the same node. */
        boolean rebuildsInPlace(ReplicaDescriptor replica);

        /** Another node with room for a copy, none of those. */
        Optional<NodeId> room(List<NodeId> holders);
    }

    /** One step; each is safe by itself. */
    sealed interface Step {

        /**
         * @param givesUp the lost member that it replaces on its own node, or null
         * @param instead the node of the member whose place it is to take, or null
         */
        record AddLearner(NodeId node, ReplicaId givesUp, NodeId instead) implements Step {}

        record Retire(ReplicaId learner) implements Step {}

        record Change(List<ReplicaId> members) implements Step {}
    }

    private final TabletDescriptor tablet;
    private final int wanted;
    private final View view;
    private final List<ReplicaDescriptor> members;
    private final List<ReplicaDescriptor> learners;
    private final List<ReplicaDescriptor> good = new ArrayList<>();
    private final List<ReplicaDescriptor> bad = new ArrayList<>();

    /** @param tablet with a master that has begun its epoch, and no replica change under way */
    ReplicaPlan(TabletDescriptor tablet, int wanted, View view) {
        this.tablet = tablet;
        this.wanted = wanted;
        this.view = view;
        members = tablet.members();
        learners = tablet.replicas().stream().filter(ReplicaDescriptor::learner).toList();
        for (ReplicaDescriptor member : members) {
            boolean master = member.node().equals(tablet.master().node()) && !member.lost();
            if (master) {
                good.add(0, member);
            } else {
                (view.useless(member) ? bad : good).add(member);
            }
        }
    }

    Optional<Step> next() {
        Optional<ReplicaDescriptor> useless = learners.stream().filter(view::useless).findFirst();
        if (useless.isPresent()) {
            return Optional.of(new Step.Retire(useless.get().id()));
        }
        if (members.size() > wanted) {
            return Optional.of(change(List.of()));
        }
        int missing = wanted - good.size();
        if (learners.size() > missing) {
            return Optional.of(new Step.Retire(learners.get(learners.size() - 1).id()));
        }
        List<ReplicaDescriptor> ready = learners.stream().filter(view::caughtUp).toList();
        boolean enough = members.size() == wanted ? !ready.isEmpty() : ready.size() == missing;
        if (missing > 0 && enough) {
            return Optional.of(change(ready));
        }
        return learners.size() < missing ? learner() : Optional.empty();
    }

    /** Useful members first, then those that take part newly, then as many useless ones as have a place. */
    private Step change(List<ReplicaDescriptor> ready) {
        List<ReplicaId> next = new ArrayList<>();
        good.forEach(member -> next.add(member.id()));
        ready.forEach(learner -> next.add(learner.id()));
        bad.stream()
                .filter(member -> ready.stream().noneMatch(each -> sameNode(each, member)))
                .forEach(member -> next.add(member.id()));
        return new Step.Change(List.copyOf(next.subList(0, Math.min(wanted, next.size()))));
    }

    private static boolean sameNode(ReplicaDescriptor one, ReplicaDescriptor other) {
        return one.node().equals(other.node());
    }

    private Optional<Step> learner() {
        for (ReplicaDescriptor member : bad) {
            boolean taken = learners.stream().anyMatch(each -> sameNode(each, member));
            if (!taken && view.rebuildsInPlace(member)) {
                return Optional.of(new Step.AddLearner(member.node(), member.id(), member.node()));
            }
        }
        List<NodeId> holders = tablet.replicas().stream().map(ReplicaDescriptor::node).toList();
        NodeId instead = learners.size() < bad.size() ? bad.get(learners.size()).node() : null;
        return view.room(holders).map(node -> new Step.AddLearner(node, null, instead));
    }
}
