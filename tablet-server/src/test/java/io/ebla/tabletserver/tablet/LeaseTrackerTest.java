package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.tabletserver.tablet.ReplicaSet.Peer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a master may speak for its tablet, and when a follower lets it. */
class LeaseTrackerTest {

    private static final long MILLI = 1_000_000L;
    private static final long WALL = 1_700_000_000_000L;
    private static final NodeId MASTER = new NodeId("t1");
    private static final ReplicationSettings SETTINGS = ReplicationSettings.DEFAULTS;

    private final LeaseTracker lease = new LeaseTracker(SETTINGS);

    private static Peer peer(int number) {
        return new Peer(new NodeId("t" + number), new ReplicaId("r" + number), false);
    }

    private static ReplicaSet set(int... numbers) {
        List<Peer> members =
                java.util.Arrays.stream(numbers).mapToObj(LeaseTrackerTest::peer).toList();
        return new ReplicaSet(peer(1), members, List.of(), List.of());
    }

    private void granted(int node, long epoch, long atMillis) {
        granted(node, epoch, atMillis, SETTINGS.leaseMillis());
    }

    private void granted(int node, long epoch, long atMillis, long leaseMillis) {
        lease.granted(
                new NodeId("t" + node), epoch, atMillis * MILLI, WALL + atMillis, leaseMillis);
    }

    private boolean holds(long atMillis) {
        return lease.holds(atMillis * MILLI, WALL + atMillis);
    }

    @Test
    void aSetOfOneNeedsNobody() {
        lease.begin(set(1), 1, 0);
        assertThat(holds(1_000_000)).isTrue();
        lease.end();
        assertThat(holds(1_000_000)).isFalse();
    }

    @Test
    void aGrantCountsFromTheSendingAndForLessThanItLasts() {
        lease.begin(set(1, 2, 3), 1, 0);
        assertThat(holds(0)).isFalse();
        granted(2, 1, 1_000);
        assertThat(holds(1_000 + 484)).isTrue();
        assertThat(holds(1_000 + 485)).isFalse();
    }

    @Test
    void theShorterOfTwoLeasesCounts() {
        lease.begin(set(1, 2, 3), 1, 0);
        granted(2, 1, 1_000, 300);
        assertThat(holds(1_286)).isTrue();
        assertThat(holds(1_287)).isFalse();
        granted(3, 1, 1_000, 2_000);
        assertThat(holds(1_484)).isTrue();
        assertThat(holds(1_485)).isFalse();
        granted(3, 1, 1_300, 300);
        assertThat(holds(1_586)).isTrue();
        assertThat(holds(1_587)).isFalse();
        granted(2, 1, 1_600, 0);
        assertThat(holds(1_601)).as("one that does not say for how long").isFalse();
    }

    @Test
    void fiveMembersNeedTwoGrantsAndTheOlderOfThemDecides() {
        lease.begin(set(1, 2, 3, 4, 5), 1, 0);
        granted(2, 1, 1_000);
        assertThat(holds(1_001)).isFalse();
        granted(3, 1, 1_200);
        assertThat(holds(1_484)).isTrue();
        assertThat(holds(1_486)).isFalse();
        granted(4, 1, 1_300);
        assertThat(holds(1_684)).isTrue();
        assertThat(holds(1_686)).isFalse();
    }

    @Test
    void grantsOfAnEarlierTermDoNotCount() {
        lease.begin(set(1, 2, 3), 3, 0);
        granted(2, 2, 1_000);
        assertThat(holds(1_001)).isFalse();
    }

    @Test
    void grantsCountOnWhenTheMasterChangesItsSetByItself() {
        lease.begin(set(1, 2, 3), 3, 0);
        granted(2, 3, 1_000);
        lease.change(set(1, 2, 4), 0);
        assertThat(holds(1_001)).isTrue();
        lease.change(set(1, 4, 5), 0);
        assertThat(holds(1_002)).isFalse();
    }

    @Test
    void anOldGrantThatComesLateTakesNothingAway() {
        lease.begin(set(1, 2, 3), 1, 0);
        granted(2, 1, 1_300);
        granted(2, 1, 1_000);
        assertThat(holds(1_700)).isTrue();
    }

