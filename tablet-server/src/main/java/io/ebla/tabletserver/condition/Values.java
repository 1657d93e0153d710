package io.ebla.tabletserver.condition;

import io.ebla.core.key.Bytes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Equality, order and membership of the language's values, whatever their types. */
final class Values {

    /** Containers nested deeper than this are not compared. */
    private static final int DEPTH_MAX = 200;

    private Values() {}

    /** Values of different kinds are unequal, never an error; numbers are equal by value. */
    static boolean equal(Evaluation evaluation, Object left, Object right) {
        return equal(evaluation, left, right, 0);
    }

    private static boolean equal(Evaluation evaluation, Object left, Object right, int depth) {
        evaluation.charge(1);
        if (depth > DEPTH_MAX) {
            throw new EvaluationError("values nested too deep to compare");
        }
        if (left == null || right == null) {
            return left == right;
        }
        if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
            return Numbers.ordered(left, right) && Numbers.compare(left, right) == 0;
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            return equalLists(evaluation, a, b, depth);
        }
        if (left instanceof Map<?, ?> a && right instanceof Map<?, ?> b) {
            return equalMaps(evaluation, a, b, depth);
        }
        if (left instanceof String a) {
            evaluation.chargeText(a.length());
        }
        return left.equals(right);
    }

    private static boolean equalLists(
            Evaluation evaluation, List<?> left, List<?> right, int depth) {
        if (left.size() != right.size()) {
            return false;
        }
        for (int i = 0; i < left.size(); i++) {
            if (!equal(evaluation, left.get(i), right.get(i), depth + 1)) {
                return false;
            }
        }
        return true;
    }

    private static boolean equalMaps(
            Evaluation evaluation, Map<?, ?> left, Map<?, ?> right, int depth) {
        if (left.size() != right.size()) {
            return false;
        }
        for (Object key : left.keySet()) {
            evaluation.charge(1);
            if (!right.containsKey(key)
                    || !equal(evaluation, left.get(key), right.get(key), depth + 1)) {
                return false;
            }
        }
        return true;
    }

    /** Below zero, zero or above it; an error for values that have no order between them. */
    static int compare(Evaluation evaluation, Object left, Object right) {
        if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
            return Numbers.compare(left, right);
        }
        if (left instanceof String a && right instanceof String b) {
            evaluation.chargeText(Math.min(a.length(), b.length()));
            return compareCodePoints(a, b);
        }
        if (left instanceof Boolean a && right instanceof Boolean b) {
            return Boolean.compare(a, b);
        }
        if (left instanceof Bytes a && right instanceof Bytes b) {
            evaluation.chargeText(Math.min(a.length(), b.length()));
            return a.compareTo(b);
        }
        if (left instanceof Instant a && right instanceof Instant b) {
            return a.compareTo(b);
        }
        if (left instanceof Duration a && right instanceof Duration b) {
            return a.compareTo(b);
        }
        throw new EvaluationError("values without an order");
    }

    /** The order of code points is that of UTF-8 bytes, which is the order of keys. */
    private static int compareCodePoints(String left, String right) {
        int length = Math.min(left.length(), right.length());
        for (int i = 0; i < length; i++) {
            char a = left.charAt(i);
            char b = right.charAt(i);
            if (a != b) {
                boolean bothPlain = !Character.isSurrogate(a) && !Character.isSurrogate(b);
                boolean bothNot = Character.isSurrogate(a) && Character.isSurrogate(b);
                return bothPlain || bothNot ? a - b : Character.isSurrogate(a) ? 1 : -1;
            }
        }
        return left.length() - right.length();
    }

    static boolean contains(Evaluation evaluation, Object container, Object wanted) {
        if (container instanceof Map<?, ?> map) {
            return map.containsKey(Numbers.asKey(wanted));
        }
        if (container instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                if (equal(evaluation, wanted, list.get(i))) {
                    return true;
                }
            }
            return false;
        }
        throw new EvaluationError("'in' needs a list or a map");
    }

    static Object element(Object container, Object index) {
        if (container instanceof Map<?, ?> map) {
            return field(map, Numbers.asKey(index));
        }
        if (container instanceof List<?> list && Numbers.asKey(index) instanceof Long at) {
            if (at < 0 || at >= list.size()) {
                throw new EvaluationError("no element " + at);
            }
            return list.get(at.intValue());
        }
        throw new EvaluationError("not indexable");
    }

    static Object field(Object container, Object name) {
        if (!(container instanceof Map<?, ?> map)) {
            throw new EvaluationError("no fields to select from");
        }
        Object value = map.get(name);
        if (value == null && !map.containsKey(name)) {
            throw new EvaluationError("no such field");
        }
        return value;
    }
}
