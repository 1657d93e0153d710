package io.ebla.tabletserver.tablet;

import static io.ebla.tabletserver.tablet.SimulatedTablet.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What three replicas of a tablet promise together, on a virtual network and simulated disks. */
class TabletGroupTest {

    private final LocalGroup group = new LocalGroup(4711, 3);
    private final GroupNode one = group.node(1);
    private final GroupNode two = group.node(2);
    private final GroupNode three = group.node(3);

    private GroupNode master;
    private final List<GroupNode> slaves = new ArrayList<>();

    private void serving() {
        master = group.serve();
        slaves.clear();
        slaves.addAll(group.nodes());
        slaves.remove(master);
    }

    private WriteResult written(GroupNode node, String pk, String value) {
        return group.await(node.put(pk, value)).result();
    }

    // ---------------------------------------------------------------- writes and followers

    @Test
    void aQuorumWriteIsOnTwoDisksAndReachesAllStores() {
        serving();
        WriteResult result = written(master, "a", "1");
        assertThat(result.outcome()).isEqualTo(Outcome.COMMITTED);
        assertThat(result.copies()).isGreaterThanOrEqualTo(2);
        assertThat(result.replicas()).contains(master.id);
        group.run(100);
        for (GroupNode node : group.nodes()) {
            assertThat(node.rows()).hasSize(1);
        }
        assertThat(group.value(master.get("a"))).contains("1");
    }

    @Test
    void aMinorityDownCostsNothingAndCatchesUp() {
        serving();
        slaves.get(0).kill();
        for (int i = 0; i < 50; i++) {
            written(master, "k" + i, "v");
        }
        slaves.get(0).restart();
        group.run(1_000);
        assertThat(slaves.get(0).rows()).hasSize(50);
    }

    @Test
    void withoutAQuorumNothingIsCommittedAndTheOutcomeIsNotHidden() {
        serving();
        group.isolate(master);
        Answers<WriteResult> answer = group.await(master.put("a", "1"));
        assertThat(answer.failure().code()).isEqualTo(ErrorCode.ACK_TIMEOUT);
        assertThat(answer.failure().outcome()).contains(Outcome.UNKNOWN);
        assertThat(group.await(master.put("b", "1")).failure().code())
                .isEqualTo(ErrorCode.NO_QUORUM);
    }

    @Test
    void aLossyNetworkOnlyDelays() {
        group.world.lossPerMille = 200;
        group.world.repeatPerMille = 200;
        group.world.delayMaxMicros = 20_000;
        serving();
        for (int i = 0; i < 100; i++) {
            written(master, "k" + i, "v");
        }
        group.world.lossPerMille = 0;
        group.run(2_000);
        for (GroupNode node : group.nodes()) {
            assertThat(node.rows()).as(node.toString()).hasSize(100);
        }
    }

    // ---------------------------------------------------------------- failover

    @Test
    void aSlaveHearsOfTheLastCommitThoughTheMessageThatToldItWasLost() {
        serving();
        group.run(500);
        Answers<WriteResult> answer = group.await(master.put("a", "1"));
        assertThat(answer.result().outcome()).isEqualTo(Outcome.COMMITTED);
        group.world.lossPerMille = 1_000;
        group.run(50);
        group.world.lossPerMille = 0;
        group.run(2_000);
        for (GroupNode node : slaves) {
            assertThat(node.rows()).as(node.toString()).hasSize(1);
        }
    }

    @Test
    void aNewMasterHasEverythingCommittedAndTheOldOneFollowsIt() {
        serving();
        written(master, "a", "1");
        GroupNode old = master;
        old.kill();
        serving();
        assertThat(master).isNotSameAs(old);
        assertThat(group.value(master.get("a"))).contains("1");
        written(master, "b", "2");
        old.restart();
        group.run(1_000);
        assertThat(old.state()).isEqualTo(TabletState.FOLLOWER);
        assertThat(old.rows()).hasSize(2);
    }

    @Test
    void aSlaveThatMissedTheEndOfAnEpochGetsItFromTheNextMaster() {
        serving();
        written(master, "a", "1");
        GroupNode late = slaves.get(0);
        late.kill();
        for (int i = 0; i < 20; i++) {
            written(master, "k" + i, "v");
        }
        GroupNode old = master;
        GroupNode winner = group.elect(master, slaves.get(1));
        group.run(100);
        assertThat(winner.state()).isEqualTo(TabletState.SERVING);
        written(winner, "b", "1");
        late.restart();
        group.run(1_000);
        assertThat(late.rows()).hasSize(22);
        assertThat(old.isUp()).isTrue();
    }

