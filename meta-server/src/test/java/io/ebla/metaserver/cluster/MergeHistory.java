package io.ebla.metaserver.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.MergeOperation.Phase;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What one command may do to merges, and to the tablets that they concern. */
final class MergeHistory {

    private MergeHistory() {}

    static void check(ClusterState before, ClusterCommand command, ClusterState after) {
        Set<TabletId> running = new HashSet<>();
        for (SplitOperation split : after.splits().values()) {
            if (!split.phase().ended()) {
                running.add(split.tablet());
            }
        }
        for (MergeOperation merge : after.merges().values()) {
            MergeOperation was = before.merges().get(merge.id());
            if (was != null) {
                forward(was, merge);
                unsealed(before, after, was);
            }
            boolean begins = was == null || was.phase() == Phase.ALIGNING;
            if (begins && merge.phase() == Phase.COPYING) {
                alone(after, merge);
            }
            if (merge.phase() == Phase.SEALING) {
                assertThat(after.handOverOf(merge.left())).isEmpty();
                assertThat(after.handOverOf(merge.right())).isEmpty();
            }
            if (was == null) {
                assertThat(merge.drained(after)).isEmpty();
            }
            if (!merge.phase().ended()) {
                for (TabletId each : List.of(merge.left(), merge.right())) {
                    if (merge.phase() == Phase.UNSEALING) {
                        continue;
                    }
                    assertThat(running.add(each)).as("one at a time").isTrue();
                    assertThat(after.tablets()).containsKey(each);
                    if (was != null && was.phase().holdsReplicas()) {
                        sameMembers(before, command, after, each);
                    }
                }
            }
            if (!merge.phase().ended() && merge.phase() != Phase.UNSEALING) {
                assertThat(after.tablets().get(merge.left()).toHex())
                        .isEqualTo(after.tablets().get(merge.right()).fromHex());
            }
            boolean done = merge.phase() == Phase.DONE;
            if (was != null && done && was.phase() != Phase.DONE) {
                swapped(before, after, was, merge);
            } else if (!done) {
                assertThat(after.tablets()).doesNotContainKey(merge.into());
            }
        }
        for (MergeOperation was : before.merges().values()) {
            assertThat(was.phase().ended() || after.merges().containsKey(was.id())).isTrue();
        }
    }

    /** A node makes one store at a time. */
    private static void alone(ClusterState state, MergeOperation begun) {
        Set<NodeId> nodes = nodes(state.tablets().get(begun.left()));
        for (MergeOperation other : state.merges().values()) {
            boolean makes = other.phase().holdsReplicas() && !other.id().equals(begun.id());
            for (TabletId each :
                    makes ? List.of(other.left(), other.right()) : List.<TabletId>of()) {
                if (state.tablets().containsKey(each)) {
                    assertThat(nodes).doesNotContainAnyElementsOf(nodes(state.tablets().get(each)));
                }
            }
        }
    }

    private static void forward(MergeOperation was, MergeOperation now) {
        assertThat(now.phase()).isGreaterThanOrEqualTo(was.phase());
        if (was.phase().ended()) {
            assertThat(now).isEqualTo(was);
        }
        boolean unsealed = was.phase() == Phase.UNSEALING;
        assertThat(unsealed && now.phase() == Phase.DONE).as("given up for good").isFalse();
        boolean skipped = was.phase() == Phase.SEALING && now.phase() == Phase.ABORTED;
        assertThat(skipped && now.detail().isEmpty()).as("only with the tablets").isFalse();
        assertThat(now.opened()).containsAll(was.opened());
        assertThat(List.of(now.left(), now.right(), now.into()))
                .isEqualTo(List.of(was.left(), was.right(), was.into()));
    }

    /** Whoever may have made the merged tablet is told to remove it until both logs forbid it. */
    private static void unsealed(ClusterState before, ClusterState after, MergeOperation was) {
        if (was.phase() == Phase.UNSEALING) {
            assertThat(before.dropped()).containsKey(was.into());
            assertThat(after.dropped()).containsKey(was.into());
            assertThat(after.dropped().get(was.into()))
                    .containsAll(before.dropped().get(was.into()));
        }
    }

    private static void sameMembers(
            ClusterState before, ClusterCommand command, ClusterState after, TabletId tablet) {
        TabletDescriptor was = before.tablets().get(tablet);
        boolean emptied =
                command instanceof ClusterCommand.RecordSoleMasters && was.sole()
                        || command instanceof ClusterCommand.RenewTablets;
        if (!emptied) {
            assertThat(ids(after.tablets().get(tablet)))
                    .as("as long as it is merged")
                    .isEqualTo(ids(was));
        }
    }

    private static Set<ReplicaId> ids(TabletDescriptor tablet) {
        return tablet.members().stream().map(ReplicaDescriptor::id).collect(Collectors.toSet());
    }

    /** R6 and R7: nobody can have served it before, and neither of the two is served any more. */
    private static void swapped(
            ClusterState before, ClusterState after, MergeOperation was, MergeOperation now) {
        assertThat(was.phase()).isEqualTo(Phase.SEALING);
        TabletDescriptor left = before.tablets().get(was.left());
        TabletDescriptor right = before.tablets().get(was.right());
        TabletDescriptor merged = after.tablets().get(was.into());
        assertThat(after.tablets()).doesNotContainKeys(was.left(), was.right());
        assertThat(after.dropped()).containsKeys(was.left(), was.right());
        assertThat(before.tablets()).doesNotContainKey(was.into());
        assertThat(was.into()).isGreaterThan(was.left()).isGreaterThan(was.right());
        Set<NodeId> open =
                left.members().stream()
                        .filter(each -> now.opened().contains(each.id().ofChild(was.into())))
                        .filter(each -> !each.lost())
                        .map(ReplicaDescriptor::node)
                        .collect(Collectors.toSet());
        assertThat(open.size())
                .isGreaterThanOrEqualTo(TabletDescriptor.quorumOf(left.members().size()));
        assertThat(open).contains(left.master().node(), right.master().node());
        assertThat(merged.fromHex()).isEqualTo(left.fromHex());
        assertThat(merged.toHex()).isEqualTo(right.toHex());
        assertThat(merged.fromUnasked()).isEqualTo(left.fromUnasked());
        assertThat(merged.epoch()).isGreaterThan(left.epoch()).isGreaterThan(right.epoch());
        assertThat(merged.master().incarnation()).isEqualTo(left.master().incarnation());
        assertThat(nodes(merged)).isEqualTo(nodes(left)).isEqualTo(nodes(right));
    }

    private static Set<NodeId> nodes(TabletDescriptor tablet) {
        return tablet.members().stream().map(ReplicaDescriptor::node).collect(Collectors.toSet());
    }
}
