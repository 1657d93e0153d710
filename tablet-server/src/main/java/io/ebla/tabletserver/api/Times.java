package io.ebla.tabletserver.api;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;

/**
 * Times as the API writes them: RFC 3339 in UTC with milliseconds in JSON and headers of our own,
 * HTTP-dates (RFC 9110, 5.6.7) in those of HTTP.
 *
 * <p>Both are formed by hand: general formatters cost more than the rest of an answer. Days become
 * dates by the algorithm {@code civil_from_days} of Howard Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms".
 */
final class Times {

    static final int RFC3339_LENGTH = 24;

    private static final long DAY_MILLIS = 86_400_000L;
    private static final long MIN_MILLIS = -62_135_596_800_000L; // 0001-01-01
    private static final long MAX_MILLIS = 253_402_300_799_999L; // 9999-12-31
    private static final String[] WEEKDAYS = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    private static final String[] MONTHS = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };
    private static final DateTimeFormatter ASCTIME =
            DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.US);
    private static final DateTimeFormatter RFC850 =
            DateTimeFormatter.ofPattern("EEEE, dd-MMM-yy HH:mm:ss 'GMT'", Locale.US);

    private Times() {}

    static String rfc3339(long millis) {
        byte[] text = new byte[RFC3339_LENGTH];
        writeRfc3339(millis, text, 0);
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    /** Writes {@link #RFC3339_LENGTH} bytes and returns the offset after them. */
    static int writeRfc3339(long millis, byte[] target, int at) {
        long clamped = clamp(millis);
        long date = civil(Math.floorDiv(clamped, DAY_MILLIS));
        int ofDay = (int) Math.floorMod(clamped, DAY_MILLIS);
        digits(target, at, (int) (date >> 16), 4);
        target[at + 4] = '-';
        digits(target, at + 5, (int) (date >> 8) & 0xFF, 2);
        target[at + 7] = '-';
        digits(target, at + 8, (int) date & 0xFF, 2);
        target[at + 10] = 'T';
        timeOfDay(target, at + 11, ofDay);
        target[at + 19] = '.';
        digits(target, at + 20, ofDay % 1000, 3);
        target[at + 23] = 'Z';
        return at + RFC3339_LENGTH;
    }

    /** {@code Sun, 06 Nov 1994 08:49:37 GMT}; the part of a second is cut off. */
    static String httpDate(long millis) {
        long clamped = clamp(millis);
        long day = Math.floorDiv(clamped, DAY_MILLIS);
        long date = civil(day);
        byte[] text = new byte[29];
        letters(text, 0, WEEKDAYS[(int) Math.floorMod(day, 7L)]);
        text[3] = ',';
        text[4] = ' ';
        digits(text, 5, (int) date & 0xFF, 2);
        text[7] = ' ';
        letters(text, 8, MONTHS[((int) (date >> 8) & 0xFF) - 1]);
        text[11] = ' ';
        digits(text, 12, (int) (date >> 16), 4);
        text[16] = ' ';
        timeOfDay(text, 17, (int) Math.floorMod(clamped, DAY_MILLIS));
        letters(text, 25, " GMT");
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    /**
     * Reads an HTTP-date in any of its three forms.
     *
     * @return ms since the epoch, or {@link Long#MIN_VALUE} for what is no date and must be ignored
     */
    static long parseHttpDate(String text) {
        try {
            return DateTimeFormatter.RFC_1123_DATE_TIME.parse(text, Instant::from).toEpochMilli();
        } catch (DateTimeParseException notTheUsualForm) {
            return parseObsolete(text);
        }
    }

    private static long parseObsolete(String text) {
        for (DateTimeFormatter form : new DateTimeFormatter[] {RFC850, ASCTIME}) {
            try {
                return LocalDateTime.parse(text, form).toInstant(ZoneOffset.UTC).toEpochMilli();
            } catch (DateTimeParseException notThisForm) {
                continue;
            }
        }
        return Long.MIN_VALUE;
    }

    private static long clamp(long millis) {
        return Math.max(MIN_MILLIS, Math.min(MAX_MILLIS, millis));
    }

    private static void timeOfDay(byte[] target, int at, int millisOfDay) {
        int seconds = millisOfDay / 1000;
        digits(target, at, seconds / 3600, 2);
        target[at + 2] = ':';
        digits(target, at + 3, seconds / 60 % 60, 2);
        target[at + 5] = ':';
        digits(target, at + 6, seconds % 60, 2);
    }

    private static void digits(byte[] target, int at, int number, int count) {
        int rest = number;
        for (int i = at + count - 1; i >= at; i--) {
            target[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }

    private static void letters(byte[] target, int at, String letters) {
        for (int i = 0; i < letters.length(); i++) {
            target[at + i] = (byte) letters.charAt(i);
        }
    }

    /** Year, month and day of a day since the epoch, packed as {@code year << 16 | month << 8 | day}. */
    private static long civil(long daysSinceEpoch) {
        long days = daysSinceEpoch + 719_468;
        long era = Math.floorDiv(days, 146_097L);
        long dayOfEra = days - era * 146_097;
        long yearOfEra =
                (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        long dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        long shiftedMonth = (5 * dayOfYear + 2) / 153;
        long day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1;
        long month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
        long year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
        return year << 16 | month << 8 | day;
    }
}