    /** It promises the new epoch, and lacks entries of the old one. */
    @Test
    void aSlaveThatWasFencedStillGetsTheEntriesOfOlderEpochs() {
        serving();
        GroupNode behind = slaves.get(0);
        group.isolate(behind);
        written(master, "a", "1");
        group.heal();
        assertThat(group.serve()).isNotSameAs(behind);
        group.run(1_000);
        assertThat(behind.rows()).hasSize(1);
    }

    @Test
    void aRejoiningMasterCutsWhatNobodyElseHas() {
        serving();
        written(master, "a", "1");
        group.isolate(master);
        master.put("lost", "1");
        master.put("lost", "2");
        group.run(100);
        GroupNode old = master;
        GroupNode winner = group.elect(slaves.get(0), slaves.get(1));
        group.run(50);
        assertThat(winner.state()).isEqualTo(TabletState.SERVING);
        written(winner, "b", "1");
        group.heal();
        group.publish();
        group.run(2_000);
        assertThat(old.state()).isEqualTo(TabletState.FOLLOWER);
        assertThat(old.rows()).isEqualTo(winner.rows()).hasSize(2);
    }

    @Test
    void stepDownLeavesInFlightWritesUnknown() {
        serving();
        group.isolate(master);
        Answers<WriteResult> inFlight = master.put("a", "1");
        group.run(5);
        master.tablet().pipeline().fence(group.descriptor().epoch() + 1);
        group.await(inFlight);
        assertThat(inFlight.failure().code()).isEqualTo(ErrorCode.NO_MASTER);
        assertThat(inFlight.failure().outcome()).contains(Outcome.UNKNOWN);
        assertThat(master.state()).isEqualTo(TabletState.FOLLOWER);
        assertThat(master.tablet().parts().overlay().size()).isZero();
    }

    @Test
    void theInheritedTailCountsOnlyWithTheNewEpoch() {
        serving();
        group.cut(slaves.get(0), master);
        group.cut(slaves.get(1), master);
        Answers<WriteResult> answer = master.put("a", "1");
        group.run(100);
        assertThat(answer.given()).isFalse();
        GroupNode old = master;
        old.kill();
        group.heal();
        serving();
        assertThat(group.value(master.get("a"))).contains("1");
    }

    // ---------------------------------------------------------------- leases and reads

    @Test
    void aMasterCutOffStopsStrongReadsBeforeAnotherCanBeElected() {
        serving();
        written(master, "a", "1");
        group.isolate(master);
        long began = group.nowNanos();
        GroupNode old = master;
        GroupNode winner = group.elect(slaves.get(0), slaves.get(1));
        assertThat(winner).isNotNull();
        assertThat(old.leaseHolds()).isFalse();
        assertThat(group.nowNanos() - began).isLessThan(700_000_000L);
        assertThat(group.await(old.get("a")).failure().code()).isEqualTo(ErrorCode.NO_QUORUM);
    }

    @Test
    void aStepOfTheWallClockEndsTheLeaseUntilTheNextBeats() {
        serving();
        written(master, "a", "1");
        master.clock.stepWall(60_000);
        assertThat(group.await(master.get("a")).failure().code()).isEqualTo(ErrorCode.NO_QUORUM);
        group.run(250);
        assertThat(group.value(master.get("a"))).contains("1");
    }

    @Test
    void aRestartedReplicaAnswersNoFenceForAWholeLease() {
        serving();
        GroupNode slave = slaves.get(0);
        slave.kill();
        slave.restart();
        var answer = slave.tablet().pipeline().fence(group.descriptor().epoch() + 1);
        group.run(450);
        assertThat(answer.isDone()).isFalse();
        group.run(200);
        assertThat(answer.isDone()).isTrue();
    }

