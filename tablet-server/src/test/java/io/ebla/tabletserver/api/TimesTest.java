package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TimesTest {

    @Test
    void writesTheSameAsTheFormattersOfTheJdk() {
        DateTimeFormatter rfc3339 =
                DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'")
                        .withZone(ZoneOffset.UTC);
        DateTimeFormatter httpDate =
                DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
                        .withZone(ZoneOffset.UTC);
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            long millis =
                    i < 3 ? i - 1 : random.nextLong(-60_000_000_000_000L, 253_000_000_000_000L);
            Instant instant = Instant.ofEpochMilli(millis);
            assertThat(Times.rfc3339(millis)).isEqualTo(rfc3339.format(instant));
            assertThat(Times.httpDate(millis)).isEqualTo(httpDate.format(instant));
        }
    }

    @Test
    void readsAllThreeFormsOfAnHttpDate() {
        long expected = Instant.parse("1994-11-06T08:49:37Z").toEpochMilli();
        assertThat(Times.parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT")).isEqualTo(expected);
        assertThat(Times.parseHttpDate("Sun Nov  6 08:49:37 1994")).isEqualTo(expected);
        long recent = Instant.parse("2024-11-06T08:49:37Z").toEpochMilli();
        assertThat(Times.parseHttpDate("Wednesday, 06-Nov-24 08:49:37 GMT")).isEqualTo(recent);
        assertThat(Times.parseHttpDate("1994-11-06T08:49:37Z")).isEqualTo(Long.MIN_VALUE);
        assertThat(Times.parseHttpDate("")).isEqualTo(Long.MIN_VALUE);
    }

    @Test
    void yearsThatHaveNoFourDigitsAreCutToTheNearest() {
        assertThat(Times.rfc3339(Long.MAX_VALUE)).isEqualTo("9999-12-31T23:59:59.999Z");
        assertThat(Times.rfc3339(Long.MIN_VALUE)).isEqualTo("0001-01-01T00:00:00.000Z");
    }
}
