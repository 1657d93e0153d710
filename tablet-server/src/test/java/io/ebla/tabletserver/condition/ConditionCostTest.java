package io.ebla.tabletserver.condition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.row.Row;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Expressions and values made to take long: none may hold up whoever evaluates them. */
class ConditionCostTest {

    /** Generous, for a loaded machine: without the budget these take seconds, hours or all memory. */
    private static final long WAIT_MAX_MILLIS = 5_000;

    @Test
    void tooLongOrTooDeepIsRefusedBeforeItIsParsed() {
        refused("pk == '" + "a".repeat(ConditionLanguage.LENGTH_MAX) + "'");
        refused("(".repeat(60) + "true" + ")".repeat(60));
        refused("[".repeat(60) + "]".repeat(60) + " == []");
        refused("1" + "+1".repeat(1500) + " == 1");
        refused("data" + ".a".repeat(1500) + " == 1");
        refused("data" + "[0]".repeat(1000) + " == 1");
        refused("true" + "?true:true".repeat(400));
    }

    @Test
    void manyPlainAlternativesAreNotTooDeep() {
        String many =
                IntStream.range(0, 150)
                        .mapToObj(i -> "pk == 'x" + i + "'")
                        .collect(Collectors.joining(" || "));
        assertThat(ConditionsTest.judge(many + " || pk == 'k'", ConditionsTest.json("1"))).isTrue();
    }

    @Test
    void nestedLoopsRunIntoTheLimit() {
        String list =
                IntStream.range(0, 100)
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining(",", "[", "]"));
        tooCostly(list + ".all(a, " + list + ".all(b, " + list + ".all(c, true)))", "1");
        tooCostly("data.all(a, data.all(b, data.all(c, true)))", list);
    }

    @Test
    void loopsOverLargeValuesRunIntoTheLimit() {
        String numbers =
                IntStream.range(0, 150_000)
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining(",", "[", "]"));
        tooCostly("data.all(x, x >= 0)", numbers);
        tooCostly("data.map(x, x) == data", numbers);
        tooCostly("data == data && -1 in data", numbers);
    }

    @Test
    void doublingTextRunsIntoTheLimit() {
        tooCostly("['aaaaaaaa']" + ".map(x, x + x)".repeat(40) + "[0] == ''", "1");
        tooCostly("[[1]]" + ".map(x, x + x)".repeat(40) + "[0] == []", "1");
        tooCostly(
                "['']" + ".map(x, x + data)".repeat(100) + "[0] == ''",
                quoted("a".repeat(100_000)));
    }

    @Test
    void hugeIntegersAreAnErrorNotAWait() {
        assertThat(timed("[99]" + ".map(x, x * x)".repeat(40) + "[0] == 0", "1")).isFalse();
    }

    @Test
    void patternsOverLongTextRunIntoTheLimit() {
        String text = quoted("a".repeat(1_000_000));
        tooCostly("data.matches('(a*)*b')", text);
        tooCostly("data.matches('(x+x+)+y')", text);
        tooCostly("data.contains('" + "a".repeat(500) + "b')", text);
    }

    @Test
    void patternsFromTheDataAreBoundedToo() {
        assertThat(timed("'a'.matches(data)", quoted("((((a{30}){30}){30}){30}){30}"))).isFalse();
        assertThat(timed("'a'.matches(data)", quoted("(".repeat(5000)))).isFalse();
        tooCostly(
                IntStream.range(0, 100)
                                .mapToObj(Integer::toString)
                                .collect(Collectors.joining(",", "[", "]"))
                        + ".all(x, 'a'.matches(data + string(x)) || true)",
                quoted("[a-z]{0,900}"));
    }

    @Test
    void deepValuesNeitherOverflowNorWait() {
        String deep = "[".repeat(500_000) + "]".repeat(500_000);
        tooCostly("data == data[0]", deep);
        assertThat(timed("data[0][0][0] == 1", deep)).isFalse();
        String objects = "{\"a\":".repeat(150_000) + "1" + "}".repeat(150_000);
        assertThat(timed("data.a.a.a == 1", objects)).isFalse();
    }

    @Test
    void aFieldOfAMegabyteIsWithinTheLimit() {
        Map<String, String> fields = new TreeMap<>();
        IntStream.range(0, 20).forEach(i -> fields.put("f" + i, "x".repeat(50_000)));
        String value =
                fields.entrySet().stream()
                        .map(f -> quoted(f.getKey()) + ":" + quoted(f.getValue()))
                        .collect(Collectors.joining(",", "{", ",\"n\":{\"m\":7}}"));
        assertThat(timed("data.n.m == 7 && size(data.f3) == 50000", value)).isTrue();
    }

    @Test
    void tenThousandElementsAreWithinTheLimit() {
        String items =
                IntStream.range(0, 5_000)
                        .mapToObj(i -> "{\"n\":" + i + "}")
                        .collect(Collectors.joining(",", "[", "]"));
        assertThat(timed("data.exists(x, x.n == 4999)", items)).isTrue();
    }

    private static void refused(String expression) {
        long start = cpuNanos();
        assertThatThrownBy(() -> Conditions.compile(expression))
                .as(expression)
                .isInstanceOfSatisfying(EblaException.class, ConditionCostTest::isTooLarge);
        assertThat((cpuNanos() - start) / 1_000_000).isLessThan(3 * WAIT_MAX_MILLIS);
    }

    private static void tooCostly(String expression, String value) {
        assertThatThrownBy(() -> timed(expression, value))
                .isInstanceOfSatisfying(EblaException.class, ConditionCostTest::isTooLarge);
    }

    private static void isTooLarge(EblaException refused) {
        assertThat(refused.code()).isEqualTo(ErrorCode.TOO_LARGE);
        assertThat(refused.status()).isEqualTo(422);
    }

    private static boolean timed(String expression, String value) {
        Row row = ConditionsTest.json(value);
        CelCondition condition = Conditions.compile(expression);
        long start = cpuNanos();
        try {
            return condition.holds(row.key(), java.util.Optional.of(row));
        } finally {
            long millis = (cpuNanos() - start) / 1_000_000;
            assertThat(millis).isLessThan(WAIT_MAX_MILLIS);
        }
    }

    /** Of this thread: what else the machine does must not count. */
    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static String quoted(String text) {
        return '"' + text + '"';
    }
}
