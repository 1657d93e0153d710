package io.ebla.tabletserver.api;

import io.ebla.core.time.Clock;
import io.ebla.tabletserver.routing.Routing;
import io.ebla.tabletserver.tablet.TabletHost;
import io.ebla.tabletserver.tablet.TabletScan;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What all passes over ranges share: tablets, read threads, time, and counts. */
final class RangeReads {

    private final TabletHost host;
    private final Routing routing;
    private final Clock clock;
    private final long viewNanos;
    private final AtomicInteger openViews = new AtomicInteger();
    private final LongAdder rowsRead = new LongAdder();

    RangeReads(TabletHost host, Routing routing, Clock clock, RangeLimits limits) {
        this.host = host;
        this.routing = routing;
        this.clock = clock;
        this.viewNanos = limits.viewMillis() * 1_000_000;
    }

    Routing routing() {
        return routing;
    }

    Executor readExecutor() {
        return host.readExecutor();
    }

    long nowNanos() {
        return clock.monotonicNanos();
    }

    long deadlineNanos(long timeoutMillis) {
        return nowNanos() + timeoutMillis * 1_000_000;
    }

    /** How long one view may be held. */
    long viewNanos() {
        return viewNanos;
    }

    void viewOpened() {
        openViews.incrementAndGet();
    }

    /** Closes a view that no read thread is at; on a read thread if one has room. */
    void closeView(TabletScan view) {
        openViews.decrementAndGet();
        try {
            host.readExecutor().execute(view::close);
        } catch (RejectedExecutionException full) {
            view.close();
        }
    }

    void rowsRead(int rows) {
        rowsRead.add(rows);
    }

    /** Rows read for ranges since the start, those passed over included. */
    long rowsRead() {
        return rowsRead.sum();
    }

    /** Views of tablets that are open for ranges now. */
    int openViews() {
        return openViews.get();
    }
}
