package io.ebla.tabletserver.tablet;

import static io.ebla.tabletserver.tablet.SimulatedTablet.delete;
import static io.ebla.tabletserver.tablet.SimulatedTablet.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/**
 * What writes are told under cuts and dead slaves: copies by name, writes taken back, leases lost in time.
 */
class GroupAcksTest {

    private final LocalGroup group = new LocalGroup(53, 3);
    private final GroupNode master = group.serve();
    private final List<GroupNode> slaves =
            group.nodes().stream().filter(node -> node != master).toList();

    private WriteResult written(GroupNode node, String pk, String value) {
        WriteResult result = group.await(node.put(pk, value)).result();
        assertThat(result.outcome()).isEqualTo(Outcome.COMMITTED);
        return result;
    }

    private Answers<WriteResult> revertable(long millis, RowOperation... operations) {
        return master.write(
                new WriteRequest(
                        List.of(operations),
                        WriteRequest.QUORUM,
                        true,
                        group.deadline(master, millis),
                        "",
                        null,
                        null));
    }

    private void hold(boolean held) {
        slaves.forEach(slave -> slave.syncsHeld = held);
    }

    private List<NodeId> all() {
        return group.nodes().stream().map(node -> node.id).toList();
    }

    // ---------------------------------------------------------------- acks

    @Test
    void aWriteToAllUnderACutIsCommittedWithoutTheOneThatIsCutOff() {
        group.isolate(slaves.get(0));
        Answers<WriteResult> write = group.await(master.put("a", "1", WriteRequest.ALL));
        assertThat(write.failure().code()).isEqualTo(ErrorCode.ACK_TIMEOUT);
        assertThat(write.failure().outcome()).contains(Outcome.COMMITTED);
        assertThat(group.value(master.get("a"))).contains("1");
    }

    @Test
    void aWriteToAllNamesTheReplicaThatCameBackInTime() {
        group.isolate(slaves.get(0));
        Answers<WriteResult> write = master.put("a", "1", WriteRequest.ALL);
        group.run(1_000);
        assertThat(write.given()).isFalse();
        group.heal();
        assertThat(group.await(write).result().replicas())
                .containsExactlyInAnyOrderElementsOf(all());
    }

    @Test
    void aQuorumWriteWithADeadSlaveNamesTheTwoThatHoldIt() {
        slaves.get(0).kill();
        assertThat(written(master, "a", "1").replicas())
                .containsExactlyInAnyOrder(master.id, slaves.get(1).id);
        slaves.get(0).restart();
        assertThat(group.await(master.put("a", "2", WriteRequest.ALL)).result().replicas())
                .containsExactlyInAnyOrderElementsOf(all());
    }

    @Test
    void anAnswerThatCameWithTooFewCopiesSaysAccepted() {
        hold(true);
        WriteResult result = group.await(master.put("a", "1", 1)).result();
        assertThat(result.outcome()).isEqualTo(Outcome.ACCEPTED);
        assertThat(result.replicas()).containsExactly(master.id);
        Answers<WriteResult> quorum = group.await(master.put("b", "1"));
        assertThat(quorum.failure().outcome())
                .as("it is on one disk, and that is known")
                .contains(Outcome.ACCEPTED);
        hold(false);
        group.run(500);
        assertThat(group.value(master.get("b"))).contains("1");
    }

