package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.tabletserver.tablet.Reply;
import io.ebla.tabletserver.tablet.RowTablet;
import io.ebla.tabletserver.tablet.TabletScan;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One pass over the rows of a range, tablet after tablet, a stretch at a time.
 *
 * <p>Rows are read on the read threads, for a short turn each; everything else happens on the event
 * loop of the request, which owns this object. Between stretches nothing runs, and at most one view of
 * one tablet is open. A view is given up after a while, or when reading it fails, and the next one
 * begins after the last row. As often as views are lost because their replicas are closed, tablets being
 * moved, split and merged, others are opened; views that fail without a row between them for as long as the
 * opening of one may take end the pass, and so does the second in a row that failed for good. A part of the
 * range that nobody serves is an error, never an absence of rows.
 */
final class RangeReader {

    private static final Logger LOG = LoggerFactory.getLogger(RangeReader.class);

    private static final long BUSY_RETRY_MILLIS = 5;
    private static final long FAILED_RETRY_MILLIS = 5;

    /** The pause doubles from one failure to the next, so often. */
    private static final int DOUBLED_MAX = 5;

    private final RangeReads reads;
    private final Executor eventLoop;
    private final RangeQuery query;
    private final LongSupplier deadlineNanos;

    private KeyRange remaining;
    private RangeView view;
    private RowKey last;
    private long busySinceNanos;
    private boolean reading;

    /**
     * Views that have failed one after the other, and when the first did: only that one may have had rows.
     */
    private int failures;

    private long failingSinceNanos;
    private Runnable whenClosed = () -> {};
    private volatile boolean closed;

    /** Written by the read thread in its turn, read by the event loop after it. */
    private EblaException failure;

    /**
     * @param deadlineNanos until when the opening of a view may be waited for: asked before each, so
     *     that a pass has one deadline over all tablets, or a stream, which is waited for, a new one
     */
    RangeReader(
            RangeReads reads, Executor eventLoop, RangeQuery query, LongSupplier deadlineNanos) {
        this.reads = reads;
        this.eventLoop = eventLoop;
        this.query = query;
        this.deadlineNanos = deadlineNanos;
        this.remaining = query.range().isEmpty() ? null : query.range();
    }

    /**
     * Reads rows into a sink until it is full or there are no more. Not called again before the reply,
     * which comes on the event loop and says whether there may be more.
     */
    void fill(RowSink sink, Reply<Boolean> reply) {
        reading = true;
        busySinceNanos = 0;
        if (view == null) {
            open(sink, reply);
        } else {
            turn(sink, reply);
        }
    }

    /** The last row that was looked at, taken or passed over; null before the first. */
    RowKey last() {
        return view != null && view.last() != null ? view.last() : last;
    }

    /** Gives up the view between stretches: the next one begins after the last row. */
    void releaseView() {
        if (!reading) {
            dropView();
        }
    }

    /** Has a task run when the pass is closed. */
    void onClose(Runnable task) {
        whenClosed = task;
    }

    /** Ends the pass; the view is closed as soon as no read thread is at it. */
    void close() {
        if (!closed) {
            closed = true;
            whenClosed.run();
        }
        if (!reading) {
            dropView();
        }
    }

    private void dropView() {
        if (view != null) {
            remember();
            reads.closeView(view.scan());
            view = null;
        }
    }

    private void remember() {
        if (view.last() != null) {
            last = view.last();
            remaining = RangeCursor.beyond(remaining, last, query.descending());
        }
    }

    private void open(RowSink sink, Reply<Boolean> reply) {
        if (remaining == null || remaining.isEmpty()) {
            finish(reply, false, null);
            return;
        }
        try {
            RowTablet tablet =
                    reads.tablets().nearest(query.table(), remaining, query.descending());
            tablet.scan(
                    remaining,
                    query.descending(),
                    query.withValues(),
                    query.level(),
                    query.atLeast(),
                    deadlineNanos.getAsLong(),
                    eventLoop,
                    (scan, refused) -> opened(tablet, scan, refused, sink, reply));
        } catch (EblaException refused) {
            finish(reply, false, refused);
        }
    }

    private void opened(
            RowTablet tablet,
            TabletScan scan,
            EblaException refused,
            RowSink sink,
            Reply<Boolean> reply) {
        if (refused != null && isDivided(tablet)) {
            open(sink, reply);
            return;
        }
        if (refused != null) {
            finish(reply, false, refused);
            return;
        }
        view = new RangeView(reads, scan, tablet.range());
        reads.viewOpened();
        turn(sink, reply);
    }

    /**
     * Whether the map has others for that tablet's range by now: whatever it said at last is of no weight.
     */
    private boolean isDivided(RowTablet tablet) {
        return !closed
                && reads.tablets().tablet(tablet.id()) == null
                && reads.nowNanos() - deadlineNanos.getAsLong() < 0;
    }

    private void turn(RowSink sink, Reply<Boolean> reply) {
        try {
            reads.readExecutor().execute(() -> onReadThread(sink, reply));
            busySinceNanos = 0;
        } catch (RejectedExecutionException full) {
            retryWhenBusy(sink, reply);
        }
    }

