package io.ebla.tabletserver.condition;

import io.ebla.core.key.Bytes;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/**
 * A reader of JSON that has been validated when it was written: it finds where values begin and end
 * and makes only those that are asked for, one level at a time, each charged to the evaluation.
 *
 * <p>It never trusts its input: text that is no JSON is an {@link EvaluationError}.
 */
final class JsonText {

    private static final int NUMBER_LENGTH_MAX = 1000;

    private final byte[] array;
    private final int end;
    private int at;

    JsonText(byte[] array, int from, int end) {
        this.array = array;
        this.at = from;
        this.end = end;
    }

    /** The value that the bytes are; containers stay unread until they are looked into. */
    static Object valueOf(Bytes bytes, Evaluation evaluation) {
        int from = bytes.offset();
        return valueOf(bytes.array(), from, from + bytes.length(), evaluation);
    }

    static Object valueOf(byte[] array, int from, int end, Evaluation evaluation) {
        JsonText text = new JsonText(array, from, end);
        text.skipSpace();
        return switch (text.peek()) {
            case '{' -> new JsonObject(array, text.at, end, evaluation);
            case '[' -> new JsonArray(array, text.at, end, evaluation);
            case '"' -> {
                evaluation.chargeText(end - text.at);
                yield text.string();
            }
            case 't' -> text.literal("true", Boolean.TRUE);
            case 'f' -> text.literal("false", Boolean.FALSE);
            case 'n' -> text.literal("null", null);
            default -> text.number();
        };
    }

    int position() {
        return at;
    }

    int peek() {
        if (at >= end) {
            throw malformed();
        }
        return array[at];
    }

    void expect(char expected) {
        if (peek() != expected) {
            throw malformed();
        }
        at++;
    }

    /** Takes the character if it stands here. */
    boolean take(char wanted) {
        if (at < end && array[at] == wanted) {
            at++;
            return true;
        }
        return false;
    }

    void skipSpace() {
        while (at < end && array[at] <= ' ' && array[at] >= 0) {
            at++;
        }
    }

    /** Passes over one whole value without making it; takes no stack however deep it is. */
    void skipValue() {
        int depth = 0;
        do {
            int c = peek();
            if (c == '"') {
                skipString();
            } else if (c == '{' || c == '[') {
                depth++;
                at++;
            } else if (c == '}' || c == ']') {
                depth--;
                at++;
            } else if (c == ',' || c == ':' || (c <= ' ' && c >= 0)) {
                at++;
            } else {
                skipScalar();
            }
        } while (depth > 0);
        if (depth < 0) {
            throw malformed();
        }
    }

    private void skipScalar() {
        int from = at;
        while (at < end && isScalar(array[at])) {
            at++;
        }
        if (at == from) {
            throw malformed();
        }
    }

    private static boolean isScalar(byte c) {
        return (c >= '0' && c <= '9')
                || (c >= 'a' && c <= 'z')
                || c == '-'
                || c == '+'
                || c == '.'
                || c == 'E';
    }

    private void skipString() {
        expect('"');
        while (at < end) {
            byte c = array[at++];
            if (c == '"') {
                return;
            }
            if (c == '\\') {
                at++;
            }
        }
        throw malformed();
    }

    String string() {
        int from = at + 1;
        skipString();
        int to = at - 1;
        for (int i = from; i < to; i++) {
            if (array[i] == '\\') {
                return unescaped(from, to);
            }
        }
        return new String(array, from, to - from, StandardCharsets.UTF_8);
    }

    private String unescaped(int from, int to) {
        StringBuilder text = new StringBuilder(to - from);
        int plainFrom = from;
        for (int i = from; i < to; i++) {
            if (array[i] != '\\') {
                continue;
            }
            text.append(new String(array, plainFrom, i - plainFrom, StandardCharsets.UTF_8));
            i++;
            if (array[i] == 'u') {
                text.append(hexCharacter(i + 1, to));
                i += 4;
            } else {
                text.append(escaped(array[i]));
            }
            plainFrom = i + 1;
        }
        return text.append(new String(array, plainFrom, to - plainFrom, StandardCharsets.UTF_8))
                .toString();
    }

    private char hexCharacter(int from, int to) {
        if (from + 4 > to) {
            throw malformed();
        }
        int unit = 0;
        for (int i = from; i < from + 4; i++) {
            int digit = Character.digit(array[i], 16);
            if (digit < 0) {
                throw malformed();
            }
            unit = unit << 4 | digit;
        }
        return (char) unit;
    }

    private static char escaped(byte c) {
        return switch (c) {
            case '"', '\\', '/' -> (char) c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> throw malformed();
        };
    }

    private Object literal(String word, Object value) {
        int from = at;
        skipScalar();
        if (!word.equals(new String(array, from, at - from, StandardCharsets.ISO_8859_1))) {
            throw malformed();
        }
        return value;
    }

    /** Integers as ints of any size, everything with a point or an exponent as a double. */
    private Object number() {
        int from = at;
        skipScalar();
        if (at - from > NUMBER_LENGTH_MAX) {
            throw new EvaluationError("a number of " + (at - from) + " characters");
        }
        String text = new String(array, from, at - from, StandardCharsets.ISO_8859_1);
        try {
            if (text.indexOf('.') >= 0 || text.indexOf('e') >= 0 || text.indexOf('E') >= 0) {
                return Double.valueOf(text);
            }
            return text.length() < 19
                    ? (Object) Long.valueOf(text)
                    : Numbers.of(new BigInteger(text));
        } catch (NumberFormatException notANumber) {
            throw malformed();
        }
    }

    static EvaluationError malformed() {
        return new EvaluationError("malformed JSON");
    }
}
