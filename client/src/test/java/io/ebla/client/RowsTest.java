package io.ebla.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "-1.50e+3",
                "\"a\\u00e9\\\"b\"",
                "true",
                "null",
                "{}",
                "[]",
                "[1, 2 ,{\"a\":[]}]",
                "{\"a\" : 1.0, \"data\":{\"b\":\"é€😀\"}}",
                "\"\"",
                "12345678901234567890123"
            })
    void dataIsCutOutByteForByte(String data) {
        String line = "{\"pk\":\"a\",\"data\":" + data + ",\"version\":\"v1\"}";
        StoredRow row = Rows.one(line.getBytes(StandardCharsets.UTF_8));
        assertThat(row.value()).contains(Value.json(data));
        assertThat(row.version()).isEqualTo("v1");
        String last = "{\"pk\":\"a\",\"version\":\"v1\",\"data\":" + data + "}";
        StoredRow again = Rows.one(last.getBytes(StandardCharsets.UTF_8));
        assertThat(again.value()).contains(Value.json(data));
    }

    @Test
    void everyFieldIsRead() {
        String line =
                "{\"pkBase64\":\"/w==\",\"skBase64\":\"\",\"base64\":\"AAE=\",\"contentType\":\"a/b\","
                        + "\"version\":\"7\",\"createdAt\":\"2026-01-02T03:04:05.678Z\","
                        + "\"updatedAt\":\"2026-01-02T03:04:06.000Z\",\"expiresAt\":"
                        + "\"2027-01-02T03:04:05.678Z\",\"later\":{\"x\":[1]}}";
        StoredRow row = Rows.one(line.getBytes(StandardCharsets.UTF_8));
        assertThat(row)
                .isEqualTo(
                        new StoredRow(
                                RowKey.of(Bytes.wrap(new byte[] {-1}), Bytes.EMPTY),
                                Optional.of(new Value(Bytes.wrap(new byte[] {0, 1}), "a/b")),
                                "7",
                                Optional.of(Instant.parse("2026-01-02T03:04:05.678Z")),
                                Optional.of(Instant.parse("2026-01-02T03:04:06Z")),
                                Optional.of(Instant.parse("2027-01-02T03:04:05.678Z"))));
    }

    @Test
    void absentRowsAreEmpty() {
        String body =
                "{\"took\":{\"rows\":[]},\"rows\":[{\"pk\":\"a\",\"data\":[1]},null,{\"pk\":\"b\"}]}";
        List<Optional<StoredRow>> rows = Rows.many(body.getBytes(StandardCharsets.UTF_8));
        assertThat(rows).hasSize(3);
        assertThat(rows.get(0).orElseThrow().value()).contains(Value.json("[1]"));
        assertThat(rows.get(1)).isEmpty();
        assertThat(rows.get(2).orElseThrow().value()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{}", "{\"pk\":\"a\"", "{\"pk\":\"a\",\"base64\":\"*\"}"})
    void whatIsNoRowIsRefused(String line) {
        assertThatThrownBy(() -> Rows.one(line.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(EblaClientException.class);
    }

    @Property
    void whatIsWrittenAsALineIsReadBackAsARow(
            @ForAll byte[] pk, @ForAll byte[] sk, @ForAll byte[] value) {
        RowKey key = RowKey.of(Bytes.wrap(pk), sk.length == 0 ? null : Bytes.wrap(sk));
        Value octets = Value.octets(value);
        byte[] line = Json.bulkLine(new BulkLine.Put(key, octets));
        StoredRow row = Rows.one(line);
        assertThat(row.key()).isEqualTo(key);
        assertThat(row.value().orElseThrow().bytes()).isEqualTo(octets.bytes());
    }

    @Test
    void jsonIsNeverPastedUnread() {
        Value smuggled = Value.json("1,\"pk\":\"other\"");
        BulkLine line = new BulkLine.Put(RowKey.of("a"), smuggled);
        assertThatThrownBy(() -> Json.bulkLine(line)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aLineStaysOneLine() {
        BulkLine line = new BulkLine.Put(RowKey.of("a"), Value.json("{\n\"a\":\r\n1}"));
        assertThat(Json.bulkLine(line))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("{\"pk\":\"a\",\"data\":{ \"a\":  1}}\n");
    }
}
