package io.ebla.core.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.MetaApi.Follower;
import io.ebla.core.cluster.MetaApi.Heartbeat;
import io.ebla.core.cluster.MetaApi.ReplicaCondition;
import io.ebla.core.cluster.MetaApi.TabletStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ToldStatusesTest {

    private static final Incarnation RUN = Incarnation.of("run-1");

    private final ToldStatuses told = new ToldStatuses();

    @Test
    void onlyWhatChangedSinceTheLastTakenReportIsTold() {
        assertThat(report(status(1, 1), status(2, 1)).tablets()).hasSize(2);
        told.taken(1);
        Heartbeat second = report(status(1, 1), status(2, 2));
        assertThat(second.base()).isEqualTo(1);
        assertThat(second.tablets()).containsExactly(status(2, 2));
        told.taken(2);
        assertThat(report(status(1, 1), status(2, 2)).tablets()).isEmpty();
    }

    @Test
    void whatChangedThereAndBackAfterTheLastTakenReportIsToldAgain() {
        report(status(1, 1));
        told.taken(1);
        report(status(1, 2));
        assertThat(report(status(1, 1)).tablets()).containsExactly(status(1, 1));
    }

    @Test
    void whatIsGoneIsToldUntilThatIsTaken() {
        report(status(1, 1), status(2, 1));
        told.taken(1);
        assertThat(report(status(1, 1)).gone()).containsExactly(new TabletId(2));
        assertThat(report(status(1, 1)).gone()).containsExactly(new TabletId(2));
        told.taken(3);
        assertThat(report(status(1, 1)).gone()).isEmpty();
        assertThat(report(status(1, 1), status(2, 1)).tablets()).containsExactly(status(2, 1));
    }

    /** While a node is dead that grows in every report, of each tablet it has. */
    @Test
    void thatAFollowerIsBehindForLongerIsNoNews() {
        report(behind(1, 250));
        told.taken(1);
        assertThat(report(behind(1, 500)).tablets()).isEmpty();
        assertThat(report(behind(2, 500)).tablets()).hasSize(1);
    }

    @Test
    void aReportRestsOnAnEarlierOne() {
        assertThatThrownBy(() -> new Heartbeat(RUN, 1, 3, 3, List.of(), List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Reports and answers are lost, delayed and overtaken, and leaders forget: whoever took one knows it. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whoTakesAReportKnowsAllOfIt(long seed) {
        Random random = new Random(seed);
        Map<Long, TabletStatus> now = new TreeMap<>();
        List<HeardStatuses> leaders = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            leaders.add(HeardStatuses.NOTHING);
        }
        Map<Long, Map<TabletId, TabletStatus>> meant = new TreeMap<>();
        List<Heartbeat> underWay = new ArrayList<>();
        int taken = 0;
        for (int step = 0; step < 5_000; step++) {
            long tablet = 1 + random.nextInt(6);
            switch (random.nextInt(4)) {
                case 0 -> now.remove(tablet);
                case 1 -> now.put(tablet, status(tablet, random.nextInt(3)));
                default -> {}
            }
            Heartbeat next = told.next(RUN, step, List.copyOf(now.values()));
            meant.put(
                    next.number(),
                    now.values().stream()
                            .collect(Collectors.toMap(TabletStatus::tablet, each -> each)));
            underWay.add(next);
            if (random.nextInt(3) > 0) {
                Heartbeat arrives = underWay.remove(random.nextInt(underWay.size()));
                int who = random.nextInt(20) == 0 ? random.nextInt(leaders.size()) : 0;
                HeardStatuses leader = leaders.get(who);
                if (!leader.knowsBaseOf(arrives)) {
                    told.tellAll();
                } else if (!leader.isNewerThan(arrives)) {
                    leaders.set(who, leader.and(arrives));
                    assertThat(leaders.get(who).tablets())
                            .as("seed %d report %d", seed, arrives.number())
                            .isEqualTo(meant.get(arrives.number()));
                    taken++;
                    if (random.nextBoolean()) {
                        told.taken(arrives.number());
                    }
                }
            }
            if (random.nextInt(50) == 0) {
                leaders.set(random.nextInt(leaders.size()), HeardStatuses.NOTHING);
            }
            if (underWay.size() > 4) {
                underWay.remove(random.nextInt(underWay.size()));
            }
        }
        assertThat(taken).isGreaterThan(500);
    }

    private Heartbeat report(TabletStatus... statuses) {
        return told.next(RUN, 1, List.of(statuses));
    }

    private static TabletStatus status(long tablet, long epoch) {
        return status(tablet, epoch, List.of());
    }

    private static TabletStatus behind(long entries, long millis) {
        return status(1, 1, List.of(new Follower(NodeId.of("t2"), 7, entries, 100, millis)));
    }

    private static TabletStatus status(long tablet, long epoch, List<Follower> followers) {
        return new TabletStatus(
                new TabletId(tablet),
                ReplicaId.of("r" + tablet),
                epoch,
                false,
                0,
                0,
                ReplicaCondition.HEALTHY,
                0,
                0,
                0,
                0,
                0,
                followers,
                null,
                0,
                true);
    }
}
