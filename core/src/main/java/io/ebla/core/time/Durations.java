package io.ebla.core.time;

import java.util.OptionalLong;

/** The textual durations of the API: {@code 500ms}, {@code 10s}, {@code 5m}, {@code 2h}, {@code 7d}. */
public final class Durations {

    private Durations() {}

    /** The duration in milliseconds; empty when the text is not one, or too long to count. */
    public static OptionalLong parseMillis(String text) {
        int digits = 0;
        while (digits < text.length()
                && Character.digit(text.charAt(digits), 10) >= 0
                && text.charAt(digits) < 128) {
            digits++;
        }
        if (digits == 0 || digits > 15) {
            return OptionalLong.empty();
        }
        long unitMillis = unitMillis(text.substring(digits));
        if (unitMillis == 0) {
            return OptionalLong.empty();
        }
        try {
            long count = Long.parseLong(text.substring(0, digits));
            return OptionalLong.of(Math.multiplyExact(count, unitMillis));
        } catch (ArithmeticException tooLong) {
            return OptionalLong.empty();
        }
    }

    private static long unitMillis(String unit) {
        return switch (unit) {
            case "ms" -> 1L;
            case "s" -> 1_000L;
            case "m" -> 60_000L;
            case "h" -> 3_600_000L;
            case "d" -> 86_400_000L;
            default -> 0L;
        };
    }

    /**
     * The exact text of a duration in the largest unit that divides it. One day is {@code 24h}, as
     * people say it; days are for more than one.
     */
    public static String format(long millis) {
        if (millis == 0) {
            return "0ms";
        }
        String[] units = {"d", "h", "m", "s"};
        for (String unit : units) {
            boolean oneDay = unit.equals("d") && millis == unitMillis(unit);
            if (!oneDay && millis % unitMillis(unit) == 0) {
                return millis / unitMillis(unit) + unit;
            }
        }
        return millis + "ms";
    }
}
