package io.ebla.tabletserver.api;

import io.ebla.core.key.Bytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Whether bytes are one JSON value in UTF-8 (RFC 8259): a scan that builds nothing, for values that are
 * kept byte-exact. Nesting is bounded, so that whoever reads a value later needs no more stack than
 * that.
 */
final class JsonSyntax {

    static final int NESTING_MAX = 500;

    private static final VarHandle EIGHT =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long QUOTES = '"' * ONES;
    private static final long BACKSLASHES = '\\' * ONES;
    private static final long SPACES = ' ' * ONES;

    private final byte[] text;
    private final int end;
    private int at;

    private JsonSyntax(Bytes bytes) {
        this.text = bytes.array();
        this.at = bytes.offset();
        this.end = at + bytes.length();
    }

    /** The place of the first error counted from 0, or -1 when all is well. */
    static int firstError(Bytes bytes) {
        if (!Utf8.valid(bytes)) {
            return 0;
        }
        JsonSyntax scan = new JsonSyntax(bytes);
        return scan.document() ? -1 : scan.at - bytes.offset();
    }

    /**
     * Where the value ends that begins at {@code from}, space before it allowed; the bytes must be
     * UTF-8. An error is given as {@code -1 - OFFSET}.
     */
    static int endOfValue(byte[] text, int from, int end) {
        JsonSyntax scan = new JsonSyntax(Bytes.wrap(text, from, end - from));
        return scan.value() ? scan.at : -1 - scan.at;
    }

    private boolean document() {
        if (!value()) {
            return false;
        }
        skipSpace();
        return at == end;
    }

    /** One value, containers included, without recursion: the open ones are kept as bits. */
    private boolean value() {
        long[] objects = new long[NESTING_MAX / 64 + 1];
        int depth = 0;
        while (true) {
            skipSpace();
            if (at == end) {
                return false;
            }
            byte first = text[at];
            if (first == '{' || first == '[') {
                if (++depth > NESTING_MAX) {
                    return false;
                }
                at++;
                boolean object = first == '{';
                mark(objects, depth, object);
                skipSpace();
                if (at < end && text[at] == (object ? '}' : ']')) {
                    at++;
                    depth--;
                } else if (object && !memberName()) {
                    return false;
                } else {
                    continue;
                }
            } else if (!scalar(first)) {
                return false;
            }
            depth = closeOrNext(objects, depth);
            if (depth <= 0) {
                return depth == 0;
            }
        }
    }

    /** After a value: closes containers, or stands before the next value. 0 is the end, -1 an error. */
    private int closeOrNext(long[] objects, int openContainers) {
        int depth = openContainers;
        while (depth > 0) {
            skipSpace();
            if (at == end) {
                return -1;
            }
            boolean object = (objects[depth >> 6] & 1L << depth) != 0;
            byte next = text[at];
            if (next == ',') {
                at++;
                return !object || memberName() ? depth : -1;
            }
            if (next != (object ? '}' : ']')) {
                return -1;
            }
            at++;
            depth--;
        }
        return 0;
    }

    private static void mark(long[] objects, int depth, boolean object) {
        if (object) {
            objects[depth >> 6] |= 1L << depth;
        } else {
            objects[depth >> 6] &= ~(1L << depth);
        }
    }

    private boolean memberName() {
        skipSpace();
        if (at == end || text[at] != '"' || !string()) {
            return false;
        }
        skipSpace();
        if (at == end || text[at] != ':') {
            return false;
        }
        at++;
        return true;
    }

    private boolean scalar(byte first) {
        return switch (first) {
            case '"' -> string();
            case 't' -> literal("true");
            case 'f' -> literal("false");
            case 'n' -> literal("null");
            default -> number();
        };
    }

    private boolean literal(String word) {
        if (end - at < word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if (text[at + i] != word.charAt(i)) {
                return false;
            }
        }
        at += word.length();
        return true;
    }

    private boolean string() {
        for (at++; at < end; at++) {
            while (at + Long.BYTES <= end && isPlain((long) EIGHT.get(text, at))) {
                at += Long.BYTES;
            }
            if (at == end) {
                return false;
            }
            byte b = text[at];
            if (b == '"') {
                at++;
                return true;
            }
            if (b >= 0 && b < 0x20 || b == '\\' && !escape()) {
                return false;
            }
        }
        return false;
    }

    /**
     * Whether eight bytes at once hold neither a quote, a backslash nor a control character; may say
     * no where it is yes. By the test for a zero byte of Anderson, "Bit Twiddling Hacks".
     */
    private static boolean isPlain(long eight) {
        long quote = eight ^ QUOTES;
        long backslash = eight ^ BACKSLASHES;
        long found =
                (quote - ONES & ~quote)
                        | (backslash - ONES & ~backslash)
                        | (eight - SPACES & ~eight);
        return (found & HIGH_BITS) == 0;
    }

    private boolean escape() {
        if (++at == end) {
            return false;
        }
        switch (text[at]) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
                return true;
            case 'u':
                break;
            default:
                return false;
        }
        if (end - at <= 4) {
            return false;
        }
        for (int i = 1; i <= 4; i++) {
            if (Character.digit(text[at + i], 16) < 0) {
                return false;
            }
        }
        at += 4;
        return true;
    }

    private boolean number() {
        if (text[at] == '-') {
            at++;
        }
        if (at < end && text[at] == '0') {
            at++;
        } else if (!digits()) {
            return false;
        }
        if (at < end && text[at] == '.') {
            at++;
            if (!digits()) {
                return false;
            }
        }
        if (at < end && (text[at] == 'e' || text[at] == 'E')) {
            at++;
            if (at < end && (text[at] == '+' || text[at] == '-')) {
                at++;
            }
            return digits();
        }
        return true;
    }

    private boolean digits() {
        int from = at;
        while (at < end && text[at] >= '0' && text[at] <= '9') {
            at++;
        }
        return at > from;
    }

    private void skipSpace() {
        while (at < end) {
            byte b = text[at];
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                return;
            }
            at++;
        }
    }
}
