package io.ebla.tabletserver.tablet;

import io.ebla.core.key.Bytes;
import io.ebla.core.oplog.IdempotencyId;
import java.util.List;
import java.util.Objects;

/**
 * One atomic write: all operations or none, every condition judged on the state before it.
 *
 * @param operations at least one, each on another row
 * @param copies how many replicas the answer waits for, the master counted; {@link #QUORUM} or
 *     {@link #ALL} resolve against the replica set
 * @param revertOnTimeout whether the write is taken back, if it can be, when the caller stops waiting
 *     before a quorum holds it (W5)
 * @param deadlineNanos monotonic time at which the caller stops waiting
 * @param principal who asks, "" when nobody is authenticated
 * @param idempotency null when the request carries no Idempotency-Key
 * @param fingerprint hash of the request, 16 bytes; null without idempotency
 */
public record WriteRequest(
        List<RowOperation> operations,
        int copies,
        boolean revertOnTimeout,
        long deadlineNanos,
        String principal,
        IdempotencyId idempotency,
        Bytes fingerprint) {

    public static final int QUORUM = 0;
    public static final int ALL = -1;

    public WriteRequest {
        operations = List.copyOf(operations);
        Objects.requireNonNull(principal);
        if (operations.isEmpty()) {
            throw new IllegalArgumentException("a write without operations");
        }
        if ((idempotency == null) != (fingerprint == null)) {
            throw new IllegalArgumentException("idempotency and fingerprint go together");
        }
    }

    /** A write that stays, whatever becomes of its wait. */
    public WriteRequest(
            List<RowOperation> operations,
            int copies,
            long deadlineNanos,
            String principal,
            IdempotencyId idempotency,
            Bytes fingerprint) {
        this(operations, copies, false, deadlineNanos, principal, idempotency, fingerprint);
    }

    /** Whether the row before an operation is needed with its value: to be judged, or to be put back. */
    boolean needsWhole(RowOperation operation) {
        return revertOnTimeout || operation.condition() != RowCondition.ALWAYS;
    }

    /** A rough size in memory, for the bounds of queues. */
    public long sizeBytes() {
        long bytes = 0;
        for (RowOperation operation : operations) {
            bytes += 128L + operation.key().encoded().length();
            if (operation instanceof RowOperation.Put put) {
                bytes += put.value().length();
            }
        }
        return bytes;
    }
}
