package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import java.util.List;
import java.util.concurrent.Executor;

/** One tablet as its callers see it: a key range that takes writes and answers reads. */
public final class Tablet {

    Tablet() {}

    public TabletId id() {
        throw new UnsupportedOperationException();
    }

    public KeyRange range() {
        throw new UnsupportedOperationException();
    }

    /** Clock of this tablet: rows with {@code expiresAt <= nowMillis()} do not exist (T1). */
    public long nowMillis() {
        throw new UnsupportedOperationException();
    }

    /** The reply is called on {@code replyOn}, those of one group in one task. Never blocks. */
    public void write(WriteRequest request, Executor replyOn, Reply<WriteResult> reply) {
        throw new UnsupportedOperationException();
    }

    /**
     * Independent atomic writes handed over at once; those of one row take effect in their order. The
     * reply has one answer for each request, in order, and never a failure. Never blocks.
     */
    public void writeAll(
            List<WriteRequest> requests, Executor replyOn, Reply<List<WriteAnswer>> reply) {
        throw new UnsupportedOperationException();
    }

    /**
     * Reads one row. The reply comes on the caller's thread, before this returns, when memory has the
     * answer; else on {@code replyOn}. Never blocks.
     *
     * @param atLeast position of a {@code SESSION} read, else null
     */
    public void get(
            RowKey key,
            ReadLevel level,
            Position atLeast,
            long deadlineNanos,
            Executor replyOn,
            Reply<ReadResult> reply) {
        throw new UnsupportedOperationException();
    }

    /**
     * Opens one consistent view of the rows in a range, cut to this tablet's own. The caller closes
     * the scan, and reads it on {@link TabletHost#readExecutor()} only. Never blocks.
     *
     * @param withValues false leaves large values unread: rows come with a null value
     * @param atLeast position of a {@code SESSION} read, else null
     */
    public void scan(
            KeyRange range,
            boolean descending,
            boolean withValues,
            ReadLevel level,
            Position atLeast,
            long deadlineNanos,
            Executor replyOn,
            Reply<TabletScan> reply) {
        throw new UnsupportedOperationException();
    }
}
