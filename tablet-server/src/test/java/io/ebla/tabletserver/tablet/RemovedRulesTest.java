package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The simulation can fail: rules whose removal it catches within a few lives. All of them, and the lives they
 * took, are in {@code src/docs/decisions/simulation.md}.
 */
class RemovedRulesTest {

    static Stream<RemovedRule> rules() {
        return Stream.<RemovedRule[]>of(
                        RemovedElectionRule.values(),
                        RemovedLogRule.values(),
                        RemovedLeaseRule.values(),
                        RemovedServiceRule.values(),
                        RemovedSplitRule.values(),
                        RemovedMergeRule.values())
                .flatMap(Arrays::stream)
                .filter(rule -> rule.livesMax() > 0);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void aRemovedRuleIsMissed(RemovedRule rule) {
        String caught = null;
        int lives = 0;
        while (caught == null && lives < rule.livesMax()) {
            lives++;
            try {
                rule.scenario().live(lives, rule.ofOneLife());
            } catch (GroupLedger.Unrest unrest) {
                // Something has to be wrong, not only slow.
            } catch (GroupLedger.Violation violation) {
                caught = violation.getMessage();
            }
        }
        System.out.println("| " + rule.name() + " | " + lives + " | " + caught + " |");
        assertThat(caught).as("%s within %s lives", rule, rule.livesMax()).isNotNull();
    }
}
