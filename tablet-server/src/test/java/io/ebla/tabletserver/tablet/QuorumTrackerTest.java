package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.tabletserver.tablet.ReplicaSet.Peer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which index is committed. */
class QuorumTrackerTest {

    private static Peer peer(int number) {
        return new Peer(new NodeId("t" + number), new ReplicaId("r" + number), false);
    }

    private static List<Peer> peers(int... numbers) {
        return Arrays.stream(numbers).mapToObj(QuorumTrackerTest::peer).toList();
    }

    private static QuorumTracker of(List<Peer> members, List<Peer> previous, List<Peer> learners) {
        QuorumTracker tracker =
                new QuorumTracker(new ReplicaSet(peer(1), members, previous, learners), 0);
        tracker.begin(1);
        return tracker;
    }

    private static void durable(QuorumTracker tracker, int number, long index) {
        tracker.durable(tracker.slot(new ReplicaId("r" + number)), index);
    }

    @Test
    void aMajorityCommits() {
        QuorumTracker tracker = of(peers(1, 2, 3), List.of(), List.of());
        durable(tracker, 1, 10);
        assertThat(tracker.committed()).isZero();
        durable(tracker, 3, 7);
        assertThat(tracker.committed()).isEqualTo(7);
        durable(tracker, 2, 12);
        assertThat(tracker.committed()).isEqualTo(10);
        assertThat(tracker.copies(8)).isEqualTo(2);
        assertThat(tracker.holders(8)).containsExactly(new NodeId("t1"), new NodeId("t2"));
    }

    @Test
    void theFollowersAloneCommitBeforeTheMastersDisk() {
        QuorumTracker tracker = of(peers(1, 2, 3), List.of(), List.of());
        durable(tracker, 2, 5);
        durable(tracker, 3, 6);
        assertThat(tracker.committed()).isEqualTo(5);
    }

    @Test
    void nothingOfAnOlderEpochCountsBeforeThisOneHasBegun() {
        QuorumTracker tracker = of(peers(1, 2, 3), List.of(), List.of());
        tracker.begin(9);
        durable(tracker, 1, 9);
        durable(tracker, 2, 8);
        assertThat(tracker.committed()).isZero();
        durable(tracker, 2, 9);
        assertThat(tracker.committed()).isEqualTo(9);
    }

    @Test
    void aReplicaChangeNeedsAMajorityOfBothSets() {
        QuorumTracker tracker = of(peers(1, 4, 5), peers(1, 2, 3), List.of());
        durable(tracker, 1, 5);
        durable(tracker, 4, 5);
        durable(tracker, 5, 5);
        assertThat(tracker.committed()).isZero();
        durable(tracker, 3, 4);
        assertThat(tracker.committed()).isEqualTo(4);
    }

    @Test
    void aLearnerCountsNowhere() {
        QuorumTracker tracker = of(peers(1, 2, 3), List.of(), peers(4));
        durable(tracker, 1, 5);
        durable(tracker, 4, 5);
        assertThat(tracker.committed()).isZero();
        assertThat(tracker.copies(5)).isEqualTo(1);
    }

    @Test
    void whatIsKnownStaysKnownInAnotherSet() {
        QuorumTracker tracker = of(peers(1, 2, 3), List.of(), peers(4));
        durable(tracker, 1, 5);
        durable(tracker, 2, 5);
        durable(tracker, 4, 3);
        QuorumTracker changed =
                tracker.change(new ReplicaSet(peer(1), peers(1, 2, 4), peers(1, 2, 3), List.of()));
        assertThat(changed.committed()).isEqualTo(5);
        assertThat(changed.copies(3)).isEqualTo(3);
    }

    @Test
    void anyOrderOfAcknowledgementsGivesTheSortedAnswer() {
        long seed = 20_261_121;
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            int size = 1 + random.nextInt(5);
            QuorumTracker tracker =
                    of(
                            peers(java.util.stream.IntStream.rangeClosed(1, size).toArray()),
                            List.of(),
                            List.of());
            long[] held = new long[size];
            for (int step = 0; step < 20; step++) {
                int slot = random.nextInt(size);
                held[slot] += random.nextInt(4);
                durable(tracker, slot + 1, held[slot]);
                long[] sorted = held.clone();
                Arrays.sort(sorted);
                assertThat(tracker.committed())
                        .as("round %d", round)
                        .isEqualTo(sorted[size - (size / 2 + 1)]);
            }
        }
    }
}
