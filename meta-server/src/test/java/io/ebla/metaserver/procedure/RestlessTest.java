package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.MetaApi.ReplicaCondition;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which tablets the leader's turns look at, and that it makes no difference to what they do. */
class RestlessTest {

    private static final ProcedureSettings SETTINGS =
            new ProcedureSettings(3_000, 350, 3_000, 10_000, 1_000, 20_000, 5_000, 8, 3, 32, 0.65);

    private final SimulatedCluster cluster = new SimulatedCluster(7, 4, SETTINGS);
    private final Health health = new Health(cluster.liveness(), SETTINGS);
    private final Restless restless = new Restless(health, cluster.liveness());

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 40);
    }

    /**
     * The same lives, with turns that look at every tablet each time: the same is written at the same time.
     */
    @ParameterizedTest
    @MethodSource("seeds")
    void turnsWriteWhatTheyWouldIfTheyLookedAtAll(long seed) {
        SimulatedCluster usual = RandomLivesTest.live(seed, LeaderProcedures::new);
        SimulatedCluster thorough = RandomLivesTest.live(seed, RestlessTest::lookingAtAll);
        assertThat(usual.metadata.applied()).isEqualTo(thorough.metadata.applied());
    }

    private static LeaderProcedures lookingAtAll(
            LeaderProcedures.Parts parts, ProcedureSettings settings) {
        return new LeaderProcedures(
                parts,
                settings,
                new Health(parts.liveness(), settings),
                state -> List.copyOf(state.tablets().values()));
    }

    @Test
    void noneOfManySettledTabletsIsLookedAt() {
        cluster.table(3, StoreKind.DISK, 200);
        assertThat(restless.of(cluster.state())).as("none has reported").hasSize(200);
        cluster.run(4_000);
        List<TabletDescriptor> settled = restless.of(cluster.state());
        assertThat(settled).isEmpty();
        cluster.run(10_000);
        assertThat(restless.of(cluster.state())).as("nothing was counted again").isSameAs(settled);
    }

    @Test
    void whatAnythingIsDueForIsLookedAt() {
        cluster.table(3, StoreKind.DISK, 20);
        cluster.run(4_000);
        TabletId first = cluster.state().tablets().firstKey();
        cluster.node("t2").conditions.put(first, ReplicaCondition.DISK_FULL);
        cluster.run(500);
        assertThat(restless.of(cluster.state()))
                .extracting(TabletDescriptor::id)
                .containsExactly(first);
        cluster.node("t2").conditions.put(first, ReplicaCondition.HEALTHY);
        cluster.run(500);
        assertThat(restless.of(cluster.state())).isEmpty();
        cluster.node("t4").kill();
        cluster.run(2_000);
        assertThat(restless.of(cluster.state())).as("it holds none of them").isEmpty();
        cluster.node("t3").kill();
        cluster.run(2_000);
        assertThat(restless.of(cluster.state())).hasSize(20);
        cluster.node("t3").restart(false);
        cluster.run(4_000);
        assertThat(restless.of(cluster.state())).isEmpty();
        cluster.copies(2);
        assertThat(restless.of(cluster.state())).hasSize(20);
    }

    @Test
    void aNodeThatLeavesOrWhoseClockIsOffTroublesItsTablets() {
        cluster.table(3, StoreKind.DISK, 5);
        cluster.run(4_000);
        assertThat(restless.of(cluster.state())).isEmpty();
        cluster.liveness().leaving(cluster.node("t2").descriptor());
        assertThat(restless.of(cluster.state())).hasSize(5);
        cluster.node("t2").restart(false);
        cluster.run(10_000);
        assertThat(restless.of(cluster.state())).isEmpty();
        cluster.node("t3").clockOffsetMillis = 60_000;
        cluster.run(5_000);
        assertThat(restless.of(cluster.state())).hasSize(5);
    }

    /** A figure, not a promise: {@code -Debla.turn-cost=10000} tells what a turn over so many costs. */
    @Test
    @EnabledIfSystemProperty(named = "ebla.turn-cost", matches = "\\d+")
    void whatATurnCosts() {
        int tablets = Integer.getInteger("ebla.turn-cost");
        tell(
                "looking at all",
                tablets,
                new SimulatedCluster(7, 10, SETTINGS, RestlessTest::lookingAtAll));
        tell("as it is", tablets, new SimulatedCluster(7, 10, SETTINGS));
    }

    private static void tell(String what, int tablets, SimulatedCluster cluster) {
        cluster.table(3, StoreKind.DISK, tablets);
        cluster.run(4_000);
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        for (int round = 0; round < 5; round++) {
            long began = threads.getCurrentThreadCpuTime();
            for (int i = 0; i < 100; i++) {
                cluster.procedures().turn();
            }
            long micros = (threads.getCurrentThreadCpuTime() - began) / 100_000;
            System.out.printf("%s: %,d us of CPU a turn with %,d tablets%n", what, micros, tablets);
        }
    }
}
