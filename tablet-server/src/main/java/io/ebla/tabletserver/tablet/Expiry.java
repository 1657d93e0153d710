package io.ebla.tabletserver.tablet;

import io.ebla.core.oplog.Mutation;
import io.ebla.core.row.Row;
import java.util.OptionalLong;

/**
 * Background expiry of one tablet (T3): when the next EXPIRE is due, and the barrier around it.
 *
 * <p>An EXPIRE says "the first maxRows records that expired by then", so nobody knows which rows it
 * removes before it is applied. At most one is in flight, and while it is, a write that touches a row
 * or record it may remove waits: else that write's Replaced would name a row that is gone, and counts
 * would drift. Writer only.
 */
final class Expiry {

    private static final long NONE = Long.MIN_VALUE;

    private final long intervalNanos;
    private final int rows;
    private long pendingBefore = NONE;
    private long nextAtNanos;
    private boolean ran;

    Expiry(TabletSettings settings) {
        this.intervalNanos = settings.expiryIntervalMillis() * 1_000_000L;
        this.rows = settings.expiryRows();
    }

    /** Whether one may be appended now. */
    boolean due(OptionalLong earliestExpiry, long nowMillis, long nowNanos) {
        return pendingBefore == NONE
                && (!ran || nowNanos - nextAtNanos >= 0)
                && earliestExpiry.isPresent()
                && earliestExpiry.getAsLong() <= nowMillis;
    }

    Mutation.Expire begin(long nowMillis, long nowNanos) {
        pendingBefore = nowMillis;
        nextAtNanos = nowNanos + intervalNanos;
        ran = true;
        return new Mutation.Expire(nowMillis, rows);
    }

    /** It was applied, or never appended. */
    void end() {
        pendingBefore = NONE;
    }

    boolean pending() {
        return pendingBefore != NONE;
    }

    boolean mayRemove(Row row) {
        return pendingBefore != NONE
                && row != null
                && row.expiresAt() != 0
                && row.expiresAt() <= pendingBefore;
    }

    boolean mayRemoveRecord(long expiresAt) {
        return pendingBefore != NONE && expiresAt <= pendingBefore;
    }
}
