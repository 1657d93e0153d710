package io.ebla.tabletserver.api;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import java.util.Base64;
import java.util.Optional;

/**
 * Rows as ranges and many reads return them, written straight into the answer: a value that is JSON
 * as it was stored, byte by byte, any other as base64.
 */
final class RowJson {

    private RowJson() {}

    /** What a row takes, roughly, besides key and value. */
    static final int OVERHEAD_BYTES = 256;

    /**
     * @param withValue whether its value is wanted, if it was read
     * @param oneLine leaves the line breaks out of a JSON value; within its strings there are none
     */
    static void write(JsonText json, Row row, boolean withValue, boolean oneLine) {
        json.beginObject();
        key(json, row.key());
        if (withValue && row.value() != null) {
            value(json, row, oneLine);
        }
        json.field("contentType", row.contentType());
        json.field("version", row.version().text());
        json.timeField("createdAt", row.createdAt()).timeField("updatedAt", row.updatedAt());
        if (row.expiresAt() != 0) {
            json.timeField("expiresAt", row.expiresAt());
        }
        json.endObject();
    }

    static void key(JsonText json, RowKey key) {
        json.keyField("pk", key.pk());
        Optional<Bytes> sk = key.sk();
        if (sk.isPresent()) {
            json.keyField("sk", sk.get());
        }
    }

    private static void value(JsonText json, Row row, boolean oneLine) {
        Bytes value = row.value();
        if (!MediaTypes.isJson(row.contentType())) {
            json.name("base64").text(Bytes.wrap(Base64.getEncoder().encode(value.toArray())));
            return;
        }
        json.name("data");
        if (oneLine) {
            withoutLineBreaks(json, value);
        } else {
            json.json(value);
        }
    }

    private static void withoutLineBreaks(JsonText json, Bytes value) {
        byte[] array = value.array();
        int end = value.offset() + value.length();
        int from = value.offset();
        json.json(Bytes.EMPTY); // the value begins; what follows are its pieces
        for (int i = from; i < end; i++) {
            if (array[i] == '\n' || array[i] == '\r') {
                json.raw(Bytes.wrap(array, from, i - from));
                from = i + 1;
            }
        }
        json.raw(Bytes.wrap(array, from, end - from));
    }
}
