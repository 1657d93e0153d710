package io.ebla.tabletserver.network;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.replication.SnapshotSource.Resume;
import io.ebla.tabletserver.replication.SnapshotViews;
import io.ebla.tabletserver.wire.SnapshotPart;
import io.ebla.tabletserver.wire.SnapshotRequest;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoop;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends snapshots of this node's tablets: a few at a time, all together at a bounded rate, each at the pace
 * of its receiver. Disks are read on the threads for that, never on an event loop.
 */
final class SnapshotService implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotService.class);

    /**
     * What the service needs.
     *
     * @param readers threads that may wait for a disk; may refuse
     */
    record Parts(
            SnapshotViews views,
            Executor readers,
            NodeLoops loops,
            Clock clock,
            SnapshotSettings settings) {}

    private final Parts parts;
    private final KeptViews views;
    private final ByteRate rate;
    private final AtomicInteger streams = new AtomicInteger();

    SnapshotService(Parts parts, String runName) {
        this.parts = parts;
        views = new KeptViews(parts.views(), parts.clock(), parts.settings(), runName);
        rate = new ByteRate(parts.clock(), parts.settings().bytesPerSecond());
    }

    /** @param caller the node that asks, and what is counted of it */
    void send(NodeTraffic caller, SnapshotRequest request, StreamObserver<SnapshotPart> receiver) {
        TabletId tablet;
        Resume resume;
        try {
            tablet = new TabletId(request.getTablet());
            resume = new Resume(request.getView(), request.getFromChunk());
        } catch (IllegalArgumentException malformed) {
            receiver.onError(
                    Status.INVALID_ARGUMENT
                            .withDescription(malformed.getMessage())
                            .asRuntimeException());
            return;
        }
        if (streams.incrementAndGet() > parts.settings().streamsMax()) {
            streams.decrementAndGet();
            receiver.onError(busy("it sends as many as it may").asRuntimeException());
            return;
        }
        EventLoop loop = parts.loops().next();
        SnapshotSending sending =
                new SnapshotSending(
                        (ServerCallStreamObserver<SnapshotPart>) receiver,
                        rate,
                        parts,
                        loop,
                        caller,
                        (view, next, whole) -> ended(loop, caller, view, next, whole));
        try {
            parts.readers().execute(() -> open(caller, tablet, resume, sending));
        } catch (RejectedExecutionException full) {
            sending.refuse(busy("its readers are busy"));
        }
    }

    private void open(NodeTraffic caller, TabletId tablet, Resume resume, SnapshotSending sending) {
        try {
            Optional<KeptViews.Loan> view = views.lend(tablet, resume);
            if (view.isEmpty()) {
                sending.refuse(
                        Status.NOT_FOUND.withDescription("tablet " + tablet + " cannot be copied"));
                return;
            }
            boolean goesOn = view.get().id().equals(resume.viewId());
            long from = goesOn ? resume.nextChunk() : 0;
            LOG.info(
                    "event=snapshot_begins tablet={} to={} view={} epoch={} index={} from_chunk={}",
                    tablet,
                    caller.node(),
                    view.get().id(),
                    view.get().epoch(),
                    view.get().index(),
                    from);
            sending.begin(view.get(), from);
        } catch (IllegalStateException tooMany) {
            sending.refuse(busy(tooMany.getMessage()));
        } catch (RuntimeException failed) {
            LOG.error("event=snapshot_not_opened tablet={}", tablet, failed);
            sending.refuse(Status.INTERNAL.withDescription("the view cannot be opened"));
        }
    }

    private static Status busy(String detail) {
        return Status.RESOURCE_EXHAUSTED.withDescription(detail);
    }

    /** @param view null when there was none */
    private void ended(
            EventLoop loop, NodeTraffic caller, KeptViews.Loan view, long next, boolean whole) {
        streams.decrementAndGet();
        if (view == null) {
            return;
        }
        LOG.info(
                "event=snapshot_ends to={} view={} next_chunk={} whole={}",
                caller.node(),
                view.id(),
                next,
                whole);
        if (whole) {
            views.done(view);
            return;
        }
        views.giveBack(view);
        long keepMillis = parts.settings().keepMillis();
        NodeLoops.runLater(loop, views::endIdle, TimeUnit.MILLISECONDS.toNanos(keepMillis + 1));
    }

    @Override
    public void close() {
        views.close();
    }
}
