package io.ebla.tabletserver.routing;

import io.ebla.core.contract.EblaException;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.routing.RemoteNode.Loss;
import io.ebla.tabletserver.tablet.Position;
import io.ebla.tabletserver.tablet.Reply;
import io.ebla.tabletserver.tablet.TabletScan;
import io.ebla.tabletserver.wire.RowsGrpc;
import io.ebla.tabletserver.wire.RowsRow;
import io.ebla.tabletserver.wire.RowsScan;
import io.ebla.tabletserver.wire.RowsScanned;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;

/**
 * A view of a tablet that another node holds: its rows come in parts, of which at most two are here or on
 * their way; the next is asked for when one is taken up. The reader never waits in {@link #next}: it asks
 * {@link #ready} first, and is told {@link #onReady when}.
 *
 * <p>The reader is one thread at a time; parts come on the network's threads.
 */
final class RemoteScan extends ClientCall.Listener<RowsScanned> implements TabletScan {

    private static final int PARTS_AHEAD = 2;

    private final RemoteNode node;
    private final ClientCall<RowsScan, RowsScanned> call;
    private final Executor replyOn;
    private Iterator<RowsRow> rows = Collections.emptyIterator(); // the reader's

    /** The next row, already taken off the part it came in; the reader's. */
    private Row ahead;

    // All below: guarded by this.
    private final ArrayDeque<RowsScanned> parts = new ArrayDeque<>(PARTS_AHEAD);
    private Reply<TabletScan> opened;
    private Position position;
    private EblaException failure;
    private boolean ended;
    private boolean closed;
    private Runnable waiting;
    private Disposable patience;

    private RemoteScan(
            RemoteNode node,
            ClientCall<RowsScan, RowsScanned> call,
            Executor replyOn,
            Reply<TabletScan> opened) {
        this.node = node;
        this.call = call;
        this.replyOn = replyOn;
        this.opened = opened;
    }

    /** @param openMillis how long the other node may take to open the view */
    static void open(
            RemoteNode node,
            RowsScan request,
            long openMillis,
            Executor replyOn,
            Reply<TabletScan> reply) {
        Optional<ClientCall<RowsScan, RowsScanned>> call = node.stream(RowsGrpc.getScanMethod());
        if (call.isEmpty()) {
            replyOn.execute(() -> reply.complete(null, Losses.ofRead(node.id(), Loss.NOT_SENT)));
            return;
        }
        RemoteScan scan = new RemoteScan(node, call.get(), replyOn, reply);
        call.get().start(scan, new Metadata());
        call.get().request(PARTS_AHEAD);
        call.get().sendMessage(request);
        call.get().halfClose();
        scan.awaitOpening(openMillis);
    }

    private synchronized void awaitOpening(long millis) {
        if (opened != null) {
            patienceFor(millis);
        }
    }

    private void patienceFor(long millis) {
        enough();
        patience = node.scheduler().schedule(this::late, millis, TimeUnit.MILLISECONDS);
    }

    private void enough() {
        if (patience != null) {
            patience.dispose();
            patience = null;
        }
    }

    private void late() {
        boolean waitedFor;
        synchronized (this) {
            waitedFor = opened != null || waiting != null;
        }
        if (waitedFor) {
            fail(Losses.ofRead(node.id(), Loss.LATE));
            call.cancel("no rows came in time", null);
        }
    }

    // ---------------------------------------------------------------- the network

    @Override
    public void onMessage(RowsScanned part) {
        if (part.hasFailure()) {
            fail(RowsCodec.failure(part.getFailure()));
            return;
        }
        Reply<TabletScan> open;
        synchronized (this) {
            parts.add(part);
            open = opened;
            opened = null;
            if (open != null) {
                position = RowsCodec.position(part.getPosition());
                enough();
            }
        }
        if (open != null) {
            deliver(() -> open.complete(this, null));
        }
        wake();
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        if (!status.isOk()) {
            fail(Losses.ofRead(node.id(), Loss.LOST));
            return;
        }
        synchronized (this) {
            ended = true;
        }
        wake();
    }

    private void fail(EblaException why) {
        Reply<TabletScan> open;
        synchronized (this) {
            if (failure != null || ended) {
                return;
            }
            failure = why;
            open = opened;
            opened = null;
        }
        if (open != null) {
            deliver(() -> open.complete(null, why));
        }
        wake();
    }

    private void deliver(Runnable task) {
        try {
            replyOn.execute(task);
        } catch (RejectedExecutionException eventLoopClosed) {
            close();
        }
    }

    private void wake() {
        Runnable task = null;
        synchronized (this) {
            if (waiting != null && readyNow()) {
                task = waiting;
                waiting = null;
                enough();
            }
        }
        if (task != null) {
            task.run();
        }
    }

    // ---------------------------------------------------------------- the reader

    /** Whether a living row, or the end, is here: a part may hold no row, or only such as have expired. */
    @Override
    public boolean ready() {
        while (ahead == null || ahead.expired(node.clock().wallMillis())) {
            ahead = null;
            if (rows.hasNext()) {
                ahead = RowsCodec.row(rows.next());
                continue;
            }
            RowsScanned part;
            synchronized (this) {
                part = parts.poll();
                if (part == null) {
                    return ended || failure != null || closed;
                }
            }
            call.request(1);
            rows = part.getRowsList().iterator();
        }
        return true;
    }

    private boolean readyNow() {
        return !parts.isEmpty() || ended || failure != null || closed;
    }

    @Override
    public void onReady(Runnable task) {
        synchronized (this) {
            if (!readyNow()) {
                waiting = task;
                patienceFor(node.settings().scanPatienceMillis());
                return;
            }
        }
        task.run();
    }

    @Override
    public Row next() {
        if (!ready()) {
            throw new IllegalStateException("the next rows are not here yet");
        }
        Row row = ahead;
        ahead = null;
        if (row == null) {
            synchronized (this) {
                if (failure != null) {
                    throw failure;
                }
            }
        }
        return row;
    }

    @Override
    public synchronized Position position() {
        return position;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            parts.clear();
            enough();
        }
        call.cancel("the range is not read further", null);
    }
}
