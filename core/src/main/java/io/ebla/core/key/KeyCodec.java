package io.ebla.core.key;

import java.util.Arrays;

/**
 * The order-preserving encoding of {@code (pk, sk?)}: unsigned byte order of the encoded form is the
 * order of the pair, an absent sk first.
 *
 * <pre>
 *   encoded   = escaped(pk) 00 01              no sk
 *             | escaped(pk) 00 02 sk           with sk (raw, it is the last part)
 *   escaped   = every 00 of the pk written as 00 FF
 * </pre>
 *
 * {@code 00 01} and {@code 00 02} sort below {@code 00 FF} and below every other byte that could
 * continue a longer pk, so rows of one pk stand together and no other pk falls between them. The
 * escaped pk alone, without an end mark, is the smallest possible key at or above that pk and serves
 * as the bound of ranges and tablets; so does the escaped form of a prefix.
 */
final class KeyCodec {

    static final byte ESCAPE = 0x00;
    static final byte ESCAPED_NUL = (byte) 0xFF;
    static final byte WITHOUT_SK = 0x01;
    static final byte WITH_SK = 0x02;

    private KeyCodec() {}

    static Bytes encode(Bytes pk, Bytes sk) {
        int escapedLength = pk.length() + nuls(pk);
        byte[] encoded = new byte[escapedLength + 2 + (sk == null ? 0 : sk.length())];
        escape(pk, encoded);
        encoded[escapedLength] = ESCAPE;
        encoded[escapedLength + 1] = sk == null ? WITHOUT_SK : WITH_SK;
        if (sk != null) {
            System.arraycopy(sk.array(), sk.offset(), encoded, escapedLength + 2, sk.length());
        }
        return Bytes.wrap(encoded);
    }

    static Bytes escape(Bytes pk) {
        byte[] escaped = new byte[pk.length() + nuls(pk)];
        escape(pk, escaped);
        return Bytes.wrap(escaped);
    }

    private static void escape(Bytes pk, byte[] target) {
        int at = 0;
        for (int i = 0; i < pk.length(); i++) {
            byte b = pk.at(i);
            target[at++] = b;
            if (b == ESCAPE) {
                target[at++] = ESCAPED_NUL;
            }
        }
    }

    private static int nuls(Bytes pk) {
        int nuls = 0;
        for (int i = 0; i < pk.length(); i++) {
            if (pk.at(i) == ESCAPE) {
                nuls++;
            }
        }
        return nuls;
    }

    /** The length of the escaped pk at the start of an encoded key: where its end mark stands. */
    static int escapedPkLength(Bytes encoded) {
        for (int i = 0; i + 1 < encoded.length(); i++) {
            if (encoded.at(i) == ESCAPE) {
                byte mark = encoded.at(i + 1);
                boolean ends = mark == WITHOUT_SK && i + 2 == encoded.length();
                if (ends || mark == WITH_SK) {
                    return i;
                }
                if (mark != ESCAPED_NUL) {
                    break;
                }
                i++;
            }
        }
        throw new IllegalArgumentException("not an encoded row key: " + encoded);
    }

    /** Undoes {@link #escape}; the input must be whole, as a bound of a range is. */
    static Bytes unescape(Bytes escaped) {
        byte[] raw = new byte[escaped.length()];
        int at = 0;
        for (int i = 0; i < escaped.length(); i++) {
            byte b = escaped.at(i);
            raw[at++] = b;
            if (b == ESCAPE) {
                if (i + 1 >= escaped.length() || escaped.at(i + 1) != ESCAPED_NUL) {
                    throw new IllegalArgumentException("not an escaped pk: " + escaped);
                }
                i++;
            }
        }
        return Bytes.wrap(at == raw.length ? raw : Arrays.copyOf(raw, at));
    }

    /** The smallest byte string above everything that starts with {@code prefix}; empty if none is. */
    static Bytes successorOfPrefix(Bytes prefix) {
        int end = prefix.length();
        while (end > 0 && prefix.at(end - 1) == (byte) 0xFF) {
            end--;
        }
        if (end == 0) {
            return Bytes.EMPTY;
        }
        byte[] successor =
                Arrays.copyOfRange(prefix.array(), prefix.offset(), prefix.offset() + end);
        successor[end - 1]++;
        return Bytes.wrap(successor);
    }
}
