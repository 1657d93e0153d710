package io.ebla.tabletserver.condition;

import static java.util.Map.entry;

import io.ebla.core.key.Bytes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The functions and operators of the language by the names that its parser gives them; those that do
 * not evaluate all their arguments are the planner's.
 */
final class Functions {

    private static final int SEARCH_STEPS_PER_UNIT = 32;

    private static final Map<String, Function> BY_NAME =
            Map.ofEntries(
                    entry("_==_", (e, a) -> Values.equal(e, a[0], a[1])),
                    entry("_!=_", (e, a) -> !Values.equal(e, a[0], a[1])),
                    entry("_<_", (e, a) -> ordered(a) && Values.compare(e, a[0], a[1]) < 0),
                    entry("_<=_", (e, a) -> ordered(a) && Values.compare(e, a[0], a[1]) <= 0),
                    entry("_>_", (e, a) -> ordered(a) && Values.compare(e, a[0], a[1]) > 0),
                    entry("_>=_", (e, a) -> ordered(a) && Values.compare(e, a[0], a[1]) >= 0),
                    entry("@in", (e, a) -> Values.contains(e, a[1], a[0])),
                    entry("_[_]", (e, a) -> Values.element(a[0], a[1])),
                    entry("_+_", (e, a) -> add(e, a[0], a[1])),
                    entry("_-_", (e, a) -> subtract(e, a[0], a[1])),
                    entry("_*_", (e, a) -> Numbers.multiply(number(e, a[0]), number(e, a[1]))),
                    entry("_/_", (e, a) -> Numbers.divide(number(e, a[0]), number(e, a[1]))),
                    entry("_%_", (e, a) -> Numbers.remainder(number(e, a[0]), number(e, a[1]))),
                    entry("-_", (e, a) -> Numbers.negate(number(e, a[0]))),
                    entry("!_", (e, a) -> !bool(a[0])),
                    entry("size", (e, a) -> Conversions.size(e, a[0])),
                    entry("contains", (e, a) -> contains(e, a)),
                    entry("startsWith", (e, a) -> text(e, a[0]).startsWith(text(e, a[1]))),
                    entry("endsWith", (e, a) -> text(e, a[0]).endsWith(text(e, a[1]))),
                    entry("matches", (e, a) -> matches(e, a)),
                    entry("int", (e, a) -> Conversions.toInt(e, a[0])),
                    entry("uint", (e, a) -> Conversions.toUint(e, a[0])),
                    entry("double", (e, a) -> Conversions.toDouble(e, a[0])),
                    entry("bool", (e, a) -> Conversions.toBool(a[0])),
                    entry("string", (e, a) -> Conversions.toText(e, a[0])),
                    entry("bytes", (e, a) -> Conversions.toBytes(e, a[0])),
                    entry("timestamp", (e, a) -> Times.timestamp(e, a[0])),
                    entry("duration", (e, a) -> Times.duration(e, a[0])),
                    entry("type", (e, a) -> Conversions.type(a[0])),
                    entry("dyn", (e, a) -> a[0]));

    private static final List<String> PARTS_OF_TIME =
            List.of(
                    "getFullYear",
                    "getMonth",
                    "getDate",
                    "getDayOfMonth",
                    "getDayOfWeek",
                    "getDayOfYear",
                    "getHours",
                    "getMinutes",
                    "getSeconds",
                    "getMilliseconds");

    private Functions() {}

    static Optional<Function> named(String name) {
        if (PARTS_OF_TIME.contains(name)) {
            return Optional.of((e, a) -> Times.part(e, name, a));
        }
        return Optional.ofNullable(BY_NAME.get(name));
    }

    static boolean bool(Object value) {
        if (value instanceof Boolean truth) {
            return truth;
        }
        throw new EvaluationError("not a bool");
    }

    /** A NaN is neither below, equal to nor above anything. */
    private static boolean ordered(Object[] arguments) {
        return Numbers.ordered(arguments[0], arguments[1]);
    }

    private static Object number(Evaluation evaluation, Object value) {
        if (!Numbers.isNumber(value)) {
            throw new EvaluationError("not a number");
        }
        if (!(value instanceof Long) && !(value instanceof Double)) {
            evaluation.charge(100);
        }
        return value;
    }

    private static Object add(Evaluation evaluation, Object left, Object right) {
        if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
            return Numbers.add(number(evaluation, left), number(evaluation, right));
        }
        if (left instanceof String a && right instanceof String b) {
            evaluation.chargeText((long) a.length() + b.length());
            return a + b;
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            evaluation.charge((long) a.size() + b.size());
            List<Object> joined = new ArrayList<>(a.size() + b.size());
            joined.addAll(a);
            joined.addAll(b);
            return joined;
        }
        if (left instanceof Bytes a && right instanceof Bytes b) {
            evaluation.chargeText((long) a.length() + b.length());
            byte[] joined = new byte[a.length() + b.length()];
            System.arraycopy(a.array(), a.offset(), joined, 0, a.length());
            System.arraycopy(b.array(), b.offset(), joined, a.length(), b.length());
            return Bytes.wrap(joined);
        }
        if (isTime(left) && isTime(right)) {
            return Times.add(left, right);
        }
        throw new EvaluationError("values that cannot be added");
    }

    private static Object subtract(Evaluation evaluation, Object left, Object right) {
        return isTime(left) && isTime(right)
                ? Times.subtract(left, right)
                : Numbers.subtract(number(evaluation, left), number(evaluation, right));
    }

    private static boolean isTime(Object value) {
        return value instanceof Instant || value instanceof Duration;
    }

    private static String text(Evaluation evaluation, Object value) {
        if (value instanceof String text) {
            evaluation.chargeText(text.length());
            return text;
        }
        throw new EvaluationError("not a string");
    }

    private static boolean contains(Evaluation evaluation, Object[] arguments) {
        String text = text(evaluation, arguments[0]);
        String wanted = text(evaluation, arguments[1]);
        // The search is naive: its worst case is the product of both lengths.
        evaluation.charge((long) text.length() * wanted.length() / SEARCH_STEPS_PER_UNIT);
        return text.contains(wanted);
    }

    private static boolean matches(Evaluation evaluation, Object[] arguments) {
        String pattern = text(evaluation, arguments[1]);
        return Patterns.find(
                evaluation, Patterns.compile(evaluation, pattern), text(evaluation, arguments[0]));
    }
}
