package io.ebla.metaserver.liveness;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi.Heartbeat;
import io.ebla.core.cluster.MetaApi.ReplicaCondition;
import io.ebla.core.cluster.MetaApi.TabletStatus;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;

class LivenessTest {

    private static final NodeDescriptor NODE =
            new NodeDescriptor(
                    NodeId.of("t1"), StoreId.of("s"), Incarnation.of("run-1"), "a:1", "", "");

    private static final TabletId TABLET = new TabletId(1);

    private long nowMillis = 1_000;
    private long reports;
    private long wallMillis = 1_700_000_000_000L;
    private final Liveness liveness =
            new Liveness(
                    new Clock() {
                        @Override
                        public long wallMillis() {
                            return wallMillis;
                        }

                        @Override
                        public long monotonicNanos() {
                            return nowMillis * 1_000_000;
                        }
                    },
                    2_000,
                    10_000);

    @Test
    void aSilentNodeIsSuspectedThenGivenUpAndTakenBack() {
        liveness.registered(NODE);
        assertThat(liveness.state(NODE)).isEqualTo(Liveness.State.UP);
        nowMillis += 2_000;
        assertThat(liveness.state(NODE)).isEqualTo(Liveness.State.SUSPECT);
        nowMillis += 8_000;
        assertThat(liveness.state(NODE)).isEqualTo(Liveness.State.DOWN);
        tell(NODE.id(), NODE.incarnation(), wallMillis, List.of());
        assertThat(liveness.state(NODE)).isEqualTo(Liveness.State.UP);
    }

    @Test
    void aNewLeaderGivesNodesTimeToBeHeard() {
        assertThat(liveness.state(NODE)).isEqualTo(Liveness.State.UP);
        assertThat(liveness.heardLately(NODE)).isFalse();
        nowMillis += 10_000;
        assertThat(liveness.state(NODE)).isEqualTo(Liveness.State.DOWN);
    }

    @Test
    void onlyTheRunThatSpokeWasHeard() {
        tell(NODE.id(), Incarnation.of("run-0"), wallMillis, List.of());
        assertThat(liveness.heardLately(NODE)).isFalse();
        tell(NODE.id(), NODE.incarnation(), wallMillis, List.of());
        assertThat(liveness.heardLately(NODE)).isTrue();
    }

    @Test
    void reportsThatAreHeldUpAreNoClockThatIsOff() {
        for (int i = 0; i < 20; i++) {
            long delayMillis = i % 4 == 0 ? 20 : 3_000;
            hear(-delayMillis);
            assertThat(liveness.clockOffsetMillis(NODE)).isBetween(-100L, 0L);
            pass(250);
        }
    }

    @Test
    void aClockThatStepsEitherWayIsOffSoon() {
        hearEachQuarterSecond(8, 0);
        hearEachQuarterSecond(1, 5_000);
        assertThat(liveness.clockOffsetMillis(NODE)).isEqualTo(5_000);
        hearEachQuarterSecond(9, 0);
        assertThat(liveness.clockOffsetMillis(NODE)).isZero();
        hearEachQuarterSecond(9, -5_000);
        assertThat(liveness.clockOffsetMillis(NODE)).isEqualTo(-5_000);
    }

    @Test
    void whoIsDownHasNoClockToCompareWith() {
        hear(0);
        for (String dead : List.of("t4", "t5", "t6", "t7")) {
            tell(NodeId.of(dead), Incarnation.of(dead), wallMillis - 3_600_000, List.of());
        }
        assertThat(liveness.clockOffsetMillis(NODE)).as("they live").isEqualTo(3_600_000);
        pass(10_000);
        hear(0);
        assertThat(liveness.clockOffsetMillis(NODE)).as("they do not").isZero();
    }

    @Test
    void whoIsKnownToHaveEndedHasNoClockEither() {
        hear(0);
        for (String dead : List.of("t4", "t5", "t6", "t7")) {
            tell(NodeId.of(dead), Incarnation.of(dead), wallMillis - 3_600_000, List.of());
            liveness.gone(
                    new NodeDescriptor(
                            NodeId.of(dead),
                            StoreId.of("s-" + dead),
                            Incarnation.of(dead),
                            "a:1",
                            "",
                            ""));
        }
        assertThat(liveness.clockOffsetMillis(NODE)).isZero();
    }

