package io.ebla.tabletserver.condition;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Timestamps and durations of the language, and the parts that can be asked of them. */
final class Times {

    private static final int COST = 20;
    private static final int TEXT_MAX = 64;

    /** Years 1 to 9999, as the language's timestamps have. */
    private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");

    private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999999999Z");

    private static final Pattern DURATION_PART =
            Pattern.compile("(\\d{1,12})(?:\\.(\\d{1,9}))?(h|ms|m|s|us|ns)");

    private static final Map<String, Long> UNIT_NANOS =
            Map.of(
                    "h", 3_600_000_000_000L,
                    "m", 60_000_000_000L,
                    "s", 1_000_000_000L,
                    "ms", 1_000_000L,
                    "us", 1_000L,
                    "ns", 1L);

    private Times() {}

    static Object timestamp(Evaluation evaluation, Object value) {
        evaluation.charge(COST);
        if (value instanceof Instant) {
            return value;
        }
        try {
            if (value instanceof Long seconds) {
                return checked(Instant.ofEpochSecond(seconds));
            }
            if (value instanceof String text && text.length() <= TEXT_MAX) {
                return checked(DateTimeFormatter.ISO_OFFSET_DATE_TIME.parse(text, Instant::from));
            }
        } catch (DateTimeException wrong) {
            throw new EvaluationError("not a timestamp");
        }
        throw new EvaluationError("not a timestamp");
    }

    static Object duration(Evaluation evaluation, Object value) {
        evaluation.charge(COST);
        if (value instanceof Duration) {
            return value;
        }
        if (!(value instanceof String text) || text.length() > TEXT_MAX) {
            throw new EvaluationError("not a duration");
        }
        boolean negative = text.startsWith("-");
        Matcher part = DURATION_PART.matcher(text);
        int at = negative ? 1 : 0;
        Duration sum = Duration.ZERO;
        while (at < text.length()) {
            if (!part.region(at, text.length()).lookingAt()) {
                throw new EvaluationError("not a duration");
            }
            sum = sum.plus(partOf(part));
            at = part.end();
        }
        if (at == (negative ? 1 : 0)) {
            throw new EvaluationError("not a duration");
        }
        return negative ? sum.negated() : sum;
    }

    private static Duration partOf(Matcher part) {
        long unit = UNIT_NANOS.get(part.group(3));
        Duration whole = Duration.ofNanos(unit).multipliedBy(Long.parseLong(part.group(1)));
        if (part.group(2) == null) {
            return whole;
        }
        return whole.plusNanos((long) (Double.parseDouble("0." + part.group(2)) * unit));
    }

    static Object add(Object left, Object right) {
        try {
            if (left instanceof Instant instant && right instanceof Duration duration) {
                return checked(instant.plus(duration));
            }
            if (left instanceof Duration duration && right instanceof Instant instant) {
                return checked(instant.plus(duration));
            }
            return ((Duration) left).plus((Duration) right);
        } catch (ClassCastException | DateTimeException | ArithmeticException wrong) {
            throw new EvaluationError("times that cannot be added");
        }
    }

    static Object subtract(Object left, Object right) {
        try {
            if (left instanceof Instant later) {
                return right instanceof Instant earlier
                        ? Duration.between(earlier, later)
                        : checked(later.minus((Duration) right));
            }
            return ((Duration) left).minus((Duration) right);
        } catch (ClassCastException | DateTimeException | ArithmeticException wrong) {
            throw new EvaluationError("times that cannot be subtracted");
        }
    }

    /** {@code getHours()} and its kin, on a timestamp (with a time zone or in UTC) or a duration. */
    static Object part(Evaluation evaluation, String name, Object[] arguments) {
        evaluation.charge(COST);
        if (arguments[0] instanceof Duration duration) {
            return partOf(duration, name);
        }
        if (!(arguments[0] instanceof Instant instant)) {
            throw new EvaluationError("not a time");
        }
        ZonedDateTime time = instant.atZone(zone(arguments));
        return (long)
                switch (name) {
                    case "getFullYear" -> time.getYear();
                    case "getMonth" -> time.getMonthValue() - 1;
                    case "getDate" -> time.getDayOfMonth();
                    case "getDayOfMonth" -> time.getDayOfMonth() - 1;
                    case "getDayOfWeek" -> time.getDayOfWeek().getValue() % 7;
                    case "getDayOfYear" -> time.getDayOfYear() - 1;
                    case "getHours" -> time.getHour();
                    case "getMinutes" -> time.getMinute();
                    case "getSeconds" -> time.getSecond();
                    case "getMilliseconds" -> time.getNano() / 1_000_000;
                    default -> throw new EvaluationError("no such part of a time");
                };
    }

    private static Object partOf(Duration duration, String name) {
        return switch (name) {
            case "getHours" -> duration.toHours();
            case "getMinutes" -> duration.toMinutes();
            case "getSeconds" -> duration.toSeconds();
            case "getMilliseconds" -> (long) duration.toMillisPart();
            default -> throw new EvaluationError("no such part of a duration");
        };
    }

    private static ZoneId zone(Object[] arguments) {
        if (arguments.length == 1) {
            return ZoneOffset.UTC;
        }
        try {
            String name = (String) arguments[1];
            if (name.length() > TEXT_MAX) {
                throw new EvaluationError("no such time zone");
            }
            return ZoneId.of(Character.isDigit(name.charAt(0)) ? "+" + name : name);
        } catch (ClassCastException | DateTimeException | IndexOutOfBoundsException wrong) {
            throw new EvaluationError("no such time zone");
        }
    }

    /** {@code string(duration)}: seconds, with a fraction where there is one. */
    static String text(Duration duration) {
        long nanos = duration.getNano();
        if (nanos == 0) {
            return duration.getSeconds() + "s";
        }
        return java.math.BigDecimal.valueOf(duration.getSeconds())
                        .add(java.math.BigDecimal.valueOf(nanos, 9))
                        .stripTrailingZeros()
                        .toPlainString()
                + "s";
    }

    private static Instant checked(Instant instant) {
        if (instant.isBefore(FIRST) || instant.isAfter(LAST)) {
            throw new EvaluationError("a timestamp beyond the years 1 to 9999");
        }
        return instant;
    }
}