    private void retryWhenBusy(RowSink sink, Reply<Boolean> reply) {
        long now = reads.nowNanos();
        if (busySinceNanos == 0) {
            busySinceNanos = now;
        }
        boolean tooLong =
                now - busySinceNanos > query.timeoutMillis() * 1_000_000
                        || now - deadlineNanos.getAsLong() >= 0;
        if (closed || tooLong) {
            finish(
                    reply,
                    false,
                    new EblaException(ErrorCode.OVERLOADED, "too many reads wait for the disk")
                            .withRetryAfterMillis(100));
        } else {
            EventLoops.later(eventLoop, BUSY_RETRY_MILLIS, () -> turn(sink, reply));
        }
    }

    private void onReadThread(RowSink sink, Reply<Boolean> reply) {
        RangeView.End end;
        try {
            end = view.read(sink, query.condition(), () -> closed);
        } catch (EblaException refused) {
            failure = refused;
            end = RangeView.End.STRETCH;
        } catch (Throwable fault) {
            LOG.error("reading a range of table {} failed", query.table(), fault);
            failure = new EblaException(ErrorCode.INTERNAL, "reading the range failed");
            end = RangeView.End.STRETCH;
        }
        RangeView.End result = end;
        try {
            eventLoop.execute(() -> afterTurn(result, sink, reply));
        } catch (RejectedExecutionException loopHasEnded) {
            reads.closeView(view.scan());
        }
    }

    private void afterTurn(RangeView.End end, RowSink sink, Reply<Boolean> reply) {
        if (end == RangeView.End.FAILED) {
            viewFailed();
        }
        if (closed || failure != null) {
            finish(reply, false, failure);
            return;
        }
        switch (end) {
            case STRETCH -> finish(reply, true, null);
            case PASS, CLOSED -> finish(reply, false, null);
            case TIME -> goOn(sink, reply);
            case WAITING -> awaitRows(sink, reply);
            case OUTDATED -> {
                dropView();
                goOn(sink, reply);
            }
            case FAILED -> {
                dropView();
                if (failures == 1) {
                    goOn(sink, reply);
                } else {
                    int doubled = Math.min(failures - 2, DOUBLED_MAX);
                    long millis = FAILED_RETRY_MILLIS << doubled;
                    EventLoops.later(eventLoop, millis, () -> goOn(sink, reply));
                }
            }
            case TABLET -> {
                KeyRange tablet = view.range();
                dropView();
                failures = 0;
                remaining = beyond(tablet);
                if (remaining == null) {
                    finish(reply, false, null);
                } else {
                    goOn(sink, reply);
                }
            }
        }
    }

    /** What was found does not wait; else nothing runs until the other node's rows are here. */
    private void awaitRows(RowSink sink, Reply<Boolean> reply) {
        if (view.movedOn() && sink.wantsToEnd()) {
            finish(reply, true, null);
            return;
        }
        TabletScan scan = view.scan();
        scan.onReady(
                () -> {
                    try {
                        eventLoop.execute(() -> rowsAreHere(sink, reply));
                    } catch (RejectedExecutionException loopHasEnded) {
                        reads.closeView(scan);
                    }
                });
    }

    private void rowsAreHere(RowSink sink, Reply<Boolean> reply) {
        if (closed) {
            finish(reply, false, null);
        } else {
            turn(sink, reply);
        }
    }

    private void viewFailed() {
        RuntimeException failed = view.failure();
        if (!(failed instanceof EblaException)) {
            LOG.warn("a view of table {} failed", query.table(), failed);
        }
        long now = reads.nowNanos();
        if (view.last() != null || failures == 0) {
            failures = 0;
            failingSinceNanos = now;
        }
        failures++;
        boolean passing = failed instanceof EblaException known && known.retryable();
        boolean inTime =
                now - failingSinceNanos < query.timeoutMillis() * 1_000_000
                        && now - deadlineNanos.getAsLong() < 0;
        if (failures > 1 && !(passing && inTime)) {
            failure =
                    failed instanceof EblaException known
                            ? known
                            : new EblaException(
                                    ErrorCode.INTERNAL, "a tablet of the range cannot be read");
        }
    }

    private void goOn(RowSink sink, Reply<Boolean> reply) {
        if (closed) {
            finish(reply, false, null);
        } else if (sink.wantsToEnd()) {
            finish(reply, true, null);
        } else if (view == null) {
            open(sink, reply);
        } else {
            turn(sink, reply);
        }
    }

    /** What remains after a tablet that was read to its end; null when nothing does. */
    private KeyRange beyond(KeyRange tablet) {
        Bytes edge = query.descending() ? tablet.from() : tablet.to();
        if (edge.isEmpty()) {
            return null;
        }
        return query.descending()
                ? new KeyRange(remaining.from(), edge)
                : new KeyRange(edge, remaining.to());
    }

    private void finish(Reply<Boolean> reply, boolean more, EblaException refused) {
        reading = false;
        if (closed || !more) {
            dropView();
        }
        if (refused != null) {
            reply.complete(null, refused);
        } else {
            reply.complete(more && !closed, null);
        }
    }
}
