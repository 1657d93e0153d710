package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.key.Bytes;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

class JsonSyntaxTest {

    private static final JsonFactory JACKSON = new JsonFactory();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                " true ",
                "0",
                "-0",
                "-0.10e+5",
                "1E400",
                "\"\"",
                "\"\\u00e9\\n\"",
                "[]",
                "{}",
                "[1,[2,{\"a\":[]}],{}]",
                "{\"a\":{\"b\":null},\"a\":1}",
                "\t\r\n [ ] ",
                "\"\\ud800\"",
                "\"é😀\""
            })
    void takesOneValue(String text) {
        assertThat(JsonSyntax.firstError(Bytes.utf8(text))).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "nul",
                "nulll",
                "tru",
                "01",
                "-",
                "+1",
                "1.",
                ".5",
                "1e",
                "1e+",
                "NaN",
                "\"",
                "\"\\x\"",
                "\"\\u12g4\"",
                "\"\\u12",
                "\"\n\"",
                "[",
                "]",
                "[1,]",
                "[,1]",
                "[1 2]",
                "{",
                "}",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{a:1}",
                "{\"a\":1 \"b\":2}",
                "[1}",
                "{\"a\":1]",
                "1 2",
                "{} x",
                "'a'",
                "// c\n1",
                "\uFEFF1"
            })
    void refusesAnythingElse(String text) {
        assertThat(JsonSyntax.firstError(Bytes.utf8(text))).isNotEqualTo(-1);
    }

    @Test
    void refusesWhatIsNotUtf8() {
        assertThat(JsonSyntax.firstError(Bytes.wrap(new byte[] {'"', (byte) 0xFF, '"'})))
                .isNotEqualTo(-1);
        assertThat(
                        JsonSyntax.firstError(
                                Bytes.wrap(
                                        "1".getBytes(java.nio.charset.StandardCharsets.UTF_16LE))))
                .isNotEqualTo(-1);
    }

    @Test
    void boundsNesting() {
        int most = JsonSyntax.NESTING_MAX;
        assertThat(JsonSyntax.firstError(nested(most))).isEqualTo(-1);
        assertThat(JsonSyntax.firstError(nested(most + 1))).isEqualTo(most);
    }

    private static Bytes nested(int depth) {
        return Bytes.utf8("[".repeat(depth) + "]".repeat(depth));
    }

    @Test
    void agreesWithAFullParserOnMutatedDocuments() {
        String seedText =
                "{\"a\":[1,-2.5e3,true,false,null,\"x\\u0041\\n\"],\"b\":{\"c\":{},\"d\":[[]]},\"e\":\"\"}";
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        String alphabet = "{}[]:,\"\\ \n0123456789.-+eEtrufalsn\u0001";
        for (int i = 0; i < 100_000; i++) {
            StringBuilder text = new StringBuilder(seedText);
            for (int edits = random.nextInt(4); edits > 0; edits--) {
                int at = random.nextInt(text.length());
                char c = alphabet.charAt(random.nextInt(alphabet.length()));
                switch (random.nextInt(3)) {
                    case 0 -> text.setCharAt(at, c);
                    case 1 -> text.insert(at, c);
                    default -> text.deleteCharAt(at);
                }
            }
            Bytes bytes = Bytes.utf8(text.toString());
            assertThat(JsonSyntax.firstError(bytes) < 0)
                    .as("seed %d: %s", seed, text)
                    .isEqualTo(jacksonTakes(bytes));
        }
    }

    private static boolean jacksonTakes(Bytes bytes) {
        try (JsonParser parser =
                JACKSON.createParser(
                        ObjectReadContext.empty(), bytes.array(), bytes.offset(), bytes.length())) {
            if (parser.nextToken() == null) {
                return false;
            }
            if (parser.currentToken().isStructStart()) {
                parser.skipChildren();
            } else if (parser.currentToken().isNumeric()) {
                parser.getNumberValueDeferred();
            }
            return parser.nextToken() == null;
        } catch (JacksonException malformed) {
            return false;
        }
    }
}