    @Test
    void wallAndMonotonicTimeThatPartEndIt() {
        lease.begin(set(1, 2, 3), 1, 0);
        granted(2, 1, 1_000);
        assertThat(lease.holds(1_100 * MILLI, WALL + 1_110)).isTrue();
        assertThat(lease.holds(1_100 * MILLI, WALL + 1_111)).as("suspended").isFalse();
        assertThat(lease.holds(1_100 * MILLI, WALL + 1_089)).as("stepped back").isFalse();
    }

    private long missing(long atMillis) {
        return lease.missingNanos(atMillis * MILLI, WALL + atMillis) / MILLI;
    }

    @Test
    void aLeaseIsMissedFromItsEndOnOrFromTheBeginOfTheTerm() {
        lease.begin(set(1, 2, 3), 1, 900 * MILLI);
        assertThat(missing(950)).isEqualTo(50);
        granted(2, 1, 1_000);
        assertThat(missing(1_484)).isZero();
        assertThat(missing(1_685)).isEqualTo(200);
        granted(3, 1, 2_000);
        assertThat(missing(2_001)).isZero();
        assertThat(lease.missingNanos(2_100 * MILLI, WALL)).as("a stepped clock").isZero();
    }

    @Test
    void oneThatNeedsNobodyMissesNothingUntilItsSetGrows() {
        lease.begin(set(1), 1, 0);
        assertThat(missing(1_000_000)).isZero();
        lease.change(set(1, 2, 3), 1_000_000 * MILLI);
        assertThat(missing(1_000_100)).isEqualTo(100);
    }

    // ---------------------------------------------------------------- the follower

    @Test
    void aFollowerThatPromisedAHigherEpochGrantsNothingBelow() {
        Grant grant = new Grant(500 * MILLI, 1);
        grant.able(true);
        assertThat(grant.give(MASTER, 1, 70_000, 0)).isTrue();
        grant.promise(2);
        assertThat(grant.give(MASTER, 1, 70_000, 100 * MILLI)).isFalse();
        assertThat(grant.ranOut(499 * MILLI)).isFalse();
        assertThat(grant.ranOut(500 * MILLI)).isTrue();
    }

    @Test
    void onlyAHealthyMemberGrants() {
        Grant grant = new Grant(500 * MILLI, 0);
        assertThat(grant.give(MASTER, 1, 70_000, 0)).isFalse();
        grant.able(true);
        assertThat(grant.give(MASTER, 1, 70_000, 0)).isTrue();
        grant.able(false);
        assertThat(grant.give(MASTER, 1, 70_000, 0)).isFalse();
        assertThat(grant.ranOut(1)).as("what was given stays given").isFalse();
    }

    @Test
    void aLeaseThatIsGivenBackFreesAtOnceUnlessAnotherWasGrantedSince() {
        Grant grant = new Grant(500 * MILLI, 0);
        grant.able(true);
        grant.give(MASTER, 1, 70_000, 0);
        grant.release(1, 0);
        assertThat(grant.ranOut(1)).isTrue();
        grant.give(MASTER, 2, 70_000, 0);
        grant.release(1, 0);
        assertThat(grant.ranOut(1)).isFalse();
    }

    /** Under its lease the clock of the one before goes on from what it last told (T1). */
    @Test
    void anotherMastersTimeBeginsWhereTheLeaseOfTheOneBeforeEnds() {
        NodeId before = new NodeId("t1");
        NodeId after = new NodeId("t2");
        Grant grant = new Grant(500 * MILLI, 0);
        assertThat(grant.shownBefore(1, null)).as("nothing was granted").isZero();
        grant.able(true);
        grant.give(before, 1, 70_000, 0);
        assertThat(grant.shownBefore(1, before)).as("it goes on").isZero();
        assertThat(grant.shownBefore(2, before)).as("it goes on in another epoch").isZero();
        assertThat(grant.shownBefore(2, after)).isEqualTo(70_500);
        assertThat(grant.shownBefore(2, null)).isEqualTo(70_500);
        grant.release(1, 70_120);
        assertThat(grant.shownBefore(2, after)).as("it said how far it went").isEqualTo(70_120);
        grant.give(after, 2, 70_200, 0);
        assertThat(grant.shownBefore(3, before)).isEqualTo(70_700);
        grant.release(1, 80_000);
        assertThat(grant.shownBefore(3, before)).as("of another's epoch").isEqualTo(70_700);
    }
}