    @Test
    void sessionReadsWaitAtASlaveForTheirPositionAndLocalOnesDoNot() {
        serving();
        Position position = written(master, "a", "1").position();
        for (GroupNode slave : slaves) {
            assertThat(group.value(slave.get("a", ReadLevel.SESSION, position))).contains("1");
        }
        group.isolate(slaves.get(0));
        written(master, "a", "2");
        assertThat(group.value(slaves.get(0).get("a", ReadLevel.LOCAL, null))).contains("1");
        assertThat(group.await(slaves.get(0).get("a")).failure().code())
                .isEqualTo(ErrorCode.NO_MASTER);
    }

    @Test
    void aPositionThatNoLogHoldsAnyMoreIsLost() {
        serving();
        written(master, "a", "1");
        group.isolate(master);
        Position lost =
                new Position(LocalGroup.TABLET, 1, master.tablet().pipeline().appendedIndex() + 1);
        master.put("x", "1");
        group.run(50);
        GroupNode winner = group.elect(slaves.get(0), slaves.get(1));
        group.run(50);
        written(winner, "b", "1");
        group.run(100);
        GroupNode slave = winner == slaves.get(0) ? slaves.get(1) : slaves.get(0);
        assertThat(group.await(slave.get("x", ReadLevel.SESSION, lost)).failure().code())
                .isEqualTo(ErrorCode.POSITION_LOST);
    }

    @Test
    void aPositionOfALaterMasterIsNotLostToAMasterThatIsCutOff() {
        serving();
        GroupNode old = master;
        group.isolate(old);
        group.elect(slaves.get(0), slaves.get(1));
        long index = old.tablet().pipeline().appendedIndex() + 1;
        Position later = new Position(LocalGroup.TABLET, group.descriptor().epoch(), index);
        assertThat(old.tablet().pipeline().state().servesStrongReads()).isTrue();
        assertThat(group.await(old.get("a", ReadLevel.SESSION, later)).failure().code())
                .isEqualTo(ErrorCode.NO_QUORUM);
    }

    // ---------------------------------------------------------------- acks

    @Test
    void aLocalWriteIsAcceptedOnTheMastersDiskAlone() {
        serving();
        slaves.forEach(slave -> slave.syncsHeld = true);
        WriteResult result = group.await(master.put("a", "1", 1)).result();
        assertThat(result.outcome()).isEqualTo(Outcome.ACCEPTED);
        assertThat(result.replicas()).containsExactly(master.id);
    }

    @Test
    void aWriteToAllNamesThemAndTimesOutCommittedWithoutOne() {
        serving();
        WriteResult all = group.await(master.put("a", "1", WriteRequest.ALL)).result();
        assertThat(all.replicas()).containsExactlyInAnyOrder(one.id, two.id, three.id);
        slaves.get(0).kill();
        Answers<WriteResult> answer = group.await(master.put("a", "2", WriteRequest.ALL));
        assertThat(answer.failure().code()).isEqualTo(ErrorCode.ACK_TIMEOUT);
        assertThat(answer.failure().outcome()).contains(Outcome.COMMITTED);
    }

    @Test
    void aLocalWriteNeedsTheLease() {
        serving();
        group.isolate(master);
        group.run(600);
        Answers<WriteResult> answer = group.await(master.put("a", "1", 1));
        assertThat(answer.failure().outcome().orElseThrow())
                .isIn(Outcome.UNKNOWN, Outcome.NOT_APPLIED);
    }

    @Test
    void aWriteIsTakenBackWhenItsWaitRunsOut() {
        serving();
        written(master, "a", "old");
        slaves.forEach(slave -> slave.syncsHeld = true);
        Answers<WriteResult> write =
                master.write(
                        new WriteRequest(
                                List.of(put("a", "new")),
                                WriteRequest.QUORUM,
                                true,
                                group.deadline(master, 300),
                                "",
                                null,
                                null));
        group.run(350);
        assertThat(write.given()).isFalse();
        Answers<ReadResult> read = master.get("a");
        slaves.forEach(slave -> slave.syncsHeld = false);
        group.await(write);
        assertThat(write.failure().outcome()).contains(Outcome.REVERTED);
        assertThat(group.value(read)).contains("old");
        assertThat(group.value(master.get("a"))).contains("old");
    }

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
        TabletDescriptor old = group.descriptor();
        group.descriptor(
                new TabletDescriptor(
                        old.id(),
                        old.table(),
                        "",
                        "",
                        replicas,
                        previous,
                        epoch,
                        new Mastership(epoch, master.id, master.incarnation())));
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
