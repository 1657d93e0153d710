package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.contract.EblaException;
import io.ebla.core.key.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

class JsonReaderTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Test
    void givesNamesTextsAndSlices() {
        JsonReader reader =
                new JsonReader(
                        Bytes.utf8(
                                " { \"a\\u0062\" : \"\\u00e9\\n\u00e9\" , \"v\": {\"x\": [1 , 2]} ,\"t\":true,\"n\":null,\"l\":[ 1,\"2\" ]} "));
        reader.beginObject();
        assertThat(reader.nextName()).isEqualTo("ab");
        assertThat(reader.text()).isEqualTo("\u00e9\n\u00e9");
        assertThat(reader.nextName()).isEqualTo("v");
        assertThat(reader.value()).isEqualTo(Bytes.utf8("{\"x\": [1 , 2]}"));
        assertThat(reader.nextName()).isEqualTo("t");
        assertThat(reader.truth()).isTrue();
        assertThat(reader.nextName()).isEqualTo("n");
        assertThat(reader.takeNull()).isTrue();
        assertThat(reader.nextName()).isEqualTo("l");
        reader.beginArray();
        List<String> elements = new ArrayList<>();
        while (reader.nextElement()) {
            elements.add(reader.value().toUtf8());
        }
        assertThat(elements).containsExactly("1", "\"2\"");
        assertThat(reader.nextName()).isNull();
        reader.end();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{\"a\"",
                "{\"a\":",
                "{\"a\":1",
                "{\"a\":1,",
                "{\"a\":1,}",
                "{,}",
                "{\"a\" 1}",
                "{a:1}",
                "{\"a\":1}x",
                "[]",
                "{\"a\":tru}",
                "{\"a\":\"\n\"}",
                "{\"a\":\"\\x\"}",
                "{\"a\":\"",
                "{\"a\":1 \"b\":2}",
                "{\"a\":[1,]}",
                "{\"a\":01}"
            })
    void refusesWhatIsNoJson(String text) {
        assertThatThrownBy(() -> whole(text)).as(text).isInstanceOf(EblaException.class);
    }

    @Test
    void refusesWhatIsNotUtf8() {
        assertThatThrownBy(() -> new JsonReader(Bytes.wrap(new byte[] {'"', (byte) 0xFF, '"'})))
                .hasMessageContaining("UTF-8");
    }

    /** Texts are checked eight bytes at a time: whatever stands where must be seen all the same. */
    @Test
    void seesEveryByteOfATextWhereverItStands() {
        String odd = "\"\\\u0000\u001f !\u007f\u0080\u00e9\uffff/abn";
        for (int length = 0; length < 28; length++) {
            for (int at = 0; at < length; at++) {
                for (int i = 0; i < odd.length(); i++) {
                    StringBuilder text = new StringBuilder("x".repeat(length));
                    text.setCharAt(at, odd.charAt(i));
                    agreesWithJackson("{\"k\":\"" + text + "\"}");
                }
            }
        }
    }

    @Test
    void agreesWithAnotherParserOnRandomTexts() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int run = 0; run < 20_000; run++) {
            StringBuilder text = new StringBuilder("{\"k\":\"");
            for (int i = random.nextInt(40); i > 0; i--) {
                text.append("aaaaaaaa\u00e9\u20ac\\\"nu0\u0001/".charAt(random.nextInt(17)));
            }
            agreesWithJackson(text.append("\"}").toString());
        }
    }

    private static void agreesWithJackson(String text) {
        String expected;
        try {
            expected = JSON.readTree(text).get("k").asString();
        } catch (JacksonException malformed) {
            expected = null;
        }
        String read;
        try {
            read = whole(text);
        } catch (EblaException malformed) {
            read = null;
        }
        assertThat(read).as(text).isEqualTo(expected);
    }

    /** The value of the last member. */
    private static String whole(String text) {
        JsonReader reader = new JsonReader(Bytes.utf8(text));
        reader.beginObject();
        String value = null;
        while (reader.nextName() != null) {
            value = text.startsWith("{\"k\":\"") ? reader.text() : reader.value().toUtf8();
        }
        reader.end();
        return value;
    }
}
