package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeysTest {

    private final Keys keys = new Keys(TestLimits.DEFAULT);

    @ParameterizedTest
    @CsvSource({
        "a, a,",
        "a/b, a, b",
        "a%2Fb, a/b,",
        "a;b=c/d+e, a;b=c, d+e",
        "%25%3B%2B, %;+,",
        "%e2%82%ac, €,",
        "%F0%9F%98%80/%00x, 😀, '\0x'",
        "..., ...,",
        "a:b@c!$&'()*=~, a:b@c!$&'()*=~,"
    })
    void readsPartsFromTheRawPath(String path, String pk, String sk) {
        assertThat(keys.fromPath("/x/" + path.replace("''", "'"), 3))
                .isEqualTo(RowKey.of(pk.replace("''", "'"), sk));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "a/",
                "/a",
                "a//b",
                "a/b/",
                "a/b/c",
                ".",
                "..",
                "%2E",
                "%2e%2E",
                "a/.",
                "a/%2e.",
                "%",
                "%4",
                "%4g",
                "%g4",
                "a%",
                "%ff",
                "%c0%af",
                "%ed%a0%80",
                "%f4%90%80%80",
                "%e2%82",
                "%80"
            })
    void refusesWhatIsNoKey(String path) {
        assertInvalid(() -> keys.fromPath("/x/" + path, 3));
    }

    @Test
    void takesPartsUpToTheLimitInBytes() {
        assertThat(keys.fromPath("k".repeat(1024) + "/" + "%C3%A4".repeat(512), 0).sk())
                .contains(Bytes.utf8("ä".repeat(512)));
        assertInvalid(() -> keys.fromPath("k".repeat(1025), 0));
        assertInvalid(() -> keys.fromPath("k/" + "%C3%A4".repeat(513), 0));
    }

    @Test
    void halfASurrogatePairIsNoText() {
        assertThat(Keys.ofText("a😀b")).isEqualTo(Bytes.utf8("a😀b"));
        assertInvalid(() -> Keys.ofText("a\ud83d"));
        assertInvalid(() -> Keys.ofText("a\ude00"));
        assertInvalid(() -> Keys.ofText("\ud83dx"));
    }

    @Test
    void judgesUtf8AsTheStrictDecoderOfTheJdkDoes() {
        Random random = new Random(20_251_120);
        for (int i = 0; i < 200_000; i++) {
            byte[] bytes = new byte[1 + random.nextInt(5)];
            random.nextBytes(bytes);
            if (random.nextBoolean()) {
                bytes[0] = (byte) (0xC0 | bytes[0]);
                for (int j = 1; j < bytes.length; j++) {
                    bytes[j] = (byte) (0x80 | bytes[j] & 0x3F);
                }
            }
            assertThat(Utf8.valid(bytes, 0, bytes.length))
                    .as(Bytes.wrap(bytes).toString())
                    .isEqualTo(strictlyDecodable(bytes));
        }
    }

    private static boolean strictlyDecodable(byte[] bytes) {
        try {
            java.nio.charset.StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(java.nio.ByteBuffer.wrap(bytes));
            return true;
        } catch (java.nio.charset.CharacterCodingException malformed) {
            return false;
        }
    }

    private static void assertInvalid(Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        EblaException.class,
                        failure ->
                                assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
    }
}