    private void hearEachQuarterSecond(int times, long aheadMillis) {
        for (int i = 0; i < times; i++) {
            pass(250);
            hear(aheadMillis);
        }
    }

    /** The others' clocks are right. */
    private void hear(long aheadMillis) {
        tell(NODE.id(), NODE.incarnation(), wallMillis + aheadMillis, List.of());
        for (String other : List.of("t2", "t3")) {
            tell(NodeId.of(other), Incarnation.of(other), wallMillis, List.of());
        }
    }

    private void pass(long millis) {
        nowMillis += millis;
        wallMillis += millis;
    }

    @Test
    void whatASlaveIsAskedForIsNoLoadAndAChangeOfMasterKeepsTheRate() {
        NodeDescriptor other =
                new NodeDescriptor(
                        NodeId.of("t2"), StoreId.of("o"), Incarnation.of("run-2"), "b:1", "", "");
        for (long index = 0; index <= 60_000; index += 1_000) {
            say(NODE, 0, index == 0 ? 0 : index + 5_000_000);
            nowMillis += 1_000;
        }
        assertThat(liveness.loadPerSecond(TABLET)).as("of a slave").isZero();
        say(NODE, 3, 9_000_000);
        nowMillis += 5_000;
        say(NODE, 3, 9_005_000);
        assertThat(liveness.loadPerSecond(TABLET)).as("smoothed").isBetween(199.0, 201.0);
        nowMillis += 1_000;
        say(other, 4, 20_000_000);
        nowMillis += 1_000;
        say(NODE, 0, 30_000_000);
        say(other, 4, 20_001_000);
        assertThat(liveness.loadPerSecond(TABLET)).as("kept").isBetween(199.0, 201.0);
    }

    /** Also where one of them has been heard of before the split was. */
    @Test
    void whatIsMadeOfATabletBeginsWithItsShareOfTheLoad() {
        for (long seconds = 0; seconds <= 60; seconds += 5) {
            say(NODE, 3, seconds * 1_000);
            nowMillis += 5_000;
        }
        double whole = liveness.loadPerSecond(TABLET);
        TabletId low = new TabletId(TABLET.value() + 1);
        TabletId high = new TabletId(TABLET.value() + 2);
        TabletId both = new TabletId(TABLET.value() + 3);
        liveness.reshaped(List.of(TABLET), List.of(low, high));
        liveness.reshaped(List.of(TABLET), List.of(low, high));
        assertThat(liveness.loadPerSecond(low)).isBetween(whole * 0.49, whole * 0.51);
        assertThat(liveness.loadPerSecond(high)).isEqualTo(liveness.loadPerSecond(low));
        assertThat(liveness.isLoadKnown(low)).as("a guess").isFalse();
        liveness.reshaped(List.of(low, high), List.of(both));
        assertThat(liveness.loadPerSecond(both)).isBetween(whole * 0.99, whole * 1.01);
        assertThat(liveness.loadPerSecond(low)).isZero();
        say(NODE, 3, 61_000);
        liveness.reshaped(List.of(both), List.of(TABLET));
        assertThat(liveness.loadPerSecond(TABLET)).isBetween(whole * 0.99, whole * 1.01);
    }

    @Test
    void aLoadThatIsToldAfterAGapCountsForAsLongAsTheGapWas() {
        say(NODE, 3, 0);
        nowMillis += 60_000;
        say(NODE, 3, 60_000);
        assertThat(liveness.isLoadKnown(TABLET)).isTrue();
        assertThat(liveness.loadPerSecond(TABLET)).isBetween(700.0, 1_000.0);
    }

    @Test
    void aLoadIsNotKnownThatNobodyMeasuredLately() {
        for (long seconds = 0; seconds <= 60; seconds += 5) {
            say(NODE, 3, 0);
            nowMillis += 5_000;
        }
        assertThat(liveness.isLoadKnown(TABLET)).isTrue();
        nowMillis += 60_000;
        for (long seconds = 0; seconds < 30; seconds += 5) {
            say(NODE, 4, 1_000 * seconds);
            assertThat(liveness.isLoadKnown(TABLET)).isFalse();
            nowMillis += 5_000;
        }
        say(NODE, 4, 30_000);
        assertThat(liveness.isLoadKnown(TABLET)).isTrue();
        assertThat(liveness.loadPerSecond(TABLET)).isGreaterThan(700);
    }

