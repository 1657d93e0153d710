package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import java.nio.charset.StandardCharsets;

/**
 * Reads what {@link VarWriter} wrote. Past the end it throws {@link IndexOutOfBoundsException}; a
 * number that is too long is an {@link IllegalArgumentException}.
 */
final class VarReader {

    private final byte[] array;
    private final int end;
    private int at;

    VarReader(byte[] array, int from, int end) {
        this.array = array;
        this.at = from;
        this.end = end;
    }

    int position() {
        return at;
    }

    int remaining() {
        return end - at;
    }

    int getByte() {
        if (at >= end) {
            throw new IndexOutOfBoundsException("ends at byte " + end);
        }
        return array[at++] & 0xFF;
    }

    int getInt() {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            value = value << 8 | getByte();
        }
        return value;
    }

    long getLong() {
        return (long) getInt() << 32 | getInt() & 0xFFFFFFFFL;
    }

    long getUnsigned() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int next = getByte();
            value |= (long) (next & 0x7F) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number of more than ten bytes");
    }

    long getSigned() {
        long zigzag = getUnsigned();
        return (zigzag >>> 1) ^ -(zigzag & 1);
    }

    /** The next bytes; shares the array. */
    Bytes getBytes(int length) {
        if (length < 0 || length > remaining()) {
            throw new IndexOutOfBoundsException(length + " bytes of " + remaining());
        }
        Bytes bytes = Bytes.wrap(array, at, length);
        at += length;
        return bytes;
    }

    String getUtf8(int length) {
        Bytes text = getBytes(length);
        return new String(text.array(), text.offset(), text.length(), StandardCharsets.UTF_8);
    }
}
