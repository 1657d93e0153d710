package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Many lives of tablet groups with their elections; a violation names its seed, and a life is the same
 * whenever it is lived. They are the same lives in every build, from seed 1 on; {@code -Dfrom=} begins
 * elsewhere, {@code -Dlives=} says how many there are, {@code -Dseed=} lives one of them again:
 *
 * <pre>
 *   ./mvnw -pl tablet-server -am test -Dsurefire.failIfNoSpecifiedTests=false \
 *       -Dtest=GroupSimulationTest#threeReplicasKeepTheirPromises -Dseed=SEED
 * </pre>
 */
class GroupSimulationTest {

    private static final int LIVES = Integer.getInteger("lives", 2_000);

    private static final long FROM = Long.getLong("from", 1);

    @Test
    void threeReplicasKeepTheirPromises() {
        live("three", GroupLife.Plan.OF_THREE, LIVES);
    }

    @Test
    void fiveReplicasKeepTheirPromises() {
        live("five", GroupLife.Plan.OF_FIVE, LIVES / 4);
    }

    /** What catches a removed rule is quiet while it is there. */
    @ParameterizedTest
    @EnumSource(RandomScenario.class)
    void aScenarioAloneIsQuiet(RandomScenario scenario) {
        live(scenario);
    }

    private static void live(RandomScenario scenario) {
        Long only = Long.getLong("seed");
        long first = only == null ? FROM : only;
        int most = only == null ? LIVES / 20 : 1;
        AtomicLong lived = new AtomicLong();
        Lives.live(
                first,
                most,
                seed -> {
                    scenario.live(seed, Tampering.NONE);
                    lived.incrementAndGet();
                });
        assertThat(lived).as("lives of " + scenario).hasValue(most);
    }

    private static void live(String name, GroupLife.Plan plan, int lives) {
        Long only = Long.getLong("seed");
        long first = only == null ? FROM : only;
        int most = only == null ? lives : 1;
        System.out.println("simulation of " + name + ": " + most + " lives from seed " + first);
        AtomicLong reads = new AtomicLong();
        AtomicLong writes = new AtomicLong();
        AtomicLong epochs = new AtomicLong();
        AtomicLong lived = new AtomicLong();
        Lives.live(
                first,
                most,
                seed -> {
                    GroupLife life = new GroupLife(seed, plan, Tampering.NONE);
                    life.live();
                    lived.incrementAndGet();
                    reads.addAndGet(life.ledger().strongReads());
                    writes.addAndGet(life.ledger().committedWrites());
                    epochs.addAndGet(life.ledger().epochs());
                });
        System.out.println(
                writes + " writes committed, " + reads + " strong reads, " + epochs + " epochs");
        assertThat(lived).as("lives").hasValue(most);
        assertThat(reads).as("strong reads answered").hasPositiveValue();
        assertThat(writes).as("writes committed").hasPositiveValue();
    }
}
