package io.ebla.tabletserver.network;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.ebla.tabletserver.wire.SnapshotChunk;
import io.ebla.tabletserver.wire.SnapshotEnd;
import io.ebla.tabletserver.wire.SnapshotPart;
import io.ebla.tabletserver.wire.SnapshotView;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.netty.channel.EventLoop;
import java.nio.ByteBuffer;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One snapshot on its way to its receiver. In turns on one event loop: when the receiver takes more, a
 * chunk is read on a reader thread, and sent once the rate allows; one chunk at a time is in memory. A
 * receiver that takes nothing for the stall limit is given up.
 */
final class SnapshotSending {

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotSending.class);
    private static final long READERS_BUSY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /**
     * Hears once that it ended: {@code view} null when none was opened, {@code next} the first chunk that
     * was not sent.
     */
    interface Ended {
        void ended(KeptViews.Loan view, long next, boolean whole);
    }

    private final ServerCallStreamObserver<SnapshotPart> receiver;
    private final ByteRate rate;
    private final SnapshotService.Parts parts;
    private final EventLoop loop;
    private final NodeTraffic traffic;
    private final Ended onEnd;

    // Of the loop:
    private KeptViews.Loan view;
    private long next;
    private boolean busy;
    private boolean ended;
    private long progressNanos;

    /** Called while the call is being handled. */
    SnapshotSending(
            ServerCallStreamObserver<SnapshotPart> receiver,
            ByteRate rate,
            SnapshotService.Parts parts,
            EventLoop loop,
            NodeTraffic traffic,
            Ended onEnd) {
        this.receiver = receiver;
        this.rate = rate;
        this.parts = parts;
        this.loop = loop;
        this.traffic = traffic;
        this.onEnd = onEnd;
        receiver.setOnReadyHandler(() -> NodeLoops.run(loop, this::turn));
        receiver.setOnCancelHandler(() -> NodeLoops.run(loop, () -> end(false)));
    }

    /** Any thread. */
    void refuse(Status status) {
        NodeLoops.run(loop, () -> fail(status));
    }

    /** Any thread. */
    void begin(KeptViews.Loan opened, long fromChunk) {
        NodeLoops.run(
                loop,
                () -> {
                    view = opened;
                    next = fromChunk;
                    if (ended) {
                        onEnd.ended(view, next, false);
                        return;
                    }
                    progressed();
                    receiver.onNext(
                            SnapshotPart.newBuilder()
                                    .setView(
                                            SnapshotView.newBuilder()
                                                    .setId(view.id())
                                                    .setEpoch(view.epoch())
                                                    .setIndex(view.index()))
                                    .build());
                    checkStall();
                    turn();
                });
    }

    private void turn() {
        if (view == null || ended || busy || !receiver.isReady()) {
            return;
        }
        progressed();
        busy = true;
        read();
    }

    private void read() {
        if (ended) {
            return;
        }
        try {
            parts.readers().execute(this::readChunk);
        } catch (RejectedExecutionException full) {
            NodeLoops.runLater(loop, this::read, READERS_BUSY_NANOS);
        }
    }

    private void readChunk() {
        try {
            ByteBuffer chunk = view.chunk(next);
            NodeLoops.run(loop, () -> pace(chunk));
        } catch (RuntimeException failed) {
            LOG.warn("event=snapshot_broken view={} chunk={}", view.id(), next, failed);
            refuse(Status.UNAVAILABLE.withDescription("chunk " + next + " cannot be read"));
        }
    }

    private void pace(ByteBuffer chunk) {
        if (ended) {
            return;
        }
        if (chunk == null) {
            receiver.onNext(
                    SnapshotPart.newBuilder()
                            .setEnd(SnapshotEnd.newBuilder().setChunks(next))
                            .build());
            receiver.onCompleted();
            end(true);
            return;
        }
        long waitNanos = rate.take(chunk.remaining());
        if (waitNanos == 0) {
            send(chunk);
        } else {
            NodeLoops.runLater(loop, () -> send(chunk), waitNanos);
        }
    }

    private void send(ByteBuffer chunk) {
        if (ended) {
            return;
        }
        CRC32C checksum = new CRC32C();
        checksum.update(chunk.duplicate());
        ByteString bytes = UnsafeByteOperations.unsafeWrap(chunk);
        receiver.onNext(
                SnapshotPart.newBuilder()
                        .setChunk(
                                SnapshotChunk.newBuilder()
                                        .setNumber(next)
                                        .setCrc32C((int) checksum.getValue())
                                        .setBytes(bytes))
                        .build());
        traffic.snapshotSent(bytes.size());
        next++;
        busy = false;
        progressed();
        turn();
    }

    private void progressed() {
        progressNanos = parts.clock().monotonicNanos();
    }

    private void checkStall() {
        if (ended) {
            return;
        }
        long limit = TimeUnit.MILLISECONDS.toNanos(parts.settings().stallMillis());
        if (!busy && parts.clock().monotonicNanos() - progressNanos >= limit) {
            fail(Status.ABORTED.withDescription("nothing was taken for too long"));
            return;
        }
        NodeLoops.runLater(loop, this::checkStall, limit / 4);
    }

    private void fail(Status status) {
        if (!ended) {
            receiver.onError(status.asRuntimeException());
            end(false);
        }
    }

    private void end(boolean whole) {
        if (!ended) {
            ended = true;
            onEnd.ended(view, next, whole);
        }
    }
}
