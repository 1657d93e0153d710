package io.ebla.metaserver.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What one command may do to the replica sets of tablets, and to what is under way for them. */
final class ReplicaHistory {

    private ReplicaHistory() {}

    static void check(ClusterState before, ClusterCommand command, ClusterState after) {
        for (TabletDescriptor tablet : after.tablets().values()) {
            TabletDescriptor was = before.tablets().get(tablet.id());
            if (was != null && !(command instanceof ClusterCommand.RenewTablets)) {
                members(was, tablet, command);
            }
            assertThat(tablet.members()).as("of %s", tablet.id()).isNotEmpty();
        }
        slots(after);
        retirements(before, after);
        handOvers(before, after);
        drained(before, command, after);
        moves(after);
        tasks(before, after);
        forgotten(before, after);
    }

    /** Only a drained node that no tablet counts on is ever forgotten, and it stays drained. */
    private static void forgotten(ClusterState before, ClusterState after) {
        for (NodeId node : before.nodes().keySet()) {
            if (!after.nodes().containsKey(node)) {
                assertThat(after.administration().isDrained(node)).isTrue();
                assertThat(after.replicasOn(node)).isZero();
            }
        }
    }

    /** A drained node gets nothing: neither a replica nor, but by an election, a mastership. */
    private static void drained(ClusterState before, ClusterCommand command, ClusterState after) {
        Set<ReplicaId> known = new HashSet<>();
        for (TabletDescriptor was : before.tablets().values()) {
            known.addAll(ids(was.replicas()));
            known.addAll(ids(was.previousReplicas()));
            // What a split makes of a replica stays where that is.
            for (SplitOperation split : before.splits().values()) {
                if (split.tablet().equals(was.id())) {
                    was.members().forEach(each -> known.add(each.id().ofChild(split.low())));
                    was.members().forEach(each -> known.add(each.id().ofChild(split.high())));
                }
            }
        }
        for (MergeOperation merge : before.merges().values()) {
            TabletDescriptor left = before.tablets().get(merge.left());
            if (left != null) {
                left.members().forEach(each -> known.add(each.id().ofChild(merge.into())));
            }
        }
        boolean inPlace = command instanceof ClusterCommand.RecordSoleMasters;
        for (TabletDescriptor tablet : after.tablets().values()) {
            for (ReplicaDescriptor replica : tablet.replicas()) {
                boolean given =
                        before.administration().isDrained(replica.node())
                                && !known.contains(replica.id());
                assertThat(given && !inPlace).as("given to a drained node").isFalse();
            }
        }
        for (HandOver each : after.handOvers().values()) {
            boolean begun = !before.handOvers().containsKey(each.id());
            assertThat(begun && before.administration().isDrained(each.to())).isFalse();
        }
    }

    /** A learner that moves has a living member to take over from, or one that was. */
    private static void moves(ClusterState state) {
        for (ReplicaOperation each : state.replicaOperations().values()) {
            if (each.moves()) {
                TabletDescriptor tablet = state.tablets().get(each.tablet());
                assertThat(tablet.replicas())
                        .as("the learner of %s", each)
                        .anyMatch(one -> one.id().equals(each.replica()) && one.learner());
                assertThat(each.from()).isNotNull().isNotEqualTo(each.to());
            }
        }
    }

    private static void tasks(ClusterState before, ClusterState after) {
        for (ClusterTask each : after.administration().tasks()) {
            before.administration()
                    .last(was -> was.id().equals(each.id()) && was.phase().ended())
                    .ifPresent(was -> assertThat(each).isEqualTo(was));
            boolean drains = each.kind() == ClusterTask.Kind.DRAIN && !each.phase().ended();
            if (drains) {
                assertThat(after.administration().isDrained(each.node())).isTrue();
            }
            boolean emptied =
                    each.kind() == ClusterTask.Kind.DRAIN
                            && each.phase() == ClusterTask.Phase.DONE
                            && before.administration()
                                    .running(ClusterTask.Kind.DRAIN, each.node())
                                    .filter(was -> was.id().equals(each.id()))
                                    .isPresent();
            if (emptied) {
                assertThat(after.replicasOn(each.node())).isZero();
            }
        }
    }

