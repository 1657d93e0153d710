package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.time.Durations;
import io.ebla.tabletserver.tablet.ReadLevel;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The query parameters of one request: known ones, each at most once, decoded when asked for.
 *
 * <p>Absent things are null, as this is read on every request. A parameter given without {@code =} has
 * the empty value.
 */
final class Parameters {

    private static final Parameters NONE = new Parameters(0);

    private final String[] names;
    private final Bytes[] values;
    private int count;

    private Parameters(int capacity) {
        this.names = new String[capacity];
        this.values = new Bytes[capacity];
    }

    /**
     * @param rawQuery null when there is none
     * @throws EblaException {@code unknown_option} for a name that is not allowed, {@code
     *     invalid_argument} for a doubled one or malformed encoding
     */
    static Parameters parse(String rawQuery, Set<String> allowed) {
        if (rawQuery == null || rawQuery.isEmpty()) {
            return NONE;
        }
        Parameters parameters = new Parameters(allowed.size());
        int from = 0;
        while (from <= rawQuery.length()) {
            int end = rawQuery.indexOf('&', from);
            if (end < 0) {
                end = rawQuery.length();
            }
            if (end > from) {
                parameters.add(rawQuery, from, end, allowed);
            }
            from = end + 1;
        }
        return parameters;
    }

    private void add(String rawQuery, int from, int end, Set<String> allowed) {
        int equals = rawQuery.indexOf('=', from);
        int nameEnd = equals < 0 || equals > end ? end : equals;
        String name = PercentDecoding.decode(rawQuery, from, nameEnd, true).toUtf8();
        if (!allowed.contains(name)) {
            throw new EblaException(
                    ErrorCode.UNKNOWN_OPTION, "unknown query parameter '" + name + "'");
        }
        if (raw(name) != null) {
            throw invalid(name, "is given twice");
        }
        names[count] = name;
        values[count++] =
                nameEnd == end
                        ? Bytes.EMPTY
                        : PercentDecoding.decode(rawQuery, nameEnd + 1, end, true);
    }

    /** The bytes of a parameter, or null. */
    Bytes raw(String name) {
        for (int i = 0; i < count; i++) {
            if (names[i].equals(name)) {
                return values[i];
            }
        }
        return null;
    }

    /** The text of a parameter, or null. */
    String text(String name) {
        Bytes value = raw(name);
        return value == null ? null : value.toUtf8();
    }

    boolean has(String name) {
        return raw(name) != null;
    }

    boolean isEmpty() {
        return count == 0;
    }

    boolean flag(String name, boolean otherwise) {
        String value = text(name);
        if (value == null) {
            return otherwise;
        }
        return switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> throw invalid(name, "is '" + value + "', neither true nor false");
        };
    }

    /** A whole number within bounds. */
    long number(String name, long least, long most, long otherwise) {
        String value = text(name);
        if (value == null) {
            return otherwise;
        }
        long number = parseNumber(name, value);
        if (number < least || number > most) {
            throw invalid(name, "is " + value + ", not within " + least + ".." + most);
        }
        return number;
    }

    private static long parseNumber(String name, String value) {
        boolean digits = !value.isEmpty() && value.length() <= 18;
        for (int i = 0; digits && i < value.length(); i++) {
            digits = value.charAt(i) >= '0' && value.charAt(i) <= '9';
        }
        if (!digits) {
            throw invalid(name, "is '" + value + "', not a whole number");
        }
        return Long.parseLong(value);
    }

    /** {@code timeout}: how long the caller waits, in ms. */
    long timeoutMillis(ApiLimits limits) {
        String value = text("timeout");
        if (value == null) {
            return limits.defaultTimeoutMillis();
        }
        OptionalLong millis = Durations.parseMillis(value);
        if (millis.isEmpty() || millis.getAsLong() == 0) {
            throw invalid("timeout", "is '" + value + "'; write a duration such as 500ms or 2s");
        }
        if (millis.getAsLong() > limits.maxTimeoutMillis()) {
            throw invalid(
                    "timeout",
                    "is above " + Durations.format(limits.maxTimeoutMillis()) + ": " + value);
        }
        return millis.getAsLong();
    }

    /** {@code read}: strong unless told otherwise. */
    ReadLevel readLevel() {
        String value = text("read");
        if (value == null) {
            return ReadLevel.STRONG;
        }
        return switch (value) {
            case "strong" -> ReadLevel.STRONG;
            case "session" -> ReadLevel.SESSION;
            case "local" -> ReadLevel.LOCAL;
            default -> throw invalid("read", "is '" + value + "', not strong, session or local");
        };
    }

    static EblaException invalid(String name, String problem) {
        return new EblaException(
                ErrorCode.INVALID_ARGUMENT, "query parameter '" + name + "' " + problem);
    }
}
