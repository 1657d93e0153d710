package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The simulation can fail: rules whose removal it catches within a few lives. All of them, and the lives they
 * took, are in {@code src/docs/decisions/simulation.md}.
 */
class RemovedRulesTest {

    private static final Map<RemovedRule, Future<End>> ENDS = new HashMap<>();

    /** @param caught what was found to be wrong in the last of the lives, or null */
    private record End(int lives, String caught) {}

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

    /** Begun at once for all rules, as none has to do with another; each of them lives its seeds in order. */
    @BeforeAll
    static void liveWithoutThem() {
        ExecutorService threads = Lives.threads();
        rules().forEach(rule -> ENDS.put(rule, threads.submit(() -> livesWithout(rule))));
        threads.shutdown();
    }

    private static End livesWithout(RemovedRule rule) {
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
        return new End(lives, caught);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void aRemovedRuleIsMissed(RemovedRule rule) throws Exception {
        End end = ENDS.get(rule).get();
        System.out.println("| " + rule.name() + " | " + end.lives() + " | " + end.caught() + " |");
        assertThat(end.caught()).as("%s within %s lives", rule, rule.livesMax()).isNotNull();
    }
}
