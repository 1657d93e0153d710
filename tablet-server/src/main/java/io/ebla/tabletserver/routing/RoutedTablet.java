package io.ebla.tabletserver.routing;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.tabletserver.tablet.Position;
import io.ebla.tabletserver.tablet.ReadLevel;
import io.ebla.tabletserver.tablet.ReadResult;
import io.ebla.tabletserver.tablet.Reply;
import io.ebla.tabletserver.tablet.RowTablet;
import io.ebla.tabletserver.tablet.Tablet;
import io.ebla.tabletserver.tablet.TabletScan;
import io.ebla.tabletserver.tablet.WriteAnswer;
import io.ebla.tabletserver.tablet.WriteRequest;
import io.ebla.tabletserver.tablet.WriteResult;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * A tablet of the map, wherever it is served: here at once when this node may answer; else it is the node
 * of its master that is asked, or for other than strong reads any with a replica.
 *
 * <p>What surely was not applied is tried again, where the newest map says, until the request's deadline: a
 * failover is a pause, not an error. What may have been applied is not (W6), but for a write with an
 * Idempotency-Key. Several independent writes are tried once only, for who sends them keeps their order.
 */
final class RoutedTablet implements RowTablet {

    private final Routing routing;
    private final TabletDescriptor descriptor;
    private final KeyRange range;

    RoutedTablet(Routing routing, TabletDescriptor descriptor) {
        this.routing = routing;
        this.descriptor = descriptor;
        this.range = descriptor.range();
    }

    TabletDescriptor descriptor() {
        return descriptor;
    }

    @Override
    public TabletId id() {
        return descriptor.id();
    }

    @Override
    public KeyRange range() {
        return range;
    }

    @Override
    public long nowMillis() {
        Tablet here = here(ReadLevel.STRONG);
        return here == null ? routing.clock().wallMillis() : here.nowMillis();
    }

    /** The other node that a read is best asked of; null when it is here, or nobody is known. */
    NodeId nodeToAsk(ReadLevel level) {
        return here(level) != null ? null : new Places(routing, descriptor, level).nextElsewhere();
    }

    private Tablet here(ReadLevel level) {
        return routing.directory().here(descriptor.id(), level);
    }

    @Override
    public void write(WriteRequest request, Executor replyOn, Reply<WriteResult> reply) {
        Tablet here = here(ReadLevel.STRONG);
        if (here == null) {
            new WriteAttempts(routing, descriptor, request, replyOn, reply).start();
            return;
        }
        here.write(
                request,
                replyOn,
                (result, failure) -> {
                    if (failure == null || !WriteAttempts.mayRepeat(descriptor, request, failure)) {
                        reply.complete(result, failure);
                    } else {
                        new WriteAttempts(routing, descriptor, request, replyOn, reply)
                                .failedHere(failure);
                    }
                });
    }

    @Override
    public void writeAll(
            List<WriteRequest> requests, Executor replyOn, Reply<List<WriteAnswer>> reply) {
        Tablet here = here(ReadLevel.STRONG);
        if (here != null) {
            here.writeAll(requests, replyOn, reply);
            return;
        }
        Places places = new Places(routing, descriptor, ReadLevel.STRONG);
        RowTablet there = places.next();
        if (there != null) {
            there.writeAll(requests, replyOn, reply);
            return;
        }
        WriteAnswer refused =
                new WriteAnswer(null, places.nobody().withOutcome(Outcome.NOT_APPLIED));
        List<WriteAnswer> answers = Collections.nCopies(requests.size(), refused);
        replyOn.execute(() -> reply.complete(answers, null));
    }

    @Override
    public void get(
            RowKey key,
            ReadLevel level,
            Position atLeast,
            long deadlineNanos,
            Executor replyOn,
            Reply<ReadResult> reply) {
        Tablet here = here(level);
        if (here == null) {
            reading(key, level, atLeast, deadlineNanos, replyOn, reply).start();
            return;
        }
        here.get(
                key,
                level,
                atLeast,
                deadlineNanos,
                replyOn,
                (result, failure) -> {
                    if (failure == null || !Attempts.isElsewhere(descriptor, failure)) {
                        reply.complete(result, failure);
                    } else {
                        reading(key, level, atLeast, deadlineNanos, replyOn, reply)
                                .failedHere(failure);
                    }
                });
    }

    private ReadAttempts<ReadResult> reading(
            RowKey key,
            ReadLevel level,
            Position atLeast,
            long deadlineNanos,
            Executor replyOn,
            Reply<ReadResult> reply) {
        return new ReadAttempts<>(
                routing,
                descriptor,
                key,
                level,
                deadlineNanos,
                replyOn,
                (tablet, until, to) -> tablet.get(key, level, atLeast, until, replyOn, to),
                reply);
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
        new ReadAttempts<TabletScan>(
                        routing,
                        descriptor,
                        null,
                        level,
                        deadlineNanos,
                        replyOn,
                        (tablet, until, to) ->
                                tablet.scan(
                                        wanted,
                                        descending,
                                        withValues,
                                        level,
                                        atLeast,
                                        until,
                                        replyOn,
                                        to),
                        reply)
                .start();
    }
}
