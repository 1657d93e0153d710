package io.ebla.clustertest.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.clustertest.history.TrueRegister.Plan;
import io.ebla.clustertest.history.Verdict.Linearizable;
import io.ebla.clustertest.history.Verdict.Undecided;
import io.ebla.clustertest.history.Verdict.Violation;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The checker against a register that is linearizable by construction, and against the definition. */
class LinearizabilityCheckerTest {

    private static final Plan LARGE = new Plan(300, 6, 2, 3, 4);
    private static final Plan SMALL = new Plan(8, 4, 1, 2, 12);
    private static final int MUTATIONS = 100;

    @Property(tries = 150)
    void whatATrueRegisterAnsweredIsAccepted(@ForAll long seed) {
        List<Operation> history = new TrueRegister(LARGE, new Random(seed)).history();
        assertThat(new LinearizabilityChecker().judge(history)).isInstanceOf(Linearizable.class);
    }

    /** With a third of all writes of unknown end some searches have to be given up; none may reject. */
    @Example
    void manyWritesOfUnknownEndAreNeverRejected() {
        LinearizabilityChecker checker = new LinearizabilityChecker(new Bounds(20_000, 200_000));
        int accepted = 0;
        for (int seed = 0; seed < 60; seed++) {
            Plan plan = new Plan(200, 6, 1, 2, 35);
            List<Operation> history = new TrueRegister(plan, new Random(seed)).history();
            Verdict verdict = checker.judge(history);
            assertThat(verdict).as("seed %s", seed).isNotInstanceOf(Violation.class);
            accepted += verdict instanceof Linearizable ? 1 : 0;
        }
        System.out.printf(
                "LinearizabilityChecker: 35 %% unknown: %s of 60 accepted, the others given up%n",
                accepted);
        assertThat(accepted).isGreaterThan(20);
    }

    /** Both ways: true histories and mutated ones, small enough to try every order. */
    @Property(tries = 800)
    void theVerdictIsThatOfTheDefinition(@ForAll long seed) {
        Random random = new Random(seed);
        List<Operation> history = new TrueRegister(SMALL, random).history();
        Mutation mutation = Mutation.values()[random.nextInt(Mutation.values().length)];
        List<Operation> judged =
                random.nextInt(4) == 0 ? history : mutation.in(history, random).orElse(history);
        for (List<Operation> object : JoinedRows.split(judged)) {
            boolean linearizable = new BruteForce(object).linearizable();
            Verdict verdict = new LinearizabilityChecker().judge(object);
            assertThat(verdict instanceof Linearizable)
                    .as("%s of %s, by definition %s", verdict, object, linearizable)
                    .isEqualTo(linearizable);
        }
    }

    @Example
    void mostLiesAreSeen() {
        Random random = new Random(7);
        Map<Mutation, Integer> made = new EnumMap<>(Mutation.class);
        Map<Mutation, Integer> rejected = new EnumMap<>(Mutation.class);
        for (int i = 0; i < MUTATIONS; i++) {
            List<Operation> history = new TrueRegister(LARGE, random).history();
            for (Mutation mutation : Mutation.values()) {
                Optional<List<Operation>> mutated = mutation.in(history, random);
                if (mutated.isPresent()) {
                    made.merge(mutation, 1, Integer::sum);
                    Verdict verdict = new LinearizabilityChecker().judge(mutated.get());
                    rejected.merge(mutation, verdict instanceof Violation ? 1 : 0, Integer::sum);
                }
            }
        }
        made.forEach(
                (mutation, count) ->
                        System.out.printf(
                                "LinearizabilityChecker: %s seen in %s of %s histories%n",
                                mutation, rejected.get(mutation), count));
        int all = made.values().stream().mapToInt(Integer::intValue).sum();
        int seen = rejected.values().stream().mapToInt(Integer::intValue).sum();
        assertThat(seen).isGreaterThan(all * 6 / 10);
    }

    @Example
    void aSearchGivenUpIsNoPass() {
        Script script = new Script();
        for (int i = 0; i < 14; i++) {
            script.at(0, 1000).put("r", "" + i).committed("v" + i);
            script.at(1001, 1010 + i).read("r", "" + i, "v" + i);
        }
        Verdict verdict =
                new LinearizabilityChecker(new Bounds(50, 500)).judge(script.operations());
        assertThat(verdict).isInstanceOf(Undecided.class);
        assertThatThrownBy(verdict::orThrow).isInstanceOf(AssertionError.class);
    }

    @Example
    void moreAtOnceThanItCanHoldIsNoPass() {
        Script script = new Script();
        for (int i = 0; i < 65; i++) {
            script.at(0, 1000).put("r", "" + i).committed("v" + i);
        }
        assertThat(script.verdict()).isInstanceOf(Undecided.class);
    }

    @Example
    void oneValuePutTwiceCannotBeJudged() {
        Script script = new Script();
        script.at(0, 10).put("r", "1").committed("v1");
        script.at(20, 30).put("r", "1").committed("v2");
        assertThatIllegalArgumentException().isThrownBy(script::verdict);
    }

    @Example
    void aHundredThousandOperationsAreJudgedInSeconds() {
        for (Plan plan :
                List.of(new Plan(100_000, 16, 50, 3, 1), new Plan(100_000, 12, 100, 3, 3))) {
            List<Operation> history = new TrueRegister(plan, new Random(1)).history();
            long beganNanos = System.nanoTime();
            Linearizable pass = new LinearizabilityChecker().judge(history).orThrow();
            long millis = (System.nanoTime() - beganNanos) / 1_000_000;
            System.out.printf(
                    "LinearizabilityChecker: %s operations by %s clients on %s objects, %s %% unknown:"
                            + " %s ms, %s steps, %s configurations at most%n",
                    pass.operations(),
                    plan.clients(),
                    pass.objects(),
                    plan.unknownPercent(),
                    millis,
                    pass.steps(),
                    pass.widest());
            assertThat(millis).isLessThan(60_000);
        }
    }
}
