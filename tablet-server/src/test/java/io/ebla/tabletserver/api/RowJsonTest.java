package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import io.ebla.core.row.RowVersion;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RowJsonTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Test
    void aJsonValueIsTheBytesThatWereWritten() {
        String value = "{ \"a\" : 1.50,\n \"b\":\"\u00e9\\u00e9\" }";
        String json = written(row(RowKey.of("k", "s"), value, "application/json", 0), false);
        assertThat(json)
                .isEqualTo(
                        "{\"pk\":\"k\",\"sk\":\"s\",\"data\":"
                                + value
                                + ",\"contentType\":\"application/json\",\"version\":\"1.2.3\","
                                + "\"createdAt\":\"1970-01-01T00:00:01.000Z\",\"updatedAt\":\"1970-01-01T00:00:02.000Z\"}");
    }

    @Test
    void oneLineLeavesOutTheLineBreaksBetweenTokensOnly() {
        String value = "\r\n{\n\"a\":\r\n[1,\n2],\"b\":\"x\\ny\"}\n";
        String json = written(row(RowKey.of("k"), value, "application/hal+json", 0), true);
        assertThat(json).contains("\"data\":{\"a\":[1,2],\"b\":\"x\\ny\"},").doesNotContain("\n");
    }

    @Test
    void otherValuesAreStandardBase64() {
        String json = written(row(RowKey.of("k"), "\n\u00ff?>", "text/plain", 5000), false);
        JsonNode node = JSON.readTree(json);
        assertThat(node.get("base64").asString())
                .isEqualTo(
                        Base64.getEncoder()
                                .encodeToString("\n\u00ff?>".getBytes(StandardCharsets.UTF_8)));
        assertThat(node.has("data")).isFalse();
        assertThat(node.get("expiresAt").asString()).isEqualTo("1970-01-01T00:00:05.000Z");
    }

    @Test
    void aRowWithoutItsValueSaysNothingOfIt() {
        Row row =
                new Row(
                        RowKey.of("k"),
                        null,
                        9,
                        "application/json",
                        new RowVersion(1, 2, 3),
                        1000,
                        2000,
                        0);
        JsonNode node = JSON.readTree(written(row, true));
        assertThat(node.has("data")).isFalse();
        assertThat(node.get("contentType").asString()).isEqualTo("application/json");
    }

    @Test
    void whateverTheRowItsJsonSaysTheSame() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int run = 0; run < 2000; run++) {
            RowKey key = RowKey.of(bytes(random), random.nextBoolean() ? bytes(random) : null);
            boolean json = random.nextBoolean();
            Bytes value = json ? Bytes.utf8(JSON.writeValueAsString(text(random))) : bytes(random);
            Row row =
                    new Row(
                            key,
                            value,
                            value.length(),
                            json ? "application/json" : "application/x-\"odd\"",
                            new RowVersion(1, run, 0),
                            random.nextLong(4_000_000_000_000L),
                            random.nextLong(4_000_000_000_000L),
                            random.nextBoolean() ? 0 : 1 + random.nextLong(4_000_000_000_000L));
            JsonNode node = JSON.readTree(written(row, random.nextBoolean()));
            assertThat(
                            RowDocument.keyOnly(new JsonReader(keyOf(node)))
                                    .key(new Keys(TestLimits.DEFAULT)))
                    .as("seed " + seed)
                    .isEqualTo(key);
            assertThat(Bytes.wrap(valueOf(node))).as("seed " + seed).isEqualTo(value);
            assertThat(node.get("contentType").asString()).isEqualTo(row.contentType());
            assertThat(Instant.parse(node.get("createdAt").asString()).toEpochMilli())
                    .isEqualTo(row.createdAt());
            assertThat(node.has("expiresAt")).isEqualTo(row.expiresAt() != 0);
        }
    }

    private static Bytes keyOf(JsonNode node) {
        tools.jackson.databind.node.ObjectNode key = JSON.createObjectNode();
        for (String name : new String[] {"pk", "pkBase64", "sk", "skBase64"}) {
            if (node.has(name)) {
                key.set(name, node.get(name));
            }
        }
        return Bytes.utf8(JSON.writeValueAsString(key));
    }

    private static byte[] valueOf(JsonNode node) {
        return node.has("data")
                ? JSON.writeValueAsBytes(node.get("data"))
                : Base64.getDecoder().decode(node.get("base64").asString());
    }

    private static Bytes bytes(Random random) {
        byte[] bytes = new byte[1 + random.nextInt(6)];
        random.nextBytes(bytes);
        return random.nextBoolean()
                ? Bytes.utf8(new String(bytes, StandardCharsets.ISO_8859_1))
                : Bytes.wrap(bytes);
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            text.appendCodePoint(
                    "a\"\\\n\r\t\u0000\u00e9\u2028\uD83D\uDE00"
                            .codePoints()
                            .toArray()[random.nextInt(10)]);
        }
        return text.toString();
    }

    private static String written(Row row, boolean oneLine) {
        JsonText json = new JsonText(16);
        RowJson.write(json, row, true, oneLine);
        return json.toString();
    }

    private static Row row(RowKey key, String text, String contentType, long expiresAt) {
        Bytes value = Bytes.utf8(text);
        return new Row(
                key,
                value,
                value.length(),
                contentType,
                new RowVersion(1, 2, 3),
                1000,
                2000,
                expiresAt);
    }
}
