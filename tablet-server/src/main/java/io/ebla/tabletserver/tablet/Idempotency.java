package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.Bytes;
import io.ebla.core.oplog.IdempotencyId;
import io.ebla.core.oplog.IdempotencyRecord;
import java.util.HashMap;
import java.util.Map;

/**
 * The idempotency records that are still pending: a repetition of a request in flight finds the entry
 * it has to wait for (W4). Writer only; bounded by the groups in flight.
 */
final class Idempotency {

    /**
     * @param entry carries the record
     * @param answer what the first request is told once the entry is committed; null when the entry
     *     takes the request back (W5)
     */
    record Pending(IdempotencyRecord memo, PendingEntry entry, WriteResult answer) {}

    private final Map<IdempotencyId, Pending> pending = new HashMap<>();

    Pending pending(IdempotencyId id) {
        return pending.isEmpty() ? null : pending.get(id);
    }

    void add(IdempotencyRecord memo, PendingEntry entry, WriteResult answer) {
        entry.remembers(memo.id());
        pending.put(memo.id(), new Pending(memo, entry, answer));
    }

    /** The entry is applied, refused, or lost with the disk: its record is the store's, or nobody's. */
    void remove(PendingEntry entry) {
        if (entry.idempotency() != null) {
            Pending known = pending.get(entry.idempotency());
            if (known != null && known.entry() == entry) {
                pending.remove(entry.idempotency());
            }
        }
    }

    void clear() {
        pending.clear();
    }

    /** Whether a record answers this request; another request under the same key is refused. */
    static boolean sameRequest(IdempotencyRecord memo, Bytes fingerprint) {
        return memo.fingerprint().equals(fingerprint);
    }

    static EblaException keyReused(IdempotencyId id) {
        return new EblaException(
                        ErrorCode.IDEMPOTENCY_KEY_REUSED,
                        "Idempotency-Key '" + id.key() + "' was used for another request")
                .withOutcome(Outcome.NOT_APPLIED);
    }

    /** The first answer, as a repetition receives it. */
    static WriteResult replay(WriteResult answer) {
        return new WriteResult(
                answer.outcome(),
                answer.copies(),
                answer.replicas(),
                answer.position(),
                true,
                answer.operations());
    }
}
