package io.ebla.tabletserver.tablet;

import static io.ebla.tabletserver.tablet.SimulatedTablet.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.contract.Outcome;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What becomes of masterships on a node whose wall clock is off the others' (T2). */
class ClockOffsetTest {

    private static final long HOUR = 3_600_000;

    private final LocalGroup group = new LocalGroup(23, 3);
    private final GroupNode master = group.serve();
    private final List<GroupNode> slaves =
            group.nodes().stream().filter(node -> node != master).toList();

    private long offsetMillis(GroupNode node) {
        return ((JudgedClock) node.tablet().parts().env().clock()).offsetMillis();
    }

    private WriteResult written(GroupNode node, String pk, long ttlMillis) {
        RowOperation.Put row = put(pk, "v", ttlMillis, RowCondition.ALWAYS);
        WriteResult result =
                group.await(node.write(node.request(WriteRequest.QUORUM, row))).result();
        assertThat(result).isNotNull();
        assertThat(result.outcome()).isEqualTo(Outcome.COMMITTED);
        return result;
    }

    private Optional<String> local(GroupNode node, String pk) {
        return group.value(node.get(pk, ReadLevel.LOCAL, null));
    }

    @Test
    void beatsTellAMasterHowFarItsClockIsOff() {
        group.run(500);
        assertThat(offsetMillis(master)).isBetween(-5L, 5L);
        master.clock.stepWall(HOUR);
        assertThat(offsetMillis(master)).isBetween(HOUR - 5, HOUR + 5);
        slaves.get(0).clock.stepWall(-HOUR);
        group.run(500);
        assertThat(offsetMillis(master)).as("the median stands").isBetween(HOUR - 5, HOUR + 5);
    }

    @Test
    void aMasterWhoseClockJumpedAheadStampsNothingWithThatTimeAndHandsOver() {
        written(master, "a", 0);
        group.run(500);
        master.clock.stepWall(HOUR);
        long stamped = written(master, "b", 0).operations().get(0).updatedAt();
        assertThat(stamped).isLessThan(slaves.get(0).clock.wallMillis() + 1_000);
        group.run(300);
        var done = group.await(() -> master.tablet().pipeline().handOver(1, slaves.get(0).id));
        assertThat(done.done()).as(done.detail()).isTrue();
        GroupNode next = group.elect(slaves.get(0), slaves.get(1));
        assertThat(group.runUntil(() -> next.state() == TabletState.SERVING, 1_000)).isTrue();
        written(next, "c", 0);
        assertThat(master.state()).isEqualTo(TabletState.FOLLOWER);
        group.run(500);
        assertThat(master.rows()).hasSize(3);
    }

    /** Who gives its lease back shows nothing after what it says then. */
    @Test
    void handOversInARowDoNotLetTabletTimeRunAhead() {
        GroupNode now = master;
        for (int i = 0; i < 6; i++) {
            GroupNode old = now;
            GroupNode target = group.nodes().get(group.nodes().indexOf(old) == 0 ? 1 : 0);
            written(old, "k" + i, 0);
            long epoch = group.descriptor().epoch();
            var done = group.await(() -> old.tablet().pipeline().handOver(epoch, target.id));
            assertThat(done.done()).as(done.detail()).isTrue();
            now = group.serve();
            assertThat(now.tablet().nowMillis() - now.clock.wallMillis())
                    .as("hand-over " + i)
                    .isLessThan(100);
        }
    }

    @Test
    void rowsDoNotExpireByAClockThatJumpedAhead() {
        group.run(500);
        written(master, "short", 60_000);
        master.clock.stepWall(HOUR);
        long appended = master.tablet().pipeline().appendedIndex();
        group.run(1_000);
        assertThat(local(master, "short")).contains("v");
        assertThat(master.tablet().pipeline().attention().expiryDue(() -> Long.MAX_VALUE))
                .isFalse();
        assertThat(master.tablet().pipeline().appendedIndex()).as("no EXPIRE").isEqualTo(appended);
    }

    @Test
    void noRowIsRemovedByAClockThatIsBehindEither() {
        group.run(500);
        written(master, "short", 300);
        master.clock.stepWall(-HOUR);
        long appended = master.tablet().pipeline().appendedIndex();
        group.run(1_500);
        assertThat(master.tablet().pipeline().appendedIndex()).as("no EXPIRE").isEqualTo(appended);
        master.clock.stepWall(HOUR);
        assertThat(group.runUntil(() -> master.rows().isEmpty(), 2_000)).isTrue();
    }

