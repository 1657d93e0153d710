package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The simulation can fail: rules whose removal it catches within a few lives. All of them, and the lives they
 * took, are in {@code src/docs/decisions/simulation.md}.
 */
class RemovedRulesTest {

    private static final int LIVES_MAX = 60;

    @ParameterizedTest
    @EnumSource(
            names = {
                "E4_ACKNOWLEDGED_IS_DURABLE",
                "E5_LONGEST_LOG_WINS",
                "E6_PREVIOUS_ENTRY_MATCHES"
            })
    void aRemovedRuleIsMissed(RemovedRule rule) {
        String caught = null;
        int lives = 0;
        while (caught == null && lives < LIVES_MAX) {
            lives++;
            try {
                new GroupLife(lives, GroupLife.Plan.OF_THREE, rule).live();
            } catch (GroupLedger.Violation violation) {
                caught = violation.getMessage();
            }
        }
        System.out.println("| " + rule + " | " + lives + " | " + caught + " |");
        assertThat(caught).as("%s within %s lives", rule, lives).isNotNull();
    }
}
