package io.ebla.tabletserver.network;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.replication.SnapshotSource;
import io.ebla.tabletserver.wire.ReplicationGrpc;
import io.ebla.tabletserver.wire.SnapshotChunk;
import io.ebla.tabletserver.wire.SnapshotPart;
import io.ebla.tabletserver.wire.SnapshotRequest;
import io.ebla.tabletserver.wire.SnapshotView;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.netty.channel.EventLoop;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.zip.CRC32C;

/**
 * Snapshots over the channels that nodes share with row operations. Any thread.
 *
 * <p>What a receiver has not asked for stays in the network's buffers, and with it the news that the source
 * ended: both come with the next request, or go with a cancel.
 */
public final class GrpcSnapshotSource implements SnapshotSource, AutoCloseable {

    private final NodeChannels channels;
    private final NodeLoops loops;
    private final Clock clock;
    private final SnapshotSettings settings;
    private final Function<NodeId, NodeTraffic> traffic;
    private final Set<Fetching> running = ConcurrentHashMap.newKeySet();

    GrpcSnapshotSource(
            NodeChannels channels,
            NodeLoops loops,
            Clock clock,
            SnapshotSettings settings,
            Function<NodeId, NodeTraffic> traffic) {
        this.channels = channels;
        this.loops = loops;
        this.clock = clock;
        this.settings = settings;
        this.traffic = traffic;
    }

    @Override
    public Fetch fetch(NodeId from, TabletId tablet, ReplicaId replica, Resume resume, Sink sink) {
        Fetching fetching = new Fetching(sink, resume, loops.next(), traffic.apply(from));
        running.add(fetching);
        Optional<Channel> channel = channels.channel(from);
        SnapshotRequest request =
                SnapshotRequest.newBuilder()
                        .setTablet(tablet.value())
                        .setReplica(replica.value())
                        .setView(resume.viewId())
                        .setFromChunk(resume.nextChunk())
                        .build();
        NodeLoops.run(
                fetching.loop,
                () ->
                        channel.ifPresentOrElse(
                                it -> fetching.start(it, request),
                                () ->
                                        fetching.fail(
                                                Failure.INTERRUPTED, from + " is not in the map")));
        return fetching;
    }

    /** Interrupts what is under way. */
    @Override
    public void close() {
        running.forEach(Fetching::cancel);
    }

    /** One stream of chunks; all of it on one event loop. */
    private final class Fetching extends ClientCall.Listener<SnapshotPart> implements Fetch {

        private final Sink sink;
        private final Resume resume;
        private final EventLoop loop;
        private final NodeTraffic counted;
        private ClientCall<SnapshotRequest, SnapshotPart> call;
        private long due;
        private long next = -1;

        /** One part is asked for ahead, to see the end: a chunk that no one has asked for yet. */
        private SnapshotChunk ahead;

        private boolean complete;
        private boolean closedWell;
        private long progressNanos = clock.monotonicNanos();
        private boolean ended;

        Fetching(Sink sink, Resume resume, EventLoop loop, NodeTraffic counted) {
            this.sink = sink;
            this.resume = resume;
            this.loop = loop;
            this.counted = counted;
        }

        void start(Channel channel, SnapshotRequest request) {
            if (ended) {
                return;
            }
            call = channel.newCall(ReplicationGrpc.getSnapshotMethod(), CallOptions.DEFAULT);
            call.start(this, new Metadata());
            call.sendMessage(request);
            call.halfClose();
            call.request(2); // the view, and one ahead
            if (due > 0) {
                call.request((int) Math.min(due, Integer.MAX_VALUE));
            }
            checkStall();
        }

        @Override
        public void request(int chunks) {
            NodeLoops.run(
                    loop,
                    () -> {
                        due += chunks;
                        progressNanos = clock.monotonicNanos();
                        if (call != null && !ended) {
                            call.request(chunks);
                            SnapshotChunk first = ahead;
                            ahead = null;
                            if (first != null) {
                                chunk(first);
                            }
                        }
                    });
        }

        @Override
        public void cancel() {
            NodeLoops.run(loop, () -> fail(Failure.INTERRUPTED, "given up"));
        }

        @Override
        public void onMessage(SnapshotPart part) {
            NodeLoops.run(loop, () -> take(part));
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            NodeLoops.run(loop, () -> closed(status));
        }

        private void take(SnapshotPart part) {
            if (ended) {
                return;
            }
            progressNanos = clock.monotonicNanos();
            switch (part.getPartCase()) {
                case VIEW -> opened(part.getView());
                case CHUNK -> chunk(part.getChunk());
                case END -> complete = part.getEnd().getChunks() == next + (ahead == null ? 0 : 1);
                case PART_NOT_SET -> fail(Failure.INTERRUPTED, "a part of no known kind came");
            }
        }

        private void opened(SnapshotView view) {
            if (next >= 0) {
                fail(Failure.INTERRUPTED, "a second view came");
                return;
            }
            next = view.getId().equals(resume.viewId()) ? resume.nextChunk() : 0;
            sink.opened(new View(view.getId(), view.getEpoch(), view.getIndex()));
        }

        private void chunk(SnapshotChunk chunk) {
            if (due == 0) {
                ahead = chunk;
                return;
            }
            if (chunk.getNumber() != next) {
                fail(Failure.INTERRUPTED, "chunk " + chunk.getNumber() + " came, not " + next);
                return;
            }
            ByteBuffer bytes = OwnedBytes.of(chunk.getBytes());
            counted.snapshotReceived(bytes.remaining());
            CRC32C checksum = new CRC32C();
            checksum.update(bytes.duplicate());
            if ((int) checksum.getValue() != chunk.getCrc32C()) {
                fail(Failure.INTERRUPTED, "chunk " + next + " was damaged on its way");
                return;
            }
            due--;
            sink.chunk(next++, bytes);
            finishIfWhole();
        }

        private void end() {
            ended = true;
            running.remove(this);
        }

        private void finishIfWhole() {
            if (closedWell && ahead == null && !ended) {
                end();
                sink.finished();
            }
        }

        private void closed(Status status) {
            closedWell = status.isOk() && complete;
            if (closedWell) {
                finishIfWhole();
                return;
            }
            fail(failure(status), status.getCode() + ": " + status.getDescription());
        }

        private void fail(Failure failure, String detail) {
            if (ended) {
                return;
            }
            end();
            if (call != null) {
                call.cancel(detail, null);
            }
            sink.failed(failure, detail);
        }

        /** Only the other node's silence counts, not a sink that asks for nothing. */
        private void checkStall() {
            if (ended) {
                return;
            }
            long limit = TimeUnit.MILLISECONDS.toNanos(settings.stallMillis());
            boolean waits = !closedWell && (due > 0 || next < 0);
            if (waits && clock.monotonicNanos() - progressNanos >= limit) {
                fail(Failure.INTERRUPTED, "nothing came for too long");
                return;
            }
            NodeLoops.runLater(loop, this::checkStall, limit / 4);
        }

        private static Failure failure(Status status) {
            return switch (status.getCode()) {
                case NOT_FOUND -> Failure.ABSENT;
                case RESOURCE_EXHAUSTED -> Failure.BUSY;
                case PERMISSION_DENIED, UNAUTHENTICATED, UNIMPLEMENTED -> Failure.REFUSED;
                default -> Failure.INTERRUPTED;
            };
        }
    }
}
