package io.ebla.tabletserver.api;

import io.ebla.core.key.Bytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The well-formedness of UTF-8 (Unicode, table 3-7): no overlong forms, no surrogates. */
final class Utf8 {

    /** Eight bytes at once: most text is plain ASCII. */
    private static final VarHandle EIGHT =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private static final long NOT_ASCII = 0x8080808080808080L;

    private Utf8() {}

    static boolean valid(Bytes bytes) {
        return valid(bytes.array(), bytes.offset(), bytes.offset() + bytes.length());
    }

    static boolean valid(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to) {
            while (i + Long.BYTES <= to && ((long) EIGHT.get(bytes, i) & NOT_ASCII) == 0) {
                i += Long.BYTES;
            }
            if (i == to) {
                return true;
            }
            int first = bytes[i++];
            if (first >= 0) {
                continue;
            }
            int more = following(first);
            if (more == 0 || i + more > to || !secondFits(first & 0xFF, bytes[i] & 0xFF)) {
                return false;
            }
            for (int end = i + more; i < end; i++) {
                if ((bytes[i] & 0xC0) != 0x80) {
                    return false;
                }
            }
        }
        return true;
    }

    private static int following(int first) {
        int b = first & 0xFF;
        if (b >= 0xC2 && b <= 0xDF) {
            return 1;
        }
        if (b >= 0xE0 && b <= 0xEF) {
            return 2;
        }
        return b >= 0xF0 && b <= 0xF4 ? 3 : 0;
    }

    private static boolean secondFits(int first, int second) {
        return switch (first) {
            case 0xE0 -> second >= 0xA0;
            case 0xED -> second <= 0x9F;
            case 0xF0 -> second >= 0x90;
            case 0xF4 -> second <= 0x8F;
            default -> true;
        };
    }
}
