package io.ebla.client;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Request targets: percent-encoded paths and queries. */
final class Paths {

    private static final String HEX = "0123456789ABCDEF";

    private Paths() {}

    static String table(String name) {
        return "/v1/tables/" + encode(Bytes.utf8(name));
    }

    /**
     * The path of a row, or empty when its key has no path form (a part that is empty, {@code .},
     * {@code ..} or not UTF-8) and must travel as JSON.
     */
    static Optional<String> row(String table, RowKey key) {
        Bytes pk = key.pk();
        Bytes sk = key.sk().orElse(null);
        if (!fitsPath(pk) || (sk != null && !fitsPath(sk))) {
            return Optional.empty();
        }
        String path = table(table) + "/rows/" + encode(pk);
        return Optional.of(sk == null ? path : path + "/" + encode(sk));
    }

    private static boolean fitsPath(Bytes part) {
        if (part.isEmpty()) {
            return false;
        }
        Optional<String> text = text(part);
        return text.isPresent() && !text.get().equals(".") && !text.get().equals("..");
    }

    /** The bytes as text, or empty when they are not UTF-8. */
    static Optional<String> text(Bytes bytes) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(bytes.array(), bytes.offset(), bytes.length());
            return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(buffer).toString());
        } catch (CharacterCodingException notText) {
            return Optional.empty();
        }
    }

    static String encode(Bytes bytes) {
        StringBuilder text = new StringBuilder(bytes.length() + 16);
        for (int i = 0; i < bytes.length(); i++) {
            int b = bytes.at(i) & 0xff;
            if (unreserved(b)) {
                text.append((char) b);
            } else {
                text.append('%').append(HEX.charAt(b >> 4)).append(HEX.charAt(b & 15));
            }
        }
        return text.toString();
    }

    private static boolean unreserved(int b) {
        return (b >= 'a' && b <= 'z')
                || (b >= 'A' && b <= 'Z')
                || (b >= '0' && b <= '9')
                || b == '-'
                || b == '_'
                || b == '.'
                || b == '~';
    }

    /** Collects query parameters, leaving out those that are null. */
    static final class Query {

        private final StringBuilder text = new StringBuilder();

        Query add(String name, Object value) {
            if (value != null) {
                text.append(text.isEmpty() ? '?' : '&').append(name).append('=');
                text.append(encode(Bytes.utf8(value.toString())));
            }
            return this;
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
