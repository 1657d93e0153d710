package io.ebla.core.row;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import java.util.Objects;

/**
 * One row as a store returns it.
 *
 * @param key its key
 * @param value its bytes, or null when it was read without its value
 * @param valueBytes the length of the value in bytes, known without reading it
 * @param contentType media type as the writer gave it, never null
 * @param version the write that made it
 * @param createdAt when the row came to exist, ms since the epoch
 * @param updatedAt when this version was written, ms since the epoch
 * @param expiresAt when it ceases to exist, ms since the epoch; 0 for never
 */
public record Row(
        RowKey key,
        Bytes value,
        int valueBytes,
        String contentType,
        RowVersion version,
        long createdAt,
        long updatedAt,
        long expiresAt) {

    public Row {
        Objects.requireNonNull(key);
        Objects.requireNonNull(contentType);
        Objects.requireNonNull(version);
        if (value != null && value.length() != valueBytes) {
            throw new IllegalArgumentException(
                    "value of " + value.length() + " bytes said to have " + valueBytes);
        }
    }

    /** Whether the row has ceased to exist at {@code nowMillis}: from that very millisecond on (T1). */
    public boolean expired(long nowMillis) {
        return expiresAt != 0 && expiresAt <= nowMillis;
    }

    /** The row's share of the tablet's size: key and value bytes. */
    public long sizeBytes() {
        return (long) key.encoded().length() + valueBytes;
    }
}
