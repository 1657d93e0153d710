package io.ebla.core.key;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The key of one row: a partition key and an optional sort key, in their order-preserving encoding.
 *
 * <p>Rows are ordered by pk, then sk, bytewise; a row without a sk stands before those with one. Both
 * parts may hold any byte, NUL included. Length limits belong to the API, not to this type.
 */
public final class RowKey implements Comparable<RowKey> {

    private final Bytes encoded;

    private RowKey(Bytes encoded) {
        this.encoded = encoded;
    }

    public static RowKey of(Bytes pk) {
        return new RowKey(KeyCodec.encode(pk, null));
    }

    /** @param sk null when the row has no sort key; an empty one is another row */
    public static RowKey of(Bytes pk, Bytes sk) {
        return new RowKey(KeyCodec.encode(pk, sk));
    }

    public static RowKey of(String pk) {
        return of(Bytes.utf8(pk));
    }

    public static RowKey of(String pk, String sk) {
        return of(Bytes.utf8(pk), sk == null ? null : Bytes.utf8(sk));
    }

    /** @throws IllegalArgumentException if the bytes are not an encoded key */
    public static RowKey decode(Bytes encoded) {
        KeyCodec.escapedPkLength(encoded);
        return new RowKey(encoded);
    }

    /** The form in which keys are stored, logged and compared. */
    public Bytes encoded() {
        return encoded;
    }

    public Bytes pk() {
        return KeyCodec.unescape(escapedPk());
    }

    /** The escaped pk: the lower bound of all rows of this pk. */
    public Bytes escapedPk() {
        return encoded.slice(0, KeyCodec.escapedPkLength(encoded));
    }

    public Optional<Bytes> sk() {
        int end = KeyCodec.escapedPkLength(encoded);
        return encoded.at(end + 1) == KeyCodec.WITH_SK
                ? Optional.of(encoded.slice(end + 2, encoded.length()))
                : Optional.empty();
    }

    public boolean samePk(RowKey other) {
        return escapedPk().equals(other.escapedPk());
    }

    @Override
    public int compareTo(RowKey other) {
        return encoded.compareTo(other.encoded);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RowKey that && encoded.equals(that.encoded);
    }

    @Override
    public int hashCode() {
        return encoded.hashCode();
    }

    /** For messages: parts as text, malformed UTF-8 replaced. */
    @Override
    public String toString() {
        String text = new String(pk().toArray(), StandardCharsets.UTF_8);
        return sk().map(sk -> text + "/" + sk.toUtf8()).orElse(text);
    }
}
