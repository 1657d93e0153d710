package io.ebla.client;

import io.ebla.core.key.Bytes;
import java.util.Objects;

/**
 * What a row holds: bytes and their media type.
 *
 * @param contentType kept with the bytes and told again; {@code application/json} is validated by the
 *     server and can be named in conditions
 */
public record Value(Bytes bytes, String contentType) {

    public static final String JSON = "application/json";
    public static final String OCTETS = "application/octet-stream";

    public Value {
        Objects.requireNonNull(bytes);
        Objects.requireNonNull(contentType);
    }

    public static Value json(String text) {
        return new Value(Bytes.utf8(text), JSON);
    }

    public static Value text(String text) {
        return new Value(Bytes.utf8(text), "text/plain;charset=UTF-8");
    }

    public static Value octets(byte[] bytes) {
        return new Value(Bytes.wrap(bytes), OCTETS);
    }

    /** Whether rows show the value as JSON and not as base64. */
    public boolean isJson() {
        int end = contentType.indexOf(';');
        String type = (end < 0 ? contentType : contentType.substring(0, end)).strip();
        return type.equalsIgnoreCase(JSON)
                || type.regionMatches(true, type.length() - 5, "+json", 0, 5);
    }
}
