package io.ebla.tabletserver.api;

import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.KeyRange;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.routing.Routing;
import io.ebla.tabletserver.tablet.RowTablet;
import io.ebla.tabletserver.tablet.TabletScan;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What all passes over ranges share: tablets, read threads, time, and counts. */
final class RangeReads {

    /** Where tablets are, as the newest map has it: {@link Routing}. */
    interface Tablets {

        /** @throws io.ebla.core.contract.EblaException where there is none */
        RowTablet nearest(TableName table, KeyRange range, boolean descending);

        /** Null when the map has none of it any more. */
        RowTablet tablet(TabletId id);

        static Tablets of(Routing routing) {
            return new Tablets() {

                @Override
                public RowTablet nearest(TableName table, KeyRange range, boolean descending) {
                    return routing.nearest(table, range, descending);
                }

                @Override
                public RowTablet tablet(TabletId id) {
                    return routing.tablet(id);
                }
            };
        }
    }

    private final Executor readExecutor;
    private final Tablets tablets;
    private final Clock clock;
    private final long viewNanos;
    private final AtomicInteger openViews = new AtomicInteger();
    private final LongAdder rowsRead = new LongAdder();

    RangeReads(Executor readExecutor, Tablets tablets, Clock clock, RangeLimits limits) {
        this.readExecutor = readExecutor;
        this.tablets = tablets;
        this.clock = clock;
        this.viewNanos = limits.viewMillis() * 1_000_000;
    }

    Tablets tablets() {
        return tablets;
    }

    Executor readExecutor() {
        return readExecutor;
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
            readExecutor.execute(view::close);
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