    private static void members(
            TabletDescriptor was, TabletDescriptor tablet, ClusterCommand command) {
        Set<ReplicaId> former = ids(was.members());
        Set<ReplicaId> present = ids(tablet.members());
        boolean renewed = command instanceof ClusterCommand.RecordSoleMasters && was.sole();
        if (!former.equals(present) && !renewed) {
            assertThat(tablet.epoch()).as("a change is an epoch").isEqualTo(was.epoch() + 1);
            assertThat(was.previousReplicas()).as("no change within a change").isEmpty();
            assertThat(ids(tablet.previousReplicas())).isEqualTo(former);
            assertThat(tablet.master().node()).isEqualTo(was.master().node());
            assertThat(tablet.master().incarnation()).isEqualTo(was.master().incarnation());
            assertThat(useful(tablet.members()))
                    .isGreaterThanOrEqualTo(TabletDescriptor.quorumOf(present.size()));
        }
        if (!was.previousReplicas().isEmpty() && tablet.previousReplicas().isEmpty()) {
            assertThat(command).isInstanceOf(ClusterCommand.SettleReplicas.class);
            assertThat(tablet.members())
                    .anyMatch(each -> each.node().equals(tablet.master().node()) && !each.lost());
        }
        boolean gaveUp =
                command instanceof ClusterCommand.AddLearners
                        && useful(tablet.members()) < useful(was.members());
        if (gaveUp) {
            assertThat(useful(tablet.members()))
                    .isGreaterThanOrEqualTo(TabletDescriptor.quorumOf(present.size()));
        }
    }

    private static long useful(List<ReplicaDescriptor> members) {
        return members.stream().filter(each -> each.opened() && !each.lost()).count();
    }

    private static Set<ReplicaId> ids(List<ReplicaDescriptor> replicas) {
        return replicas.stream().map(ReplicaDescriptor::id).collect(Collectors.toSet());
    }

    private static void slots(ClusterState state) {
        state.elections()
                .forEach(
                        (id, election) -> {
                            assertThat(state.tablets().get(id).epoch()).isEqualTo(election.epoch());
                            assertThat(state.tablets().get(id).master()).isNull();
                        });
    }

    /** What leaves a tablet is to be removed, and nobody else's data ever is. */
    private static void retirements(ClusterState before, ClusterState after) {
        Set<ReplicaId> living = new HashSet<>();
        for (TabletDescriptor tablet : after.tablets().values()) {
            tablet.replicas().stream()
                    .filter(each -> !each.lost())
                    .forEach(each -> living.add(each.id()));
            tablet.previousReplicas().stream()
                    .filter(each -> !each.lost())
                    .forEach(each -> living.add(each.id()));
        }
        assertThat(Collections.disjoint(after.retired().keySet(), living)).isTrue();
        after.retired()
                .values()
                .forEach(retired -> assertThat(after.tablets()).containsKey(retired.tablet()));
        for (TabletDescriptor was : before.tablets().values()) {
            if (after.tablets().containsKey(was.id())) {
                was.replicas().stream()
                        .filter(each -> !each.lost() && !living.contains(each.id()))
                        .filter(each -> !after.strayed().containsKey(each.id()))
                        .forEach(each -> assertThat(after.retired()).containsKey(each.id()));
            }
        }
    }

    private static void handOvers(ClusterState before, ClusterState after) {
        Set<Object> running = new HashSet<>();
        for (HandOver each : after.handOvers().values()) {
            HandOver was = before.handOvers().get(each.id());
            if (was != null && was.phase().ended()) {
                assertThat(each).isEqualTo(was);
            }
            if (!each.phase().ended()) {
                assertThat(running.add(each.tablet())).as("one at a time").isTrue();
                assertThat(after.tablets()).containsKey(each.tablet());
            }
        }
        assertThat(after.handOvers().size() - running.size())
                .isLessThanOrEqualTo(HandOverRules.REMEMBERED_MAX);
    }
}
