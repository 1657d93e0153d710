package io.ebla.tabletserver.condition;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * Numbers as a person expects them: ints are exact and do not wrap, ints and doubles compare by
 * their value, and together they make a double.
 */
final class Numbers {

    /** Ints beyond this are an error: it keeps every operation on them cheap. */
    private static final int INT_BITS_MAX = 4096;

    private static final BigInteger LONG_MIN = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger LONG_MAX = BigInteger.valueOf(Long.MAX_VALUE);

    /** Ints up to here are exact as doubles. */
    private static final long EXACT_DOUBLE_MAX = 1L << 53;

    private Numbers() {}

    static boolean isNumber(Object value) {
        return value instanceof Number;
    }

    static boolean isInt(Object value) {
        return value instanceof Long || value instanceof BigInteger;
    }

    /** An int as a value: a long where it fits. */
    static Object of(BigInteger value) {
        if (value.bitLength() > INT_BITS_MAX) {
            throw new EvaluationError("an integer of " + value.bitLength() + " bits");
        }
        return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
    }

    static Object add(Object left, Object right) {
        if (left instanceof Long a && right instanceof Long b) {
            long sum = a + b;
            return ((a ^ sum) & (b ^ sum)) >= 0 ? (Object) sum : of(big(a).add(big(b)));
        }
        return isInt(left) && isInt(right)
                ? of(big(left).add(big(right)))
                : (Object) (real(left) + real(right));
    }

    static Object subtract(Object left, Object right) {
        if (left instanceof Long a && right instanceof Long b) {
            long difference = a - b;
            return ((a ^ b) & (a ^ difference)) >= 0
                    ? (Object) difference
                    : of(big(a).subtract(big(b)));
        }
        return isInt(left) && isInt(right)
                ? of(big(left).subtract(big(right)))
                : (Object) (real(left) - real(right));
    }

    static Object multiply(Object left, Object right) {
        return isInt(left) && isInt(right)
                ? of(big(left).multiply(big(right)))
                : (Object) (real(left) * real(right));
    }

    /** Ints divide to an int, towards zero, as the language says. */
    static Object divide(Object left, Object right) {
        if (isInt(left) && isInt(right)) {
            return of(big(left).divide(divisor(right)));
        }
        return real(left) / real(right);
    }

    static Object remainder(Object left, Object right) {
        if (isInt(left) && isInt(right)) {
            return of(big(left).remainder(divisor(right)));
        }
        throw new EvaluationError("% is for integers");
    }

    static Object negate(Object value) {
        return isInt(value) ? of(big(value).negate()) : (Object) (-real(value));
    }

    /** Whether the order of two numbers is known: not with a NaN. */
    static boolean ordered(Object left, Object right) {
        return !isNaN(left) && !isNaN(right);
    }

    /** Compares by value, exactly; neither may be a NaN. */
    static int compare(Object left, Object right) {
        if (left instanceof Long a && right instanceof Long b) {
            return Long.compare(a, b);
        }
        if (left instanceof Double a && right instanceof Double b) {
            return a < b ? -1 : a > b ? 1 : 0;
        }
        if (left instanceof Double a) {
            return -compareIntToReal(right, a);
        }
        if (right instanceof Double b) {
            return compareIntToReal(left, b);
        }
        return big(left).compareTo(big(right));
    }

    private static int compareIntToReal(Object integer, double real) {
        if (Double.isInfinite(real)) {
            return real > 0 ? -1 : 1;
        }
        if (integer instanceof Long a && Math.abs(a) <= EXACT_DOUBLE_MAX && a != Long.MIN_VALUE) {
            double exact = a;
            return exact < real ? -1 : exact > real ? 1 : 0;
        }
        return new BigDecimal(big(integer)).compareTo(new BigDecimal(real));
    }

    /** A number as a key of a map: whole doubles are the ints they equal. */
    static Object asKey(Object value) {
        if (value instanceof Double real && real == Math.rint(real) && !Double.isInfinite(real)) {
            return of(new BigDecimal(real).toBigInteger());
        }
        return value;
    }

    /** {@code int(double)}: towards zero, within the range of a long. */
    static Object truncate(double real) {
        if (Double.isNaN(real) || Double.isInfinite(real)) {
            throw new EvaluationError(real + " is no integer");
        }
        BigInteger whole = new BigDecimal(real).toBigInteger();
        if (whole.compareTo(LONG_MIN) < 0 || whole.compareTo(LONG_MAX) > 0) {
            throw new EvaluationError(real + " is beyond an integer");
        }
        return whole.longValue();
    }

    static double real(Object value) {
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw new EvaluationError("not a number");
    }

    private static BigInteger divisor(Object value) {
        BigInteger divisor = big(value);
        if (divisor.signum() == 0) {
            throw new EvaluationError("division by zero");
        }
        return divisor;
    }

    private static BigInteger big(Object integer) {
        return integer instanceof BigInteger big ? big : BigInteger.valueOf((Long) integer);
    }

    private static boolean isNaN(Object value) {
        return value instanceof Double real && real.isNaN();
    }
}
