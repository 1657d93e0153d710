package io.ebla.core.key;

import java.util.Objects;

/**
 * A half-open range of encoded row keys. An empty {@code from} is the start of the key space, an
 * empty {@code to} its end.
 *
 * <p>Tablet bounds are escaped pks (see {@link KeyCodec}), so that rows of one pk are never separated.
 *
 * @param from inclusive lower bound, empty for none
 * @param to exclusive upper bound, empty for none
 */
public record KeyRange(Bytes from, Bytes to) {

    public static final KeyRange ALL = new KeyRange(Bytes.EMPTY, Bytes.EMPTY);

    public KeyRange {
        Objects.requireNonNull(from);
        Objects.requireNonNull(to);
    }

    /** Rows whose pk is at least {@code from} and below {@code to}; an empty one is unbounded. */
    public static KeyRange ofPks(Bytes from, Bytes to) {
        return new KeyRange(KeyCodec.escape(from), KeyCodec.escape(to));
    }

    /** Rows whose pk starts with {@code prefix}. */
    public static KeyRange ofPkPrefix(Bytes prefix) {
        Bytes escaped = KeyCodec.escape(prefix);
        return new KeyRange(escaped, KeyCodec.successorOfPrefix(escaped));
    }

    /** All rows of one pk, with and without a sk. */
    public static KeyRange ofPk(Bytes pk) {
        return between(KeyCodec.encode(pk, null), pkEnd(pk));
    }

    /** Rows of one pk whose sk is at least {@code from} and below {@code to}; null is unbounded. */
    public static KeyRange ofSks(Bytes pk, Bytes from, Bytes to) {
        Bytes lower = KeyCodec.encode(pk, from);
        return between(lower, to == null ? pkEnd(pk) : KeyCodec.encode(pk, to));
    }

    /** Rows of one pk whose sk starts with {@code prefix}; an empty prefix takes every row of the pk. */
    public static KeyRange ofSkPrefix(Bytes pk, Bytes prefix) {
        if (prefix.isEmpty()) {
            return ofPk(pk);
        }
        Bytes lower = KeyCodec.encode(pk, prefix);
        return between(lower, KeyCodec.successorOfPrefix(lower));
    }

    private static Bytes pkEnd(Bytes pk) {
        return KeyCodec.successorOfPrefix(KeyCodec.encode(pk, Bytes.EMPTY));
    }

    private static KeyRange between(Bytes from, Bytes to) {
        return new KeyRange(from, to);
    }

    public boolean isEmpty() {
        return !to.isEmpty() && from.compareTo(to) >= 0;
    }

    public boolean contains(RowKey key) {
        return from.compareTo(key.encoded()) <= 0
                && (to.isEmpty() || key.encoded().compareTo(to) < 0);
    }

    public boolean overlaps(KeyRange other) {
        return !isEmpty()
                && !other.isEmpty()
                && (to.isEmpty() || other.from.compareTo(to) < 0)
                && (other.to.isEmpty() || from.compareTo(other.to) < 0);
    }

    /** The part of this range inside {@code other}; empty when they do not meet. */
    public KeyRange intersect(KeyRange other) {
        Bytes lower = from.compareTo(other.from) >= 0 ? from : other.from;
        Bytes upper;
        if (to.isEmpty() || other.to.isEmpty()) {
            upper = to.isEmpty() ? other.to : to;
        } else {
            upper = to.compareTo(other.to) <= 0 ? to : other.to;
        }
        return new KeyRange(lower, upper);
    }

    /** The pk that a tablet bound stands for. */
    public static Bytes pkOfBound(Bytes bound) {
        return KeyCodec.unescape(bound);
    }

    /** The tablet bound of a pk. */
    public static Bytes boundOfPk(Bytes pk) {
        return KeyCodec.escape(pk);
    }
}
