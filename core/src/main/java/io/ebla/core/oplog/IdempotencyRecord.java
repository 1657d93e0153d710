package io.ebla.core.oplog;

import io.ebla.core.key.Bytes;
import java.util.Objects;

/**
 * What a tablet remembers of an idempotent write, to answer a repetition as it answered the first.
 *
 * @param id which request
 * @param fingerprint a hash of what was asked, 16 bytes; another one under the same id is refused
 * @param answer the answer in the pipeline's own encoding; opaque to log and store
 * @param expiresAt when it may be forgotten, ms since the epoch, by entry timestamps
 */
public record IdempotencyRecord(IdempotencyId id, Bytes fingerprint, Bytes answer, long expiresAt) {

    public IdempotencyRecord {
        Objects.requireNonNull(id);
        Objects.requireNonNull(fingerprint);
        Objects.requireNonNull(answer);
        if (expiresAt <= 0) {
            throw new IllegalArgumentException("an idempotency record must expire");
        }
    }
}
