package io.ebla.tabletserver.tablet;

import static io.ebla.tabletserver.tablet.SimulatedTablet.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What three replicas of a tablet promise together, on a virtual network and simulated disks. */
class TabletGroupTest extends TabletGroupCase {

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
}
