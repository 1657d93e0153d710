package io.ebla.client;

import io.ebla.core.key.RowKey;
import java.time.Instant;
import java.util.Optional;

/**
 * A row as the server has it.
 *
 * @param value absent when values were not asked for
 * @param version opaque; names this state of the row and no other
 * @param updatedAt to the second when it came from a single {@code get}, else to the millisecond
 */
public record StoredRow(
        RowKey key,
        Optional<Value> value,
        String version,
        Optional<Instant> createdAt,
        Optional<Instant> updatedAt,
        Optional<Instant> expiresAt) {

    /** The row in the JSON form in which ranges show it, on one line. */
    public byte[] json() {
        return Json.row(this);
    }
}
