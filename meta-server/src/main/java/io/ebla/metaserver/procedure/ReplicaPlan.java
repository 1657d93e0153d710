package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import java.util.ArrayList;
import java.util.Comparator;
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
 *   members that are to go     likewise, but they are of use until then, and a master hands over before
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

        /** Whether the node is to hold nothing. */
        boolean drained(NodeId node);

        /** The node of the living member that a learner takes over from, if it is there for that. */
        Optional<NodeId> movedFrom(ReplicaDescriptor learner);

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
         * @param moves whether that one lives, and stays until the learner can take over
         */
        record AddLearner(NodeId node, ReplicaId givesUp, NodeId instead, boolean moves)
                implements Step {}

        record Retire(ReplicaId learner) implements Step {}

        record Change(List<ReplicaId> members) implements Step {}
    }

    private final TabletDescriptor tablet;
    private final int wanted;
    private final View view;
    private final List<ReplicaDescriptor> members;
    private final List<ReplicaDescriptor> learners;
    private final List<ReplicaDescriptor> good = new ArrayList<>();
    private final List<ReplicaDescriptor> leaving = new ArrayList<>();
    private final List<ReplicaDescriptor> bad = new ArrayList<>();

    /** @param tablet with a master that has begun its epoch, and no replica change under way */
    ReplicaPlan(TabletDescriptor tablet, int wanted, View view) {
        this.tablet = tablet;
        this.wanted = wanted;
        this.view = view;
        members = tablet.members();
        learners = tablet.replicas().stream().filter(ReplicaDescriptor::learner).toList();
        for (ReplicaDescriptor member : members) {
            boolean useless = !masters(member) && view.useless(member);
            List<ReplicaDescriptor> kind =
                    useless ? bad : view.drained(member.node()) || moves(member) ? leaving : good;
            kind.add(masters(member) ? 0 : kind.size(), member);
        }
    }

    /** Whether a learner is there to take over from it. */
    private boolean moves(ReplicaDescriptor member) {
        return learners.stream().anyMatch(each -> takesOver(each, member));
    }

    private boolean takesOver(ReplicaDescriptor learner, ReplicaDescriptor member) {
        return view.movedFrom(learner).filter(member.node()::equals).isPresent();
    }

    /** Whether one copy is to become another one copy. */
    private boolean only() {
        return members.size() == 1 && wanted == 1;
    }

    private boolean masters(ReplicaDescriptor member) {
        return member.node().equals(tablet.master().node()) && !member.lost();
    }

    Optional<Step> next() {
        Optional<ReplicaDescriptor> useless = learners.stream().filter(view::useless).findFirst();
        if (useless.isPresent()) {
            return Optional.of(new Step.Retire(useless.get().id()));
        }
        if (members.size() > wanted) {
            return change(List.of());
        }
        int missing = wanted - good.size();
        if (learners.size() > missing) {
            return Optional.of(new Step.Retire(learners.get(learners.size() - 1).id()));
        }
        List<ReplicaDescriptor> ready =
                learners.stream().filter(each -> view.caughtUp(each) && mayTakePart(each)).toList();
        int added = wanted - good.size() - leaving.size();
        boolean enough = members.size() == wanted ? !ready.isEmpty() : ready.size() >= added;
        Optional<Step> change = missing > 0 && enough ? change(ready) : Optional.empty();
        return change.isEmpty() && learners.size() < missing ? learner() : change;
    }

    /**
     * The place of a master is free when it has handed over. Where nobody stays that it could hand over to,
     * its learner takes another's place that is to go, and is the one.
     */
    private boolean mayTakePart(ReplicaDescriptor learner) {
        return only()
                || good.isEmpty()
                || leaving.stream().noneMatch(each -> masters(each) && takesOver(learner, each));
    }

    /**
     * The master first, unless it is the only copy; then useful members, those that take part newly, and as
     * many of those that are to go, and of useless ones, as have a place. None if those are the members.
     */
    private Optional<Step> change(List<ReplicaDescriptor> ready) {
        List<ReplicaId> next = new ArrayList<>();
        leaving.stream()
                .filter(each -> masters(each) && !only())
                .forEach(each -> next.add(each.id()));
        good.forEach(member -> next.add(member.id()));
        ready.forEach(learner -> next.add(learner.id()));
        leaving.stream()
                .filter(each -> !masters(each))
                .sorted(Comparator.comparing(each -> succeeded(each, ready)))
                .forEach(each -> next.add(each.id()));
        bad.stream()
                .filter(member -> ready.stream().noneMatch(each -> sameNode(each, member)))
                .forEach(member -> next.add(member.id()));
        List<ReplicaId> set = List.copyOf(next.subList(0, Math.min(wanted, next.size())));
        boolean same =
                set.size() == members.size()
                        && members.stream().allMatch(each -> set.contains(each.id()));
        return same ? Optional.empty() : Optional.of(new Step.Change(set));
    }

    private boolean succeeded(ReplicaDescriptor member, List<ReplicaDescriptor> ready) {
        return ready.stream().anyMatch(each -> takesOver(each, member));
    }

    private static boolean sameNode(ReplicaDescriptor one, ReplicaDescriptor other) {
        return one.node().equals(other.node());
    }

    private Optional<Step> learner() {
        for (ReplicaDescriptor member : bad) {
            boolean taken = learners.stream().anyMatch(each -> sameNode(each, member));
            if (!taken && view.rebuildsInPlace(member)) {
                return Optional.of(
                        new Step.AddLearner(member.node(), member.id(), member.node(), false));
            }
        }
        List<NodeId> holders = tablet.replicas().stream().map(ReplicaDescriptor::node).toList();
        List<ReplicaDescriptor> replaced = new ArrayList<>(bad);
        leaving.stream()
                .filter(each -> !moves(each))
                .sorted(Comparator.comparing(this::masters)) // it needs one to hand over to
                .forEach(replaced::add);
        int others = (int) learners.stream().filter(each -> view.movedFrom(each).isEmpty()).count();
        ReplicaDescriptor instead = others < replaced.size() ? replaced.get(others) : null;
        return view.room(holders)
                .map(
                        node ->
                                new Step.AddLearner(
                                        node,
                                        null,
                                        instead == null ? null : instead.node(),
                                        leaving.contains(instead)));
    }
}
