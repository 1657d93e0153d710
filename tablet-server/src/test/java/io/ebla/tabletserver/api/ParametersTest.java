package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.tabletserver.tablet.ReadLevel;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParametersTest {

    private static final Set<String> KNOWN = Set.of("a", "b", "timeout", "read", "limit", "flag");

    @Test
    void decodesNamesAndValues() {
        Parameters parameters = parse("a=x+y%2Bz%26&&b=&flag");
        assertThat(parameters.text("a")).isEqualTo("x y+z&");
        assertThat(parameters.text("b")).isEmpty();
        assertThat(parameters.has("flag")).isTrue();
        assertThat(parameters.text("timeout")).isNull();
        assertThat(parse(null).isEmpty()).isTrue();
        assertThat(parse("%61=1==").text("a")).isEqualTo("1==");
    }

    @Test
    void refusesUnknownAndDoubledNames() {
        assertRefused("c=1", ErrorCode.UNKNOWN_OPTION);
        assertRefused("A=1", ErrorCode.UNKNOWN_OPTION);
        assertRefused("=1", ErrorCode.UNKNOWN_OPTION);
        assertRefused("a=1&b=2&a=1", ErrorCode.INVALID_ARGUMENT);
        assertRefused("a=1&%61=1", ErrorCode.INVALID_ARGUMENT);
        assertRefused("a=%zz", ErrorCode.INVALID_ARGUMENT);
        assertRefused("a=%ff", ErrorCode.INVALID_ARGUMENT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "timeout=0ms",
                "timeout=61s",
                "timeout=2",
                "timeout=-1s",
                "timeout=",
                "timeout=1S",
                "timeout=99999999999999999999d"
            })
    void refusesWhatIsNoTimeout(String query) {
        Parameters parameters = parse(query);
        assertInvalid(() -> parameters.timeoutMillis(TestLimits.DEFAULT));
    }

    @Test
    void readsTimeoutLevelNumbersAndFlags() {
        assertThat(parse("").timeoutMillis(TestLimits.DEFAULT)).isEqualTo(2000);
        assertThat(parse("timeout=1m").timeoutMillis(TestLimits.DEFAULT)).isEqualTo(60_000);
        assertThat(parse("").readLevel()).isEqualTo(ReadLevel.STRONG);
        assertThat(parse("read=local").readLevel()).isEqualTo(ReadLevel.LOCAL);
        assertInvalid(() -> parse("read=STRONG").readLevel());
        assertThat(parse("limit=10").number("limit", 1, 10, 5)).isEqualTo(10);
        assertThat(parse("").number("limit", 1, 10, 5)).isEqualTo(5);
        for (String bad : new String[] {"0", "11", "-1", "+1", "1.0", "", "9999999999999999999"}) {
            assertInvalid(() -> parse("limit=" + bad).number("limit", 1, 10, 5));
        }
        assertThat(parse("flag=true").flag("flag", false)).isTrue();
        assertInvalid(() -> parse("flag=yes").flag("flag", false));
    }

    private static Parameters parse(String query) {
        return Parameters.parse(query, KNOWN);
    }

    private static void assertInvalid(Runnable call) {
        assertCode(call, ErrorCode.INVALID_ARGUMENT);
    }

    private static void assertRefused(String query, ErrorCode code) {
        assertCode(() -> parse(query), code);
    }

    private static void assertCode(Runnable call, ErrorCode code) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        EblaException.class, failure -> assertThat(failure.code()).isEqualTo(code));
    }
}
