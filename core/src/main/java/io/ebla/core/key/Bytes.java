package io.ebla.core.key;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * An immutable slice of bytes, ordered as unsigned bytes from left to right, a prefix first.
 *
 * <p>{@link #wrap} and {@link #array} share the array and copy nothing: who wraps an array gives it
 * up, and who reads one must not write to it. Keys and values travel in this form from the socket to
 * the disk.
 */
public final class Bytes implements Comparable<Bytes> {

    public static final Bytes EMPTY = new Bytes(new byte[0], 0, 0);

    private final byte[] array;
    private final int offset;
    private final int length;
    private int hash;

    private Bytes(byte[] array, int offset, int length) {
        this.array = array;
        this.offset = offset;
        this.length = length;
    }

    public static Bytes wrap(byte[] array) {
        return array.length == 0 ? EMPTY : new Bytes(array, 0, array.length);
    }

    public static Bytes wrap(byte[] array, int offset, int length) {
        if (offset < 0 || length < 0 || offset > array.length - length) {
            throw new IndexOutOfBoundsException(
                    "slice " + offset + "+" + length + " of " + array.length + " bytes");
        }
        return length == 0 ? EMPTY : new Bytes(array, offset, length);
    }

    public static Bytes utf8(String text) {
        return wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    public int length() {
        return length;
    }

    public boolean isEmpty() {
        return length == 0;
    }

    public byte at(int position) {
        if (position < 0 || position >= length) {
            throw new IndexOutOfBoundsException(position + " of " + length);
        }
        return array[offset + position];
    }

    /** The shared backing array; valid from {@link #offset()} for {@link #length()} bytes. */
    public byte[] array() {
        return array;
    }

    public int offset() {
        return offset;
    }

    public Bytes slice(int from, int to) {
        if (from < 0 || to < from || to > length) {
            throw new IndexOutOfBoundsException(from + ".." + to + " of " + length);
        }
        return wrap(array, offset + from, to - from);
    }

    /** An array of exactly these bytes; shared when the slice is the whole array. */
    public byte[] toArray() {
        return offset == 0 && length == array.length
                ? array
                : Arrays.copyOfRange(array, offset, offset + length);
    }

    public void putTo(ByteBuffer target) {
        target.put(array, offset, length);
    }

    public boolean startsWith(Bytes prefix) {
        return length >= prefix.length
                && Arrays.equals(
                        array,
                        offset,
                        offset + prefix.length,
                        prefix.array,
                        prefix.offset,
                        prefix.offset + prefix.length);
    }

    /** These bytes as text, malformed UTF-8 replaced; for messages only. */
    public String toUtf8() {
        return new String(array, offset, length, StandardCharsets.UTF_8);
    }

    @Override
    public int compareTo(Bytes other) {
        return Arrays.compareUnsigned(
                array,
                offset,
                offset + length,
                other.array,
                other.offset,
                other.offset + other.length);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes that
                && length == that.length
                && Arrays.equals(
                        array,
                        offset,
                        offset + length,
                        that.array,
                        that.offset,
                        that.offset + that.length);
    }

    @Override
    public int hashCode() {
        int result = hash;
        if (result == 0 && length > 0) {
            result = 1;
            for (int i = offset; i < offset + length; i++) {
                result = 31 * result + array[i];
            }
            hash = result;
        }
        return result;
    }

    @Override
    public String toString() {
        return HexFormat.of().formatHex(array, offset, offset + length);
    }
}
