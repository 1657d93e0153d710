package io.ebla.core.oplog;

import io.ebla.core.key.Bytes;
import java.util.Objects;

/**
 * Names an idempotent request: per pk, so that it splits with the rows, and per caller (W4).
 *
 * @param pk the raw partition key of the write
 * @param principal the caller, "" when nobody is authenticated
 * @param key the caller's Idempotency-Key, 1..128 characters
 */
public record IdempotencyId(Bytes pk, String principal, String key) {

    public IdempotencyId {
        Objects.requireNonNull(pk);
        Objects.requireNonNull(principal);
        if (key.isEmpty() || key.length() > 128) {
            throw new IllegalArgumentException(
                    "idempotency key of " + key.length() + " characters; 1..128 are allowed");
        }
    }
}
