package io.ebla.tabletserver.tablet;

import static io.ebla.tabletserver.tablet.SimulatedTablet.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.ebla.core.cluster.TableName;
import io.ebla.core.contract.Outcome;
import io.ebla.tabletserver.tablet.ReplicationFigures.FollowerFigures;
import io.ebla.tabletserver.tablet.ReplicationFigures.Lease;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a replica says of its replication, against what is done to it. */
class ReplicationFiguresTest {

    private final LocalGroup group = new LocalGroup(11, 3);
    private final GroupNode master = group.serve();
    private final List<GroupNode> slaves =
            group.nodes().stream().filter(node -> node != master).toList();

    private static ReplicationFigures figures(GroupNode node) {
        return ReplicationFigures.of(
                node.tablet(),
                new TableName("t"),
                node.clock.monotonicNanos(),
                node.clock.wallMillis());
    }

    private FollowerFigures of(GroupNode slave) {
        return figures(master).followers().stream()
                .filter(each -> each.node().equals(slave.id))
                .findFirst()
                .orElseThrow();
    }

    private static ReplicationCounters counters(GroupNode node) {
        return node.tablet().parts().counters();
    }

    private static long answered(GroupNode node, AckWaits.Kind kind) {
        return Arrays.stream(counters(node).acks(kind).counts()).sum();
    }

    private void write(int rows) {
        for (int i = 0; i < rows; i++) {
            Answers<WriteResult> answer = group.await(master.put("k" + i, "v".repeat(100)));
            assertThat(answer.result().outcome()).isEqualTo(Outcome.COMMITTED);
        }
    }

    @Test
    void aSlaveThatKeepsUpHasNoLag() {
        write(20);
        group.run(100);
        for (GroupNode slave : slaves) {
            FollowerFigures figures = of(slave);
            assertThat(figures.state()).isEqualTo("streaming");
            assertThat(figures.acknowledgedIndex())
                    .isEqualTo(master.tablet().pipeline().appendedIndex());
            assertThat(figures.lagEntries()).isZero();
            assertThat(figures.lagBytes()).isZero();
            assertThat(figures.lagMillis()).isZero();
            assertThat(figures.windowBytes()).isZero();
        }
    }

    @Test
    void theLagOfASlaveThatIsCutOffGrowsInEntriesBytesAndMilliseconds() {
        write(5);
        group.run(100);
        GroupNode behind = slaves.get(0);
        group.isolate(behind);
        long bytesBefore = master.tablet().parts().counters().catchUpBytes();
        write(20);
        FollowerFigures soon = of(behind);
        assertThat(soon.lagEntries()).isEqualTo(20);
        assertThat(soon.lagBytes()).isBetween(20L * 100, 20L * 400);
        group.run(1_000);
        assertThat(of(behind).lagMillis()).isBetween(1_000L, 2_000L);
        assertThat(of(slaves.get(1)).lagMillis()).isZero();
        group.heal();
        assertThat(group.runUntil(() -> of(behind).lagEntries() == 0, 5_000)).isTrue();
        assertThat(of(behind).lagBytes()).isZero();
        assertThat(of(behind).lagMillis()).isZero();
        assertThat(counters(master).catchUpBytes() - bytesBefore).isGreaterThan(20L * 100);
    }

    /** It takes nothing of this epoch any more, and nobody waits for it. */
    @Test
    void theStatusTellsAGrowingLagOfASlaveThatPromisedAHigherEpoch() {
        GroupNode behind = slaves.get(0);
        group.await(() -> behind.tablet().pipeline().fence(group.descriptor().epoch() + 1));
        write(2);
        group.run(1_000);
        assertThat(of(behind).state()).isEqualTo("fenced");
        assertThat(master.tablet().pipeline().waiting()).isFalse();
        long lagMillis = toldLagMillis(behind);
        assertThat(lagMillis).isBetween(900L, 2_000L);
        group.run(1_000);
        assertThat(toldLagMillis(behind)).isEqualTo(lagMillis + 1_000);
        assertThat(toldLagMillis(slaves.get(1))).isZero();
    }

    private long toldLagMillis(GroupNode slave) {
        return master.statuses().get(0).followers().stream()
                .filter(each -> each.node().equals(slave.id))
                .findFirst()
                .orElseThrow()
                .lagMillis();
    }