    /** A report that tells all. */
    private void tell(
            NodeId node, Incarnation incarnation, long toldMillis, List<TabletStatus> statuses) {
        liveness.hear(node, Heartbeat.ofAll(incarnation, toldMillis, ++reports, statuses));
    }

    @Test
    void whatIsNotMentionedStandsAndIsHeardOfNow() {
        assertThat(report(1, 0, status(TABLET, 3, 0))).isTrue();
        long changes = liveness.changes();
        pass(1_500);
        assertThat(report(2, 1)).isTrue();
        pass(1_500);
        assertThat(liveness.state(NODE)).isEqualTo(Liveness.State.UP);
        assertThat(liveness.status(NODE, TABLET).orElseThrow().startedEpoch()).isEqualTo(3);
        assertThat(liveness.changes()).isEqualTo(changes);
        assertThat(report(3, 2, status(TABLET, 4, 0))).isTrue();
        assertThat(liveness.status(NODE, TABLET).orElseThrow().startedEpoch()).isEqualTo(4);
        assertThat(liveness.changes()).isGreaterThan(changes);
    }

    @Test
    void changesOfWhatWasNotToldHereAreNoReport() {
        assertThat(report(7, 6, status(TABLET, 3, 0))).as("a new leader").isFalse();
        assertThat(liveness.heardLately(NODE)).isFalse();
        assertThat(report(8, 0, status(TABLET, 3, 0))).isTrue();
        liveness.registered(NODE);
        assertThat(report(9, 8)).as("registered again").isFalse();
        assertThat(report(10, 0, status(TABLET, 3, 0))).isTrue();
        liveness.begin();
        assertThat(report(11, 10)).as("leads again").isFalse();
        assertThat(liveness.heardLately(NODE)).isFalse();
    }

    @Test
    void aReportThatWasOvertakenSaysNothing() {
        assertThat(report(2, 0, status(TABLET, 4, 0))).isTrue();
        pass(2_000);
        assertThat(report(1, 0, status(TABLET, 3, 0))).isTrue();
        assertThat(liveness.status(NODE, TABLET).orElseThrow().startedEpoch()).isEqualTo(4);
        assertThat(liveness.state(NODE)).isEqualTo(Liveness.State.SUSPECT);
    }

    @Test
    void aLoadThatEndsFadesThoughNothingIsSaidOfIt() {
        assertThat(report(1, 0, status(TABLET, 3, 0))).isTrue();
        pass(5_000);
        assertThat(report(2, 1, status(TABLET, 3, 50_000))).isTrue();
        double most = liveness.loadPerSecond(TABLET);
        for (long number = 3; number < 15; number++) {
            pass(5_000);
            assertThat(report(number, number - 1)).isTrue();
        }
        assertThat(most).isGreaterThan(1_000);
        assertThat(liveness.loadPerSecond(TABLET)).isLessThan(most / 10);
    }

    private boolean report(long number, long base, TabletStatus... changed) {
        return liveness.hear(
                NODE.id(),
                new Heartbeat(
                        NODE.incarnation(), wallMillis, number, base, List.of(changed), List.of()));
    }

    /** @param startedEpoch 0 when it is no master */
    private void say(NodeDescriptor node, long startedEpoch, long operations) {
        tell(
                node.id(),
                node.incarnation(),
                wallMillis,
                List.of(status(TABLET, startedEpoch, operations)));
    }

    /** @param startedEpoch 0 when it is no master */
    private static TabletStatus status(TabletId tablet, long startedEpoch, long operations) {
        return new TabletStatus(
                tablet,
                ReplicaId.of("r"),
                startedEpoch,
                startedEpoch > 0,
                startedEpoch,
                0,
                ReplicaCondition.HEALTHY,
                0,
                0,
                0,
                0,
                0,
                List.of(),
                null,
                operations,
                true);
    }
}