    @Test
    void aMastershipThatNobodyTakesOverIsGivenUp() {
        written(master, "a", 0);
        group.run(500);
        master.clock.stepWall(HOUR);
        assertThat(group.runUntil(() -> !master.state().masters(), 5_000)).isTrue();
        assertThat(master.tablet().parts().counters().stepDowns()).isEqualTo(1);
        GroupNode next = group.elect(slaves.get(0), slaves.get(1));
        assertThat(group.runUntil(() -> next.state() == TabletState.SERVING, 1_000)).isTrue();
        assertThat(group.value(next.get("a"))).contains("v");
    }

    @Test
    void aClockThatIsPutRightInTimeCostsNothingButALease() {
        written(master, "a", 0);
        group.run(500);
        master.clock.stepWall(HOUR);
        group.run(1_000);
        master.clock.stepWall(-HOUR);
        group.run(5_000);
        assertThat(master.state()).isEqualTo(TabletState.SERVING);
        assertThat(group.value(master.get("a"))).contains("v");
        written(master, "b", 0);
    }

    /** Nothing is written, so that nothing but time has its tablet look at the clock again. */
    @Test
    void aClockThatIsOffOnceMoreIsGivenTheSamePatience() {
        written(master, "a", 0);
        group.run(500);
        master.clock.stepWall(HOUR);
        group.run(1_000);
        master.clock.stepWall(-HOUR);
        group.run(5_000);
        assertThat(master.tablet().pipeline().waiting()).isFalse();
        master.clock.stepWall(HOUR);
        group.run(1_000);
        master.clock.stepWall(-HOUR);
        group.run(1_000);
        assertThat(master.state()).isEqualTo(TabletState.SERVING);
        assertThat(master.tablet().parts().counters().stepDowns()).isZero();
    }

    /** It masters nothing, and so nobody answers it for the sake of a lease. */
    @Test
    void aSlaveWhoseClockJumpedAheadMayLeadAsSoonAsThatIsPutRight() {
        GroupNode slave = slaves.get(0);
        written(master, "a", 60_000);
        group.run(2_500);
        slave.clock.stepWall(HOUR);
        assertThat(local(slave, "a")).as("by the clocks of others").contains("v");
        group.run(1_000);
        slave.clock.stepWall(-HOUR);
        group.run(100);
        assertThat(slave.tablet().parts().time().floorMillis())
                .isLessThanOrEqualTo(slave.clock.wallMillis() + 100);
    }

    /** It started that way, so that it has no better time: slaves take nothing that it stamps. */
    @Test
    void slavesRefuseEntriesStampedBeyondTheBoundAndTheMasterGivesUp() {
        master.kill();
        master.clock.stepWall(HOUR);
        master.restart();
        group.run(1_000);
        long epoch = group.descriptor().epoch() + 1;
        group.name(master, epoch);
        Answers<WriteResult> write =
                master.write(master.request(WriteRequest.QUORUM, put("x", "1")));
        group.await(write);
        assertThat(write.succeeded()).isFalse();
        assertThat(group.runUntil(() -> !master.state().masters(), 6_000)).isTrue();
        for (GroupNode slave : slaves) {
            assertThat(slave.rows()).isEmpty();
        }
        GroupNode next = group.elect(slaves.get(0), slaves.get(1));
        assertThat(group.runUntil(() -> next.state() == TabletState.SERVING, 1_000)).isTrue();
        written(next, "y", 0);
    }

    @Test
    void aMasterWhoseTimeIsRefusedIsGrantedNoLeaseToShowItUnder() {
        master.kill();
        master.clock.stepWall(HOUR);
        master.restart();
        long shown = master.tablet().nowMillis();
        assertThat(shown)
                .as("before anybody judged it")
                .isGreaterThan(master.clock.wallMillis() - 1);
        group.run(1_000);
        group.name(master, group.descriptor().epoch() + 1);
        assertThat(group.runUntil(master::leaseHolds, 1_500)).isFalse();
        for (GroupNode slave : slaves) {
            assertThat(slave.tablet().nowMillis())
                    .isLessThanOrEqualTo(slave.clock.wallMillis() + 1_000);
        }
    }

    @Test
    void aTabletThatIsAloneIsNotGivenUp() {
        LocalGroup alone = new LocalGroup(5, 1);
        GroupNode only = alone.serve();
        only.clock.stepWall(HOUR);
        alone.run(5_000);
        assertThat(only.state()).isEqualTo(TabletState.SERVING);
    }
}
