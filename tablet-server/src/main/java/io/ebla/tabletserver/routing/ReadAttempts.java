package io.ebla.tabletserver.routing;

import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.RowKey;
import io.ebla.tabletserver.tablet.ReadLevel;
import io.ebla.tabletserver.tablet.Reply;
import io.ebla.tabletserver.tablet.RowTablet;
import java.util.concurrent.Executor;

/**
 * A read on its way to a replica. Reads may be repeated at will, so no place is waited for long: one that
 * says nothing may be cut off, and by then the map may name another.
 */
final class ReadAttempts<T> extends Attempts<T> {

    /** How long one place is waited for while the request's own deadline is further away. */
    private static final long PATIENCE_NANOS = 700_000_000;

    private final TabletDescriptor tablet;
    private final Read<T> read;
    private final RowKey key;

    /** @param key the row that is read; null for a range, which is divided by who reads it */
    ReadAttempts(
            Routing routing,
            TabletDescriptor tablet,
            RowKey key,
            ReadLevel level,
            long deadlineNanos,
            Executor replyOn,
            Read<T> read,
            Reply<T> reply) {
        super(routing, tablet, level, deadlineNanos, replyOn, reply);
        this.tablet = tablet;
        this.read = read;
        this.key = key;
    }

    @Override
    RoutedTablet successor() {
        RoutedTablet found = key == null ? null : routing().find(tablet.table(), key);
        return found == null || found.id().equals(tablet.id()) ? null : found;
    }

    @Override
    boolean mayRepeat(EblaException failure) {
        return isElsewhere(tablet, failure);
    }

    @Override
    void attempt(RowTablet place, Reply<T> ended) {
        long now = routing().clock().monotonicNanos();
        boolean cut = deadlineNanos() - now > PATIENCE_NANOS;
        read.of(
                place,
                cut ? now + PATIENCE_NANOS : deadlineNanos(),
                (result, failure) -> {
                    if (cut && failure != null && ranOut(failure)) {
                        askAgain();
                    } else {
                        ended.complete(result, failure);
                    }
                });
    }

    /** Whether the time that a place was given is over. */
    static boolean ranOut(EblaException failure) {
        return failure.code() == ErrorCode.ACK_TIMEOUT
                || failure.code() == ErrorCode.DEADLINE_EXCEEDED;
    }
}
