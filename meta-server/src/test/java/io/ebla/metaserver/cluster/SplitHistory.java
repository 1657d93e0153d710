package io.ebla.metaserver.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.metaserver.cluster.SplitOperation.Phase;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What one command may do to splits, and to the tablets that they concern. */
final class SplitHistory {

    private SplitHistory() {}

    static void check(ClusterState before, ClusterCommand command, ClusterState after) {
        Set<Object> running = new HashSet<>();
        for (SplitOperation split : after.splits().values()) {
            SplitOperation was = before.splits().get(split.id());
            if (was != null) {
                forward(was, command, split);
            }
            if (!split.phase().ended()) {
                assertThat(running.add(split.tablet())).as("one at a time").isTrue();
                assertThat(after.tablets()).containsKey(split.tablet());
                notYet(after, split);
                if (was != null && !was.phase().ended()) {
                    sameMembers(before, command, after, split);
                }
            }
            boolean done = split.phase() == Phase.DONE;
            if (was != null && done && was.phase() != Phase.DONE) {
                swapped(before, after, split);
            }
            if (split.phase() == Phase.ABORTED) {
                notYet(after, split);
            }
        }
        assertThat(after.nextTabletId()).isGreaterThanOrEqualTo(before.nextTabletId());
    }

    private static void forward(SplitOperation was, ClusterCommand command, SplitOperation now) {
        boolean revived = was.phase() == Phase.ABORTED && now.phase() != Phase.ABORTED;
        if (revived) {
            assertThat(command)
                    .as("a child that is open proves the SPLIT, and nothing else does")
                    .isInstanceOf(ClusterCommand.ReplicasOpened.class);
        } else {
            assertThat(now.phase()).isGreaterThanOrEqualTo(was.phase());
        }
        if (command instanceof SplitCommand.Step step && now.phase() != was.phase()) {
            assertThat(step.from()).as("judged from").isEqualTo(was.phase());
        }
        if (was.phase().ended() && !revived) {
            assertThat(now).isEqualTo(was);
        }
        if (was.phase() == Phase.SPLIT && now.phase() == Phase.ABORTED) {
            assertThat(now.detail()).as("only with the tablet").isNotEmpty();
        }
        if (!was.atHex().isEmpty()) {
            assertThat(now.atHex()).as("the bound is fixed once").isEqualTo(was.atHex());
        }
        assertThat(now.opened()).containsAll(was.opened());
        assertThat(List.of(now.low(), now.high())).isEqualTo(List.of(was.low(), was.high()));
    }

    private static void notYet(ClusterState state, SplitOperation split) {
        assertThat(state.tablets()).doesNotContainKeys(split.low(), split.high());
    }

    private static void sameMembers(
            ClusterState before, ClusterCommand command, ClusterState after, SplitOperation split) {
        TabletDescriptor was = before.tablets().get(split.tablet());
        TabletDescriptor now = after.tablets().get(split.tablet());
        boolean emptied = command instanceof ClusterCommand.RecordSoleMasters && was.sole();
        if (!emptied) {
            assertThat(ids(now)).as("as long as it is split").isEqualTo(ids(was));
        }
    }

    private static Set<ReplicaId> ids(TabletDescriptor tablet) {
        return tablet.members().stream().map(ReplicaDescriptor::id).collect(Collectors.toSet());
    }

    /** R2, and that nobody can have served a child before. */
    private static void swapped(ClusterState before, ClusterState after, SplitOperation split) {
        TabletDescriptor parent = before.tablets().get(split.tablet());
        assertThat(after.tablets()).doesNotContainKey(parent.id());
        assertThat(after.dropped()).containsKey(parent.id());
        Set<Object> open =
                parent.members().stream()
                        .filter(each -> split.isOpenAt(each.id()) && !each.lost())
                        .map(ReplicaDescriptor::node)
                        .collect(Collectors.toSet());
        assertThat(open.size())
                .isGreaterThanOrEqualTo(TabletDescriptor.quorumOf(parent.members().size()));
        assertThat(open).contains(parent.master().node());
        TabletDescriptor low = after.tablets().get(split.low());
        TabletDescriptor high = after.tablets().get(split.high());
        assertThat(low.fromHex()).isEqualTo(parent.fromHex());
        assertThat(low.toHex()).isEqualTo(split.atHex()).isEqualTo(high.fromHex());
        assertThat(high.toHex()).isEqualTo(parent.toHex());
        assertThat(low.fromUnasked()).isEqualTo(parent.fromUnasked());
        assertThat(high.fromUnasked()).isEqualTo(split.unasked());
        for (TabletDescriptor child : List.of(low, high)) {
            assertThat(before.tablets()).doesNotContainKey(child.id());
            assertThat(child.epoch()).isGreaterThan(parent.epoch());
            assertThat(child.master().node()).isEqualTo(parent.master().node());
            assertThat(child.master().incarnation()).isEqualTo(parent.master().incarnation());
            assertThat(child.replicas()).hasSameSizeAs(parent.members());
        }
    }
}
