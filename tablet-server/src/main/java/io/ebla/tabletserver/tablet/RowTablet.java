package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * One tablet as its callers see it, wherever its replica is: a key range that takes writes and answers
 * reads. Any thread may call; nothing here blocks, and every answer comes exactly once.
 */
public interface RowTablet {

    TabletId id();

    KeyRange range();

    /** Clock of this tablet: rows with {@code expiresAt <= nowMillis()} do not exist (T1). */
    long nowMillis();

    /** The reply is called on {@code replyOn}, those of one group in one task. */
    void write(WriteRequest request, Executor replyOn, Reply<WriteResult> reply);

    /**
     * Independent atomic writes handed over at once; those of one row take effect in their order. The
     * reply has one answer for each request, in order, and never a failure.
     */
    void writeAll(List<WriteRequest> requests, Executor replyOn, Reply<List<WriteAnswer>> reply);

    /**
     * Reads one row. The reply comes on the caller's thread, before this returns, when memory has the
     * answer; else on {@code replyOn}.
     *
     * @param atLeast position of a {@code SESSION} read, else null
     */
    void get(
            RowKey key,
            ReadLevel level,
            Position atLeast,
            long deadlineNanos,
            Executor replyOn,
            Reply<ReadResult> reply);

    /**
     * Opens one consistent view of the rows in a range, cut to this tablet's own. The caller closes
     * the scan, and reads it on {@link TabletHost#readExecutor()} only.
     *
     * @param withValues false leaves large values unread: rows come with a null value
     * @param atLeast position of a {@code SESSION} read, else null
     */
    void scan(
            KeyRange wanted,
            boolean descending,
            boolean withValues,
            ReadLevel level,
            Position atLeast,
            long deadlineNanos,
            Executor replyOn,
            Reply<TabletScan> reply);
}
