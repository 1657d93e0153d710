package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;

/**
 * Row keys as requests write them: checked against the limits of a key, and, in a path, decoded from
 * the raw form, in which {@code ;}, {@code +} and {@code %2F} are ordinary bytes.
 */
final class Keys {

    private final int maxPartBytes;

    Keys(ApiLimits limits) {
        this.maxPartBytes = limits.keyPartBytes();
    }

    /** The key whose parts start at {@code from} of a raw path: {@code pk} or {@code pk/sk}. */
    RowKey fromPath(String rawPath, int from) {
        int slash = rawPath.indexOf('/', from);
        if (slash < 0) {
            return RowKey.of(pathPart(rawPath, from, rawPath.length()));
        }
        if (rawPath.indexOf('/', slash + 1) >= 0) {
            throw invalid(
                    rawPath.endsWith("/")
                            ? "the path ends with a slash"
                            : "a key has at most two parts; write a slash within one as %2F");
        }
        return RowKey.of(
                pathPart(rawPath, from, slash), pathPart(rawPath, slash + 1, rawPath.length()));
    }

    private Bytes pathPart(String rawPath, int from, int to) {
        if (from == to) {
            throw invalid("a part of the key is empty");
        }
        Bytes part = PercentDecoding.decode(rawPath, from, to, false);
        if (isDots(part)) {
            throw invalid("'" + part.toUtf8() + "' cannot be part of a path; use the JSON forms");
        }
        return checkedPart(part);
    }

    private static boolean isDots(Bytes part) {
        return part.length() <= 2 && part.at(0) == '.' && (part.length() == 1 || part.at(1) == '.');
    }

    /** A key from a body or a query, checked. @param sk null when there is none */
    RowKey checked(Bytes pk, Bytes sk) {
        checkedPart(pk);
        return sk == null ? RowKey.of(pk) : RowKey.of(pk, checkedPart(sk));
    }

    /** The UTF-8 of a text from JSON, where a lone surrogate may be written and is refused. */
    static Bytes ofText(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            if (Character.isLowSurrogate(c)
                    || i + 1 == text.length()
                    || !Character.isLowSurrogate(text.charAt(++i))) {
                throw invalid("a part of the key is not UTF-8: it has half a surrogate pair");
            }
        }
        return Bytes.utf8(text);
    }

    /** @throws EblaException when the part is empty or too long */
    Bytes checkedPart(Bytes part) {
        if (part.isEmpty()) {
            throw invalid("a part of the key is empty");
        }
        if (part.length() > maxPartBytes) {
            throw invalid(
                    "a part of the key has " + part.length() + " bytes, more than " + maxPartBytes);
        }
        return part;
    }

    private static EblaException invalid(String detail) {
        return new EblaException(ErrorCode.INVALID_ARGUMENT, detail);
    }
}
