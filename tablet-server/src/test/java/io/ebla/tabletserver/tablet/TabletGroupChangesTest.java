package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.contract.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Planned changes of a tablet's master and of its replica set. */
class TabletGroupChangesTest extends TabletGroupCase {

    // ---------------------------------------------------------------- hand-overs and changes

    @Test
    void aHandOverLosesNothingAndNeedsNoWaitForTheLease() {
        serving();
        slaves.get(1).syncsHeld = true;
        WriteResult accepted = group.await(master.put("a", "1", 1)).result();
        assertThat(accepted.position().index()).isPositive();
        GroupNode old = master;
        var done = group.await(() -> old.tablet().pipeline().handOver(1, slaves.get(0).id));
        assertThat(done.done()).isTrue();
        assertThat(old.state()).isEqualTo(TabletState.FOLLOWER);
        slaves.get(1).syncsHeld = false;
        long before = group.nowNanos();
        serving();
        assertThat(group.nowNanos() - before).isLessThan(300_000_000L);
        assertThat(group.value(master.get("a"))).contains("1");
    }

    // ---------------------------------------------------------------- replica changes

    private static ReplicaDescriptor named(GroupNode node, boolean opened, boolean learner) {
        return new ReplicaDescriptor(node.id, node.replica(), opened, false, learner);
    }

    private void change(
            List<ReplicaDescriptor> replicas, List<ReplicaDescriptor> previous, long epoch) {
        group.descriptor(
                group.descriptor()
                        .withReplicas(replicas, previous)
                        .withEpoch(epoch, new Mastership(epoch, master.id, master.incarnation())));
        group.publish();
    }

    @Test
    void aReplicaThatNoMapCallsOpenedAcknowledgesAndAnswersNothing() {
        serving();
        written(master, "a", "1");
        GroupNode four = group.add();
        List<ReplicaDescriptor> replicas = new ArrayList<>(group.descriptor().replicas());
        replicas.add(named(four, false, true));
        change(replicas, List.of(), 1);
        group.run(1_000);
        assertThat(four.state()).isEqualTo(TabletState.OPEN);
        assertThat(four.tablet().pipeline().appendedIndex()).isZero();
        assertThat(group.await(() -> four.tablet().pipeline().fence(9)).result())
                .isEqualTo(NodeApi.FenceResult.ABSENT);
    }

    @Test
    void aLearnerFollowsAndCountsNowhere() {
        serving();
        written(master, "a", "1");
        GroupNode four = group.add();
        List<ReplicaDescriptor> replicas = new ArrayList<>(group.descriptor().replicas());
        replicas.add(named(four, true, true));
        change(replicas, List.of(), 1);
        group.run(1_000);
        assertThat(four.rows()).hasSize(1);
        assertThat(group.await(() -> four.tablet().pipeline().fence(9)).result())
                .isEqualTo(NodeApi.FenceResult.ABSENT);
        slaves.forEach(group::isolate);
        Answers<WriteResult> answer = group.await(master.put("b", "1"));
        assertThat(answer.failure().code()).isEqualTo(ErrorCode.ACK_TIMEOUT);
        assertThat(group.await(master.get("a")).failure().code()).isEqualTo(ErrorCode.NO_QUORUM);
    }

    @Test
    void aMasterChangesItsReplicaSetByItselfAndServesMeanwhile() {
        serving();
        written(master, "a", "1");
        GroupNode four = group.add();
        List<ReplicaDescriptor> before = group.descriptor().members();
        List<ReplicaDescriptor> replicas = new ArrayList<>(before);
        replicas.add(named(four, true, true));
        change(replicas, List.of(), 1);
        group.run(500);
        List<ReplicaDescriptor> after = new ArrayList<>(before);
        after.removeIf(replica -> replica.node().equals(slaves.get(0).id));
        after.add(named(four, true, false));
        change(after, before, 2);
        assertThat(group.value(master.get("a"))).contains("1");
        WriteResult result = written(master, "b", "2");
        assertThat(result.position().epoch()).isEqualTo(2);
        assertThat(group.runUntil(() -> master.tablet().pipeline().startedEpoch() == 2, 1_000))
                .isTrue();
        assertThat(master.state()).isEqualTo(TabletState.SERVING);
        change(after, List.of(), 2);
        slaves.get(0).kill();
        slaves.get(1).kill();
        group.run(600);
        assertThat(group.value(master.get("b"))).as("lease of the new set").contains("2");
        assertThat(written(master, "c", "3").replicas())
                .containsExactlyInAnyOrder(master.id, four.id);
    }

    @Test
    void duringAReplicaChangeNothingCountsWithoutAMajorityOfBothSets() {
        serving();
        written(master, "a", "1");
        GroupNode four = group.add();
        GroupNode five = group.add();
        List<ReplicaDescriptor> before = group.descriptor().members();
        List<ReplicaDescriptor> after =
                List.of(
                        named(master, true, false),
                        named(four, true, false),
                        named(five, true, false));
        slaves.forEach(group::isolate);
        change(after, before, 2);
        Answers<WriteResult> answer = group.await(master.put("b", "1"));
        assertThat(answer.failure().code()).isEqualTo(ErrorCode.ACK_TIMEOUT);
        assertThat(master.tablet().pipeline().startedEpoch()).isEqualTo(1);
        group.heal();
        group.run(2_000);
        assertThat(master.tablet().pipeline().startedEpoch()).isEqualTo(2);
    }
}
