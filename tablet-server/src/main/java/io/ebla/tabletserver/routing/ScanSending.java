package io.ebla.tabletserver.routing;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.tablet.TabletScan;
import io.ebla.tabletserver.wire.RowsFailure;
import io.ebla.tabletserver.wire.RowsScanned;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * One view of a local tablet on its way to another node: a part at a time is read on a read thread, and the
 * next only when the network can take it. Between parts nothing runs. A view that is held too long is
 * ended: its reader opens another where it stopped.
 */
final class ScanSending {

    private static final Logger LOG = LoggerFactory.getLogger(ScanSending.class);
    private static final int PART_BYTES = 128 << 10;
    private static final int ROW_OVERHEAD_BYTES = 64;
    private static final long BUSY_RETRY_MILLIS = 5;

    /** Beyond what readers hold a view for, so that those who live end it themselves. */
    private static final long HELD_MAX_SECONDS = 75;

    private final ServerCallStreamObserver<RowsScanned> out;
    private final Executor readExecutor;
    private final Scheduler scheduler;

    // All below: guarded by this.
    private TabletScan scan;
    private boolean first = true;
    private boolean reading;
    private boolean ended;
    private Disposable limit;

    ScanSending(
            ServerCallStreamObserver<RowsScanned> out, Executor readExecutor, Scheduler scheduler) {
        this.out = out;
        this.readExecutor = readExecutor;
        this.scheduler = scheduler;
        out.setOnReadyHandler(this::pump);
        out.setOnCancelHandler(this::end);
    }

    void opened(TabletScan view, EblaException failure) {
        if (failure != null) {
            failed(RowsCodec.wire(failure));
            return;
        }
        synchronized (this) {
            scan = view;
            reading = false;
            if (ended) {
                closeView();
                return;
            }
            limit = scheduler.schedule(this::heldTooLong, HELD_MAX_SECONDS, TimeUnit.SECONDS);
        }
        pump();
    }

    private void heldTooLong() {
        failed(
                RowsCodec.wire(
                        new EblaException(ErrorCode.NO_MASTER, "the view was held for too long")));
    }

    void failed(RowsFailure failure) {
        synchronized (this) {
            if (ended) {
                return;
            }
            try {
                out.onNext(RowsScanned.newBuilder().setFailure(failure).build());
                out.onCompleted();
            } catch (RuntimeException gone) {
                LOG.debug("event=scan_not_told", gone);
            }
        }
        end();
    }

    private void pump() {
        synchronized (this) {
            if (scan == null || reading || ended || !out.isReady()) {
                return;
            }
            reading = true;
        }
        try {
            readExecutor.execute(this::readPart);
        } catch (RejectedExecutionException full) {
            scheduler.schedule(this::retry, BUSY_RETRY_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void retry() {
        synchronized (this) {
            reading = false;
            if (ended) {
                closeView();
            }
        }
        pump();
    }

    /** On a read thread. */
    private void readPart() {
        RowsScanned.Builder part = RowsScanned.newBuilder();
        boolean last = false;
        RowsFailure failure = null;
        try {
            last = fill(part);
        } catch (EblaException refused) {
            failure = RowsCodec.wire(refused);
        } catch (RuntimeException fault) {
            LOG.error("event=scan_failed", fault);
            failure =
                    RowsCodec.wire(
                            new EblaException(ErrorCode.INTERNAL, "reading the range failed"));
        }
        if (failure != null) {
            failed(failure);
        } else {
            send(part, last);
        }
        retry();
    }

    /** Whether the rows are at their end. */
    private boolean fill(RowsScanned.Builder part) {
        for (int bytes = 0; bytes < PART_BYTES; ) {
            Row row = scan.next();
            if (row == null) {
                return true;
            }
            part.addRows(RowsCodec.wire(row));
            bytes += ROW_OVERHEAD_BYTES + row.key().encoded().length();
            bytes += row.value() == null ? 0 : row.value().length();
        }
        return false;
    }

    private void send(RowsScanned.Builder part, boolean last) {
        synchronized (this) {
            if (ended) {
                return;
            }
            if (first) {
                first = false;
                part.setPosition(RowsCodec.wire(scan.position()));
            }
            try {
                out.onNext(part.build());
                if (last) {
                    out.onCompleted();
                }
            } catch (RuntimeException gone) {
                LOG.debug("event=rows_not_sent", gone);
                last = true;
            }
        }
        if (last) {
            end();
        }
    }

    private synchronized void end() {
        ended = true;
        if (limit != null) {
            limit.dispose();
        }
        if (!reading) {
            closeView();
        }
    }

    /** Nobody is at it. */
    private void closeView() {
        TabletScan view = scan;
        scan = null;
        if (view == null) {
            return;
        }
        try {
            readExecutor.execute(view::close);
        } catch (RejectedExecutionException full) {
            view.close();
        }
    }
}
