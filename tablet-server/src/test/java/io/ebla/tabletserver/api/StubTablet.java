package io.ebla.tabletserver.api;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.tabletserver.tablet.Position;
import io.ebla.tabletserver.tablet.ReadLevel;
import io.ebla.tabletserver.tablet.ReadResult;
import io.ebla.tabletserver.tablet.Reply;
import io.ebla.tabletserver.tablet.RowTablet;
import io.ebla.tabletserver.tablet.TabletScan;
import io.ebla.tabletserver.tablet.WriteAnswer;
import io.ebla.tabletserver.tablet.WriteRequest;
import io.ebla.tabletserver.tablet.WriteResult;
import java.util.List;
import java.util.concurrent.Executor;

/** A tablet of a range that does nothing: a test says what it does of what is asked for. */
abstract class StubTablet implements RowTablet {

    private final TabletId id;
    private final KeyRange range;

    /** @param to the first pk above it */
    StubTablet(long id, String from, String to) {
        this.id = new TabletId(id);
        this.range = KeyRange.ofPks(Bytes.utf8(from), Bytes.utf8(to));
    }

    @Override
    public final TabletId id() {
        return id;
    }

    @Override
    public final KeyRange range() {
        return range;
    }

    @Override
    public long nowMillis() {
        return 0;
    }

    @Override
    public void write(WriteRequest request, Executor replyOn, Reply<WriteResult> reply) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void writeAll(
            List<WriteRequest> requests, Executor replyOn, Reply<List<WriteAnswer>> reply) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void get(
            RowKey key,
            ReadLevel level,
            Position atLeast,
            long deadlineNanos,
            Executor replyOn,
            Reply<ReadResult> reply) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void scan(
            KeyRange wanted,
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
