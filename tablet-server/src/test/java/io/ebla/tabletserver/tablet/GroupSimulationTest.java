package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * Many lives of a tablet group with its elections; a violation names its seed. {@code -Dseed=} lives one of
 * them again, {@code -Dlives=} says how many there are.
 */
class GroupSimulationTest {

    private static final int LIVES = Integer.getInteger("lives", 60);

    @Test
    void threeReplicasKeepTheirPromises() {
        live(GroupLife.Plan.OF_THREE, LIVES);
    }

    @Test
    void fiveReplicasKeepTheirPromises() {
        live(GroupLife.Plan.OF_FIVE, LIVES / 3);
    }

    private static void live(GroupLife.Plan plan, int lives) {
        Long only = Long.getLong("seed");
        long first = only == null ? System.nanoTime() : only;
        System.out.println("simulation: " + plan + " from seed " + first);
        int reads = 0;
        int writes = 0;
        for (long seed = first; seed < first + (only == null ? lives : 1); seed++) {
            GroupLife life = new GroupLife(seed, plan, Tampering.NONE);
            life.live();
            reads += life.ledger().strongReads();
            writes += life.ledger().committedWrites();
        }
        assertThat(reads).as("strong reads answered").isPositive();
        assertThat(writes).as("writes committed").isPositive();
    }
}
