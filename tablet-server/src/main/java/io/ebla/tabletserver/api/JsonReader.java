package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.key.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A JSON document that is being read, value by value, from UTF-8: names and texts as they are asked
 * for, and any value as the slice of bytes that it is. Cheaper than a general parser where most of a
 * document is data that is kept as it came.
 *
 * <p>Used by one thread. Everything that is wrong with the document is {@code invalid_argument}.
 */
final class JsonReader {

    private final byte[] text;
    private final int start;
    private final int end;
    private int at;
    private boolean first;

    /** @throws EblaException when the bytes are not UTF-8 */
    JsonReader(Bytes document) {
        this.text = document.array();
        this.start = document.offset();
        this.end = start + document.length();
        this.at = start;
        if (!Utf8.valid(document)) {
            throw Problems.invalid("the document is not UTF-8");
        }
    }

    void beginObject() {
        begin('{', "an object");
    }

    /** The name of the next member, its value standing next; null after the last one. */
    String nextName() {
        if (endOr('}')) {
            return null;
        }
        String name = text();
        skipSpace();
        if (at == end || text[at] != ':') {
            throw malformed(at);
        }
        at++;
        return name;
    }

    void beginArray() {
        begin('[', "an array");
    }

    /** Whether another element stands next. */
    boolean nextElement() {
        return !endOr(']');
    }

    /** Refuses anything but space after the document. */
    void end() {
        skipSpace();
        if (at < end) {
            throw malformed(at);
        }
    }

    /** The value that stands here, whatever it is, without the space around it. */
    Bytes value() {
        skipSpace();
        int from = at;
        int valueEnd = JsonSyntax.endOfValue(text, at, end);
        if (valueEnd < 0) {
            throw malformed(-1 - valueEnd);
        }
        at = valueEnd;
        first = false;
        return Bytes.wrap(text, from, at - from);
    }

    /** The text that stands here, as UTF-8. */
    Bytes utf8() {
        Bytes quoted = quoted();
        byte[] array = quoted.array();
        for (int i = quoted.offset(), to = i + quoted.length(); i < to; i++) {
            if (array[i] == '\\') {
                return Keys.ofText(unescaped(array, quoted.offset(), to));
            }
        }
        return quoted;
    }

    /** The text that stands here. */
    String text() {
        Bytes quoted = quoted();
        return unescaped(quoted.array(), quoted.offset(), quoted.offset() + quoted.length());
    }

    boolean truth() {
        Bytes value = value();
        return switch (value.toUtf8()) {
            case "true" -> true;
            case "false" -> false;
            default -> throw invalid(value.offset(), "true or false is expected");
        };
    }

    /** Passes over a null, if one stands here. */
    boolean takeNull() {
        skipSpace();
        if (at < end && text[at] == 'n') {
            value();
            return true;
        }
        return false;
    }

    private Bytes quoted() {
        skipSpace();
        if (at == end || text[at] != '"') {
            throw invalid(at, "a text is expected");
        }
        Bytes plain = plainText();
        if (plain != null) {
            return plain;
        }
        Bytes whole = value();
        return whole.slice(1, whole.length() - 1);
    }

    /** A text without escapes, as nearly all are; null leaves it to the full check. */
    private Bytes plainText() {
        for (int i = at + 1; i < end; i++) {
            byte b = text[i];
            if (b == '"') {
                Bytes plain = Bytes.wrap(text, at + 1, i - at - 1);
                at = i + 1;
                first = false;
                return plain;
            }
            if (b == '\\' || b >= 0 && b < ' ') {
                return null;
            }
        }
        return null;
    }

    private static String unescaped(byte[] array, int from, int to) {
        StringBuilder result = null;
        int plainFrom = from;
        for (int i = from; i < to; i++) {
            if (array[i] != '\\') {
                continue;
            }
            if (result == null) {
                result = new StringBuilder(to - from);
            }
            result.append(utf8(array, plainFrom, i));
            i++;
            if (array[i] == 'u') {
                String hex = new String(array, i + 1, 4, StandardCharsets.ISO_8859_1);
                result.append((char) Integer.parseInt(hex, 16));
                i += 4;
            } else {
                result.append(escaped(array[i]));
            }
            plainFrom = i + 1;
        }
        String rest = utf8(array, plainFrom, to);
        return result == null ? rest : result.append(rest).toString();
    }

    private static String utf8(byte[] array, int from, int to) {
        return new String(array, from, to - from, StandardCharsets.UTF_8);
    }

    private static char escaped(byte c) {
        return switch (c) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> (char) c;
        };
    }

    private void begin(char bracket, String expected) {
        skipSpace();
        if (at == end || text[at] != bracket) {
            throw invalid(at, expected + " is expected");
        }
        at++;
        first = true;
    }

    /** Takes the closing bracket if it stands here, else the comma before a further part. */
    private boolean endOr(char bracket) {
        skipSpace();
        if (at == end) {
            throw malformed(at);
        }
        if (text[at] == bracket) {
            at++;
            first = false;
            return true;
        }
        if (!first) {
            if (text[at] != ',') {
                throw malformed(at);
            }
            at++;
            skipSpace();
        }
        first = false;
        return false;
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

    private EblaException malformed(int offset) {
        return invalid(offset, "the document is no JSON here");
    }

    private EblaException invalid(int offset, String detail) {
        return Problems.invalid("byte " + (offset - start) + ": " + detail);
    }

    /** A copy that does not keep a whole document alive. */
    static Bytes copied(Bytes slice) {
        return Bytes.wrap(
                Arrays.copyOfRange(slice.array(), slice.offset(), slice.offset() + slice.length()));
    }
}