    @Test
    void moreCopiesThanThereAreReplicasAreRefused() {
        Answers<WriteResult> write = group.await(master.put("a", "1", 4));
        assertThat(write.failure().code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(write.failure().outcome()).contains(Outcome.NOT_APPLIED);
    }

    // ---------------------------------------------------------------- reverts

    @Test
    void aWriteWhoseRowWasWrittenAgainIsNotTakenBack() {
        written(master, "a", "old");
        hold(true);
        Answers<WriteResult> first = revertable(300, put("a", "first"));
        Answers<WriteResult> later = master.put("a", "later");
        group.run(400);
        assertThat(first.given()).isTrue();
        assertThat(first.failure().outcome().orElseThrow()).isIn(Outcome.ACCEPTED, Outcome.UNKNOWN);
        hold(false);
        assertThat(group.await(later).result().outcome()).isEqualTo(Outcome.COMMITTED);
        assertThat(group.value(master.get("a"))).contains("later");
        assertThat(master.tablet().parts().counters().reverts()).isZero();
    }

    @Test
    void aBatchIsTakenBackWhole() {
        written(master, "a", "old-a");
        written(master, "b", "old-b");
        hold(true);
        Answers<WriteResult> batch =
                revertable(300, put("a", "new-a"), delete("b"), put("c", "new-c"));
        group.run(400);
        hold(false);
        assertThat(group.await(batch).failure().outcome()).contains(Outcome.REVERTED);
        assertThat(group.value(master.get("a"))).contains("old-a");
        assertThat(group.value(master.get("b"))).contains("old-b");
        assertThat(group.value(master.get("c"))).isEmpty();
        group.run(500);
        for (GroupNode node : group.nodes()) {
            assertThat(node.rows()).as(node.toString()).hasSize(2);
        }
    }

    @Test
    void aBatchOfWhichOneRowWasWrittenAgainStaysWhole() {
        written(master, "a", "old-a");
        hold(true);
        Answers<WriteResult> batch = revertable(300, put("a", "new-a"), put("b", "new-b"));
        Answers<WriteResult> later = master.put("b", "later");
        group.run(400);
        hold(false);
        group.await(batch);
        group.await(later);
        assertThat(batch.failure().outcome().orElseThrow()).isIn(Outcome.ACCEPTED, Outcome.UNKNOWN);
        assertThat(group.value(master.get("a"))).contains("new-a");
        assertThat(group.value(master.get("b"))).contains("later");
    }

    @Test
    void aWriteThatIsCommittedInTimeIsNeverTakenBack() {
        hold(true);
        Answers<WriteResult> write = revertable(300, put("a", "1"));
        group.run(250);
        hold(false);
        assertThat(group.await(write).result().outcome()).isEqualTo(Outcome.COMMITTED);
        group.run(2_000);
        assertThat(group.value(master.get("a"))).contains("1");
    }

    /** Neither write nor revert reached anybody: nobody may be told that it was taken back. */
    @Test
    void aRevertThatIsNotCommittedIsNotToldAsOne() {
        written(master, "a", "old");
        group.isolate(master);
        Answers<WriteResult> write = group.await(revertable(300, put("a", "new")));
        assertThat(write.failure().outcome()).contains(Outcome.UNKNOWN);
    }

    // ---------------------------------------------------------------- leases under cuts

    /** Looked at after every event: the old one's lease is over before the new one may answer. */
    private void nobodySharesTheLease(GroupNode old) {
        written(old, "a", "1");
        GroupNode next = group.elect(slaves.get(0), slaves.get(1));
        assertThat(next).isNotNull();
        BooleanSupplier both =
                () ->
                        old.state().servesStrongReads()
                                && old.leaseHolds()
                                && next.state().servesStrongReads()
                                && next.leaseHolds();
        BooleanSupplier serves =
                () ->
                        both.getAsBoolean()
                                || next.state() == TabletState.SERVING && next.leaseHolds();
        assertThat(group.runUntil(serves, 3_000)).isTrue();
        assertThat(both.getAsBoolean()).as("two leases at once").isFalse();
        written(next, "a", "2");
        Answers<ReadResult> stale = group.await(old.get("a"));
        assertThat(stale.succeeded()).as("an answer of the old master").isFalse();
    }

    @Test
    void aMasterThatNobodyHearsStopsInTime() {
        group.run(500);
        group.after(
                3_000_000,
                () -> {
                    group.cut(master, slaves.get(0));
                    group.cut(master, slaves.get(1));
                });
        nobodySharesTheLease(master);
    }

    @Test
    void aMasterThatHearsNobodyStopsInTime() {
        group.run(500);
        group.after(
                3_000_000,
                () -> {
                    group.cut(slaves.get(0), master);
                    group.cut(slaves.get(1), master);
                });
        nobodySharesTheLease(master);
    }

    @Test
    void aMasterWithOneSlaveKeepsItsLease() {
        group.isolate(slaves.get(0));
        for (int i = 0; i < 40; i++) {
            group.run(50);
            assertThat(master.leaseHolds()).isTrue();
        }
        assertThat(group.value(master.get("a"))).isEmpty();
        group.isolate(slaves.get(1));
        group.run(510);
        assertThat(master.leaseHolds()).isFalse();
        Answers<WriteResult> late = group.await(master.put("b", "1", 1));
        assertThat(late.succeeded()).isFalse();
    }
}
