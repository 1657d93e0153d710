package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import java.util.Arrays;

/** Writes numbers and bytes into an array of a size bounded beforehand. */
final class VarWriter {

    private final byte[] array;
    private int at;

    VarWriter(int mostBytes) {
        array = new byte[mostBytes];
    }

    void putByte(int value) {
        array[at++] = (byte) value;
    }

    void putInt(int value) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            array[at++] = (byte) (value >>> shift);
        }
    }

    /** Big-endian: for numbers that are not negative, byte order is number order. */
    void putLong(long value) {
        putInt((int) (value >>> 32));
        putInt((int) value);
    }

    /** Seven bits a byte, low ones first; up to ten bytes. */
    void putUnsigned(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            array[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        array[at++] = (byte) rest;
    }

    void putSigned(long value) {
        putUnsigned((value << 1) ^ (value >> 63));
    }

    void putBytes(Bytes bytes) {
        System.arraycopy(bytes.array(), bytes.offset(), array, at, bytes.length());
        at += bytes.length();
    }

    /** What was written, exactly. */
    byte[] toArray() {
        return at == array.length ? array : Arrays.copyOf(array, at);
    }
}
