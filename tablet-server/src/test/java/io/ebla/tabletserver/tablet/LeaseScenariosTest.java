package io.ebla.tabletserver.tablet;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Lives in which leases, clocks, replica sets, and the moment in which a tablet is split or merged decide,
 * with every rule in its place. A violation names its seed; {@code -Dseed=} lives one of them again, {@code
 * -Dlives=} says how many there are.
 */
class LeaseScenariosTest {

    private static final int LIVES = Integer.getInteger("lives", 60) / 6;

    @ParameterizedTest
    @EnumSource(LeaseScenario.class)
    void promisesAreKept(LeaseScenario scenario) {
        live(scenario);
    }

    @ParameterizedTest
    @EnumSource(ReplicaScenario.class)
    void promisesAreKeptWhenReplicasChange(ReplicaScenario scenario) {
        live(scenario);
    }

    @ParameterizedTest
    @EnumSource(ReshapeScenario.class)
    void promisesAreKeptWhenTabletsAreReshaped(ReshapeScenario scenario) {
        live(scenario);
    }

    private static void live(Scenario scenario) {
        Long only = Long.getLong("seed");
        long first = only == null ? Long.getLong("from", 1) : only;
        System.out.println("simulation: " + scenario + " from seed " + first);
        Lives.live(first, only == null ? LIVES : 1, seed -> scenario.live(seed, Tampering.NONE));
    }
}
