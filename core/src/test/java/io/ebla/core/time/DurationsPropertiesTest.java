package io.ebla.core.time;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

/** The textual durations of the API. */
class DurationsPropertiesTest {

    @Property
    void whatIsFormattedIsParsedBack(@ForAll @LongRange(max = 1L << 49) long millis) {
        assertThat(Durations.parseMillis(Durations.format(millis))).hasValue(millis);
    }

    @Property
    void wholeUnitsAreFormattedInTheLargest(@ForAll @LongRange(min = 2, max = 1_000) long days) {
        assertThat(Durations.format(days * 86_400_000L)).isEqualTo(days + "d");
    }

    @Example
    void theCommonFormsComeBackAsTheyWereSaid() {
        for (String text : new String[] {"0ms", "500ms", "10s", "5m", "1h", "2h", "24h", "7d"}) {
            long millis = Durations.parseMillis(text).orElseThrow();
            assertThat(Durations.format(millis)).isEqualTo(text);
        }
        assertThat(Durations.format(48 * 3_600_000L)).isEqualTo("2d");
        assertThat(Durations.format(25 * 3_600_000L)).isEqualTo("25h");
    }

    @Property
    void anyTextIsADurationOrNone(@ForAll String text) {
        Durations.parseMillis(text)
                .ifPresent(millis -> assertThat(millis).isGreaterThanOrEqualTo(0));
    }

    @Example
    void everyUnitCounts() {
        assertThat(Durations.parseMillis("500ms")).hasValue(500);
        assertThat(Durations.parseMillis("10s")).hasValue(10_000);
        assertThat(Durations.parseMillis("5m")).hasValue(300_000);
        assertThat(Durations.parseMillis("2h")).hasValue(7_200_000);
        assertThat(Durations.parseMillis("7d")).hasValue(604_800_000);
        assertThat(Durations.parseMillis("0s")).hasValue(0);
    }

    @Example
    void whatIsNoDurationIsRefused() {
        String[] wrong = {
            "",
            "s",
            "10",
            "-1s",
            "+1s",
            "1.5s",
            "1 s",
            " 1s",
            "1s ",
            "1S",
            "1w",
            "1sm",
            "٣s",
            "１s",
            "9999999999999999s",
            "999999999999999d"
        };
        for (String text : wrong) {
            assertThat(Durations.parseMillis(text)).as(text).isEmpty();
        }
    }
}
