package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;

/** Percent-encoded UTF-8, decoded strictly: what is malformed is refused, never replaced. */
final class PercentDecoding {

    private PercentDecoding() {}

    /** @param plusIsSpace true in a query, false in a path */
    static Bytes decode(String text, int from, int to, boolean plusIsSpace) {
        byte[] decoded = new byte[to - from];
        int length = 0;
        boolean ascii = true;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            int b = c;
            if (c == '%') {
                b = i + 2 < to ? hex(text.charAt(i + 1)) << 4 | hex(text.charAt(i + 2)) : -1;
                if (b < 0) {
                    throw invalid("bad percent-encoding at '" + text.substring(i, to) + "'");
                }
                i += 2;
            } else if (c == '+' && plusIsSpace) {
                b = ' ';
            } else if (c >= 0x80) {
                throw invalid("a character that is not percent-encoded");
            }
            ascii &= b < 0x80;
            decoded[length++] = (byte) b;
        }
        if (!ascii && !Utf8.valid(decoded, 0, length)) {
            throw invalid("'" + text.substring(from, to) + "' is not UTF-8");
        }
        return Bytes.wrap(decoded, 0, length);
    }

    /** The value of a hex digit, or a negative number that stays negative in the sum. */
    private static int hex(char c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        if (c >= 'A' && c <= 'F') {
            return c - 'A' + 10;
        }
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : Integer.MIN_VALUE >> 4;
    }

    private static EblaException invalid(String detail) {
        return new EblaException(ErrorCode.INVALID_ARGUMENT, detail);
    }
}
