package io.ebla.tabletserver.condition;

import io.ebla.core.key.Bytes;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** The language's conversions between types, {@code size} and {@code type}. */
final class Conversions {

    private static final int NUMBER_COST = 4;
    private static final int NUMBER_TEXT_MAX = 64;

    private Conversions() {}

    static Object toInt(Evaluation evaluation, Object value) {
        evaluation.charge(NUMBER_COST);
        if (Numbers.isInt(value)) {
            return value;
        }
        if (value instanceof Double real) {
            return Numbers.truncate(real);
        }
        if (value instanceof Instant instant) {
            return instant.getEpochSecond();
        }
        if (value instanceof String text && text.length() <= NUMBER_TEXT_MAX) {
            try {
                return Numbers.of(new BigInteger(text));
            } catch (NumberFormatException notANumber) {
                throw new EvaluationError("not an integer");
            }
        }
        throw new EvaluationError("not an integer");
    }

    static Object toUint(Evaluation evaluation, Object value) {
        Object integer = toInt(evaluation, value);
        if (Numbers.compare(integer, 0L) < 0) {
            throw new EvaluationError("a negative number is no uint");
        }
        return integer;
    }

    static Object toDouble(Evaluation evaluation, Object value) {
        evaluation.charge(NUMBER_COST);
        if (value instanceof String text && text.length() <= NUMBER_TEXT_MAX) {
            try {
                return Double.valueOf(text.trim());
            } catch (NumberFormatException notANumber) {
                throw new EvaluationError("not a number");
            }
        }
        return Numbers.real(value);
    }

    static Object toBool(Object value) {
        if (value instanceof Boolean) {
            return value;
        }
        if (value instanceof String text) {
            switch (text) {
                case "1", "t", "T", "true", "TRUE", "True":
                    return Boolean.TRUE;
                case "0", "f", "F", "false", "FALSE", "False":
                    return Boolean.FALSE;
                default:
                    break;
            }
        }
        throw new EvaluationError("not a bool");
    }

    static Object toText(Evaluation evaluation, Object value) {
        evaluation.charge(NUMBER_COST);
        if (value instanceof String) {
            return value;
        }
        if (value instanceof BigInteger big) {
            evaluation.charge(big.bitLength());
        }
        if (value instanceof Double real && real == Math.rint(real) && Math.abs(real) < 1e15) {
            return Long.toString(real.longValue());
        }
        if (value instanceof Number || value instanceof Boolean || value instanceof Instant) {
            return value.toString();
        }
        if (value instanceof Duration duration) {
            return Times.text(duration);
        }
        if (value instanceof Bytes bytes) {
            return decoded(evaluation, bytes);
        }
        throw new EvaluationError("no text");
    }

    private static String decoded(Evaluation evaluation, Bytes bytes) {
        evaluation.chargeText(bytes.length());
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.array(), bytes.offset(), bytes.length()))
                    .toString();
        } catch (CharacterCodingException notText) {
            throw new EvaluationError("not UTF-8");
        }
    }

    static Object toBytes(Evaluation evaluation, Object value) {
        if (value instanceof String text) {
            evaluation.chargeText(text.length());
            return Bytes.utf8(text);
        }
        if (value instanceof Bytes) {
            return value;
        }
        throw new EvaluationError("no bytes");
    }

    /** Of a text in characters (code points), of bytes, lists and maps in elements. */
    static Object size(Evaluation evaluation, Object value) {
        if (value instanceof String text) {
            evaluation.chargeText(text.length());
            return (long) text.codePointCount(0, text.length());
        }
        if (value instanceof Bytes bytes) {
            return (long) bytes.length();
        }
        if (value instanceof List<?> list) {
            return (long) list.size();
        }
        if (value instanceof Map<?, ?> map) {
            return (long) map.size();
        }
        throw new EvaluationError("no size");
    }

    static TypeName type(Object value) {
        return new TypeName(nameOfType(value));
    }

    private static String nameOfType(Object value) {
        if (value == null) {
            return "null_type";
        }
        if (value instanceof Boolean) {
            return "bool";
        }
        if (value instanceof Number) {
            return value instanceof Double ? "double" : "int";
        }
        if (value instanceof String) {
            return "string";
        }
        if (value instanceof Bytes) {
            return "bytes";
        }
        if (value instanceof List) {
            return "list";
        }
        if (value instanceof Map) {
            return "map";
        }
        if (value instanceof Instant) {
            return "google.protobuf.Timestamp";
        }
        return value instanceof Duration ? "google.protobuf.Duration" : "type";
    }
}