    /** A slave that is always a little behind is behind by that little, however long it goes on. */
    @Test
    void theLagOfASlowSlaveIsTheAgeOfWhatItLacks() {
        group.world.taskMaxMicros = 200;
        long most = 0;
        for (int i = 0; i < 400; i++) {
            group.await(master.put("k" + i % 7, "v"));
            most = Math.max(most, of(slaves.get(0)).lagMillis());
            most = Math.max(most, of(slaves.get(1)).lagMillis());
        }
        assertThat(most).isLessThan(50);
    }

    @Test
    void aLeaseIsHeldAndRunsOut() {
        ReplicationFigures held = figures(master);
        assertThat(held.lease()).isEqualTo(Lease.HELD);
        assertThat(held.leaseRemainingMillis()).isBetween(300L, 500L);
        assertThat(held.epoch()).isEqualTo(1);
        group.isolate(master);
        group.run(600);
        assertThat(figures(master).lease()).isEqualTo(Lease.LOST);
        assertThat(figures(master).leaseRemainingMillis()).isZero();
        assertThat(figures(slaves.get(0)).lease()).isEqualTo(Lease.NONE);
        assertThat(figures(slaves.get(0)).followers()).isEmpty();
    }

    @Test
    void aMasterWithoutFollowersNeedsNoLease() {
        LocalGroup alone = new LocalGroup(3, 1);
        ReplicationFigures figures = figures(alone.serve());
        assertThat(figures.lease()).isEqualTo(Lease.ALONE);
        assertThat(figures.leaseRemainingMillis()).isZero();
    }

    @Test
    void answersAreCountedByWhatTheyWaitedForWithTheirWaits() {
        write(3);
        group.await(master.put("all", "1", WriteRequest.ALL));
        slaves.forEach(slave -> slave.syncsHeld = true);
        group.await(master.put("local", "1", 1));
        Answers<WriteResult> late = master.put("late", "1");
        group.run(300);
        slaves.forEach(slave -> slave.syncsHeld = false);
        group.await(late);
        group.run(50);
        assertThat(answered(master, AckWaits.Kind.QUORUM)).isEqualTo(4);
        assertThat(answered(master, AckWaits.Kind.ALL)).isEqualTo(1);
        assertThat(answered(master, AckWaits.Kind.LOCAL)).isEqualTo(1);
        assertThat(answered(master, AckWaits.Kind.FEWER)).isZero();
        assertThat(counters(master).acks(AckWaits.Kind.QUORUM).sumSeconds())
                .isCloseTo(0.3, within(0.1));
        assertThat(counters(master).acks(AckWaits.Kind.LOCAL).sumSeconds()).isLessThan(0.1);
    }

    @Test
    void termsStepDownsAndHandOversAreCounted() {
        assertThat(counters(master).termsBegun()).isEqualTo(1);
        assertThat(counters(master).stepDowns()).isZero();
        var done = group.await(() -> master.tablet().pipeline().handOver(1, slaves.get(0).id));
        assertThat(done.done()).isTrue();
        assertThat(counters(master).handOvers()).isEqualTo(1);
        assertThat(counters(master).stepDowns()).isEqualTo(1);
        GroupNode next = group.serve();
        group.isolate(next);
        next.tablet().pipeline().fence(group.descriptor().epoch() + 1);
        group.run(10);
        assertThat(counters(next).stepDowns()).isEqualTo(next == master ? 2 : 1);
        assertThat(counters(next).handOvers()).isEqualTo(next == master ? 1 : 0);
    }

    @Test
    void writesTakenBackAreCounted() {
        group.await(master.put("a", "old"));
        slaves.forEach(slave -> slave.syncsHeld = true);
        Answers<WriteResult> reverted = revertable("a");
        Answers<WriteResult> superseded = revertable("b");
        Answers<WriteResult> later = master.put("b", "later");
        group.run(350);
        slaves.forEach(slave -> slave.syncsHeld = false);
        group.await(reverted);
        group.await(superseded);
        group.await(later);
        assertThat(reverted.failure().outcome()).contains(Outcome.REVERTED);
        assertThat(counters(master).reverts()).isEqualTo(1);
        assertThat(counters(master).supersededReverts()).isEqualTo(1);
    }

    private Answers<WriteResult> revertable(String pk) {
        return master.write(
                new WriteRequest(
                        List.of(put(pk, "new")),
                        WriteRequest.QUORUM,
                        true,
                        group.deadline(master, 300),
                        "",
                        null,
                        null));
    }
}
