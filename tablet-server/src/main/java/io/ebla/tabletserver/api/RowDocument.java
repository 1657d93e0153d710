package io.ebla.tabletserver.api;

import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import java.util.Arrays;
import java.util.Base64;

/**
 * A row as a JSON document names and describes it, in batches, lists of keys and bulk lines: collected
 * member by member, then asked for what it means.
 *
 * <p>Used by one thread, for one row.
 */
final class RowDocument {

    private Bytes pk;
    private Bytes pkBase64;
    private Bytes sk;
    private Bytes skBase64;
    private Bytes data;
    private Bytes base64;
    private String contentType;
    private String ttl;

    /** Reads an object that names a row and no more. */
    static RowDocument keyOnly(JsonReader reader) {
        RowDocument row = new RowDocument();
        reader.beginObject();
        for (String name = reader.nextName(); name != null; name = reader.nextName()) {
            if (!row.takeKey(name, reader)) {
                throw unknown(name);
            }
        }
        return row;
    }

    /** Reads an object that names a row and says what it is to hold. */
    static RowDocument whole(JsonReader reader) {
        RowDocument row = new RowDocument();
        reader.beginObject();
        for (String name = reader.nextName(); name != null; name = reader.nextName()) {
            if (!row.takeKey(name, reader) && !row.takeValue(name, reader)) {
                throw unknown(name);
            }
        }
        return row;
    }

    static EblaException unknown(String name) {
        return new EblaException(ErrorCode.UNKNOWN_OPTION, "unknown member '" + name + "'");
    }

    static void once(String name, Object before) {
        if (before != null) {
            throw Problems.invalid("member '" + name + "' is given twice");
        }
    }

    /** Takes the value of a member that is part of the key; false when it is none. */
    boolean takeKey(String name, JsonReader reader) {
        switch (name) {
            case "pk" -> {
                once(name, pk);
                pk = reader.utf8();
            }
            case "sk" -> {
                once(name, sk);
                sk = reader.takeNull() ? null : reader.utf8();
            }
            case "pkBase64" -> {
                once(name, pkBase64);
                pkBase64 = reader.utf8();
            }
            case "skBase64" -> {
                once(name, skBase64);
                skBase64 = reader.utf8();
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Takes the value of a member that is part of what the row holds; false when it is none. */
    boolean takeValue(String name, JsonReader reader) {
        switch (name) {
            case "data" -> {
                once(name, data);
                data = reader.value();
            }
            case "base64" -> {
                once(name, base64);
                base64 = reader.utf8();
            }
            case "contentType" -> {
                once(name, contentType);
                contentType = reader.takeNull() ? null : reader.text();
            }
            case "ttl" -> {
                once(name, ttl);
                ttl = reader.takeNull() ? null : reader.text();
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    RowKey key(Keys keys) {
        if (pk != null && pkBase64 != null || sk != null && skBase64 != null) {
            throw Problems.invalid("a part of the key is given as text and as base64");
        }
        if (pk == null && pkBase64 == null) {
            throw Problems.invalid("there is no pk");
        }
        Bytes sort = skBase64 == null ? sk : decoded("skBase64", skBase64);
        return keys.checked(pk == null ? decoded("pkBase64", pkBase64) : pk, sort);
    }

    boolean holdsNothing() {
        return data == null && base64 == null && contentType == null && ttl == null;
    }

    boolean hasTtl() {
        return ttl != null;
    }

    String contentType() {
        if (data == null) {
            return contentType == null ? MediaTypes.OCTET_STREAM : MediaTypes.ofValue(contentType);
        }
        if (contentType == null) {
            return Answer.JSON;
        }
        if (!MediaTypes.isJson(contentType)) {
            throw Problems.invalid("data is JSON and cannot have the content type " + contentType);
        }
        return MediaTypes.ofValue(contentType);
    }

    /** The value's bytes; {@code data} as the slice of the document that it is. */
    Bytes value(ApiLimits limits) {
        if ((data == null) == (base64 == null)) {
            throw Problems.invalid(
                    data == null
                            ? "there is neither data nor base64"
                            : "there are both data and base64");
        }
        Bytes value = data;
        if (value == null) {
            value = decoded("base64", base64);
            RowWrite.requireJson(contentType(), value);
        }
        if (value.length() > limits.valueBytes()) {
            throw new EblaException(
                    ErrorCode.TOO_LARGE,
                    "the value has " + value.length() + " bytes, more than " + limits.valueBytes());
        }
        return value;
    }

    /** Its lifetime in ms, 0 for never. @param otherwise that of a row that says nothing */
    long ttlMillis(long otherwise) {
        return ttl == null ? otherwise : WriteOptions.ttlMillis(ttl);
    }

    /** The lifetime of a row that says nothing, from the table. */
    long ttlMillis(TableDescriptor table) {
        return ttlMillis(table.ttlMillis());
    }

    /** Standard base64 with its padding, in its one canonical form. */
    private static Bytes decoded(String name, Bytes text) {
        try {
            byte[] encoded = text.toArray();
            byte[] decoded = Base64.getDecoder().decode(encoded);
            if (encoded.length % 4 == 0 && sameEnd(encoded, decoded)) {
                return Bytes.wrap(decoded);
            }
        } catch (IllegalArgumentException malformed) {
            throw Problems.invalid(name + " is no base64: " + malformed.getMessage());
        }
        throw Problems.invalid(name + " is no base64 in its padded, canonical form");
    }

    /** Whether the last group is what its bytes encode to: no stray bits. */
    private static boolean sameEnd(byte[] encoded, byte[] decoded) {
        int tail = decoded.length % 3;
        if (tail == 0) {
            return true;
        }
        byte[] last = Arrays.copyOfRange(decoded, decoded.length - tail, decoded.length);
        return Arrays.equals(
                Base64.getEncoder().encode(last),
                Arrays.copyOfRange(encoded, encoded.length - 4, encoded.length));
    }
}
