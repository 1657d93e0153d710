package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import java.util.List;
import java.util.concurrent.Executor;

/** A tablet as clients see it, between them and the real one, to play one that lacks a rule. */
class PlayedTablet implements RowTablet {

    final GroupNode node;
    final RowTablet real;

    PlayedTablet(GroupNode node, RowTablet real) {
        this.node = node;
        this.real = real;
    }

    /** At which level a read is really made. */
    ReadLevel level(ReadLevel asked, RowKey key) {
        return asked;
    }

    /** What a session read is really to see. */
    Position token(Position asked) {
        return asked;
    }

    @Override
    public TabletId id() {
        return real.id();
    }

    @Override
    public KeyRange range() {
        return real.range();
    }

    @Override
    public long nowMillis() {
        return real.nowMillis();
    }

    @Override
    public void write(WriteRequest request, Executor replyOn, Reply<WriteResult> reply) {
        real.write(request, replyOn, reply);
    }

    @Override
    public void writeAll(
            List<WriteRequest> requests, Executor replyOn, Reply<List<WriteAnswer>> reply) {
        real.writeAll(requests, replyOn, reply);
    }

    @Override
    public void get(
            RowKey key,
            ReadLevel level,
            Position atLeast,
            long deadlineNanos,
            Executor replyOn,
            Reply<ReadResult> reply) {
        real.get(key, level(level, key), token(atLeast), deadlineNanos, replyOn, reply);
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
        real.scan(
                wanted,
                descending,
                withValues,
                level(level, null),
                token(atLeast),
                deadlineNanos,
                replyOn,
                reply);
    }
}
