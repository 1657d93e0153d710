package io.ebla.tabletserver.api;

import io.ebla.core.cluster.TableName;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;

/**
 * Where a range stopped, as text that only the same query takes up again: the last key, behind a hash
 * of everything that decides which rows follow it.
 */
final class RangeCursor {

    private static final byte FORMAT = 1;
    private static final int HASH_BYTES = 8;
    private static final int KEY_AT = 1 + HASH_BYTES;

    private final byte[] hash;

    /** @param ifText null when there is no condition */
    RangeCursor(String use, TableName table, KeyRange range, boolean descending, String ifText) {
        Bytes fingerprint =
                new Fingerprint()
                        .part(use)
                        .part(table.value())
                        .part(range.from())
                        .part(range.to())
                        .part(descending ? "desc" : "asc")
                        .part(ifText)
                        .bytes();
        this.hash = Arrays.copyOf(fingerprint.toArray(), HASH_BYTES);
    }

    String after(RowKey last) {
        ByteBuffer bytes = ByteBuffer.allocate(KEY_AT + last.encoded().length());
        bytes.put(FORMAT).put(hash);
        last.encoded().putTo(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /**
     * The part of a range that is still to come.
     *
     * @throws EblaException {@code cursor_mismatch} for a cursor of another query, or none at all
     */
    KeyRange rest(String text, KeyRange range, boolean descending) {
        RowKey last = last(text);
        if (last == null || !range.contains(last)) {
            throw new EblaException(
                    ErrorCode.CURSOR_MISMATCH, "the cursor is not one of this query");
        }
        return beyond(range, last, descending);
    }

    /** What follows a row within a range. */
    static KeyRange beyond(KeyRange range, RowKey last, boolean descending) {
        Bytes key = last.encoded();
        return descending
                ? new KeyRange(range.from(), key)
                : new KeyRange(
                        Bytes.wrap(
                                Arrays.copyOfRange(
                                        key.toArray(), 0, key.length() + 1)), // 00 behind it
                        range.to());
    }

    private RowKey last(String text) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(text);
            if (bytes.length <= KEY_AT
                    || bytes[0] != FORMAT
                    || !Arrays.equals(bytes, 1, KEY_AT, hash, 0, HASH_BYTES)) {
                return null;
            }
            return RowKey.decode(Bytes.wrap(bytes, KEY_AT, bytes.length - KEY_AT));
        } catch (IllegalArgumentException malformed) {
            return null;
        }
    }
}
