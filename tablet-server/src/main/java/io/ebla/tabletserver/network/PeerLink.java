package io.ebla.tabletserver.network;

import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.network.OutgoingQueue.Outgoing;
import io.ebla.tabletserver.wire.Frame;
import io.ebla.tabletserver.wire.FrameReply;
import io.ebla.tabletserver.wire.ReplicationGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this node says to one other: a queue, and the stream that empties it while it is there.
 *
 * <pre>
 *   IDLE        nothing was ever sent, or the map names no address; a message leads to
 *   CONNECTING  the stream is being opened; messages gather. The other node's welcome leads to
 *   OPEN        messages leave in frames, as long as the transport takes them
 *   PAUSED      it broke or could not be opened: messages are dropped; after a pause, which doubles with
 *               each failure, the next message leads back to CONNECTING
 *   CLOSED      the node has left the map, or this process ends
 * </pre>
 *
 * <p>Whoever sends only fills the queue and wakes the link's event loop, where all else happens; there is no
 * lock. That the other node still listens is asked with the messages (an echo), so that a link
 * whose packets vanish breaks within the stall limit, for beats are always sent. On a break everything queued
 * is dropped: it is stale by the time it could be sent, and its sender is told that the link broke.
 */
final class PeerLink {

    private static final Logger LOG = LoggerFactory.getLogger(PeerLink.class);

    /** A frame is closed once it has that much; one message may be larger. */
    private static final int FRAME_BYTES = 256 << 10;

    private static final int FRAME_MESSAGES = 512;

    /** What may wait in the transport, where beats cannot overtake. */
    private static final int TRANSPORT_BYTES = 256 << 10;

    private static final long ECHO_NANOS = TimeUnit.SECONDS.toNanos(1);

    private enum State {
        IDLE,
        CONNECTING,
        OPEN,
        PAUSED,
        CLOSED
    }

    /** What a link needs of its surroundings; {@code onBroken} is called on the event loop. */
    record Parts(
            ClusterNodes nodes,
            NodeChannels channels,
            Clock clock,
            NetworkSettings settings,
            Runnable onBroken) {}

    private final NodeId node;
    private final Parts parts;
    private final EventLoop loop;
    private final NodeTraffic traffic;
    private final OutgoingQueue queue;
    private final AtomicBoolean turnDue = new AtomicBoolean();
    private volatile State state = State.IDLE;
    private volatile long retryAtNanos;

    // Of the loop:
    private Attempt attempt;
    private NodeDescriptor tried;
    private long pauseMillis;
    private boolean failureTold;

    PeerLink(NodeId node, Parts parts, EventLoop loop, NodeTraffic traffic) {
        this.node = node;
        this.parts = parts;
        this.loop = loop;
        this.traffic = traffic;
        queue = new OutgoingQueue(parts.settings().queueMessages(), parts.settings().queueBytes());
        pauseMillis = parts.settings().pauseMinMillis();
    }

    /** Any thread. */
    void send(Outgoing message, boolean urgent) {
        State now = state;
        boolean taken =
                now != State.CLOSED
                        && (now != State.PAUSED || retryDue())
                        && (urgent ? queue.offerUrgent(message) : queue.offer(message));
        if (!taken) {
            traffic.dropped(1);
        }
        wake(); // also when the queue is full: that is how a stall is found
    }

    /** The map changed: goes to another address or run of the node at once. Any thread. */
    void follow() {
        NodeLoops.run(loop, this::retarget);
    }

    /** Any thread. */
    void close() {
        NodeLoops.run(
                loop,
                () -> {
                    end("closed");
                    state = State.CLOSED;
                    traffic.dropped(queue.clear());
                });
    }

    private boolean retryDue() {
        return parts.clock().monotonicNanos() - retryAtNanos >= 0;
    }

    private void wake() {
        if (turnDue.compareAndSet(false, true)) {
            NodeLoops.run(loop, this::turn);
        }
    }

    private void turn() {
        turnDue.set(false);
        switch (state) {
            case IDLE -> connect();
            case PAUSED -> {
                if (retryDue()) {
                    connect();
                } else {
                    traffic.dropped(queue.clear());
                }
            }
            case CONNECTING -> attempt.checkConnecting();
            case OPEN -> attempt.write();
            case CLOSED -> traffic.dropped(queue.clear());
        }
    }

    private void connect() {
        tried = parts.nodes().node(node).orElse(null);
        if (tried == null || tried.grpcAddress().isEmpty()) {
            traffic.dropped(queue.clear());
            return;
        }
        state = State.CONNECTING;
        attempt = new Attempt(parts.channels().open(tried, loop));
        attempt.start();
    }

    private void retarget() {
        NodeDescriptor named = parts.nodes().node(node).orElse(null);
        if (state == State.CLOSED || tried == null || tried.equals(named)) {
            return;
        }
        if (attempt != null) {
            broken(attempt, "the map names another run or address of it");
        }
        pauseMillis = parts.settings().pauseMinMillis();
        retryAtNanos = parts.clock().monotonicNanos();
    }

    private void opened(Attempt welcomed) {
        if (attempt != welcomed || state != State.CONNECTING) {
            return;
        }
        state = State.OPEN;
        pauseMillis = parts.settings().pauseMinMillis();
        failureTold = false;
        LOG.info("event=peer_connected node={} address={}", node, tried.grpcAddress());
        welcomed.write();
    }

    private void broken(Attempt failed, String reason) {
        if (attempt != failed) {
            return;
        }
        if (!failureTold) {
            failureTold = true;
            LOG.info(
                    "event={} node={} address={} reason=\"{}\"",
                    state == State.OPEN ? "peer_disconnected" : "peer_unreachable",
                    node,
                    tried.grpcAddress(),
                    reason);
        }
        retryAtNanos = parts.clock().monotonicNanos() + TimeUnit.MILLISECONDS.toNanos(pauseMillis);
        pauseMillis = Math.min(2 * pauseMillis, parts.settings().pauseMaxMillis());
        state = State.PAUSED;
        end(reason);
        traffic.dropped(queue.clear());
        parts.onBroken().run();
    }

    private void end(String reason) {
        Attempt ended = attempt;
        attempt = null;
        if (ended != null) {
            ended.call.cancel(reason, null);
            ended.connection.end();
        }
    }

    /** One stream, from the attempt to open it to its end. All of it on the loop. */
    private final class Attempt extends ClientCall.Listener<FrameReply> {

        private final NodeChannels.Connection connection;
        private final ClientCall<Frame, FrameReply> call;
        private final long sinceNanos = parts.clock().monotonicNanos();
        private long echoNanos;
        private boolean echoDue;
        private long blockedSinceNanos;
        private boolean blocked;
        private boolean suspected;

        Attempt(NodeChannels.Connection connection) {
            this.connection = connection;
            call =
                    connection
                            .proven()
                            .newCall(
                                    ReplicationGrpc.getExchangeMethod(),
                                    CallOptions.DEFAULT.withOnReadyThreshold(TRANSPORT_BYTES));
        }

        void start() {
            call.start(this, new Metadata());
            call.request(Integer.MAX_VALUE);
        }

        void checkConnecting() {
            if (olderThan(sinceNanos, parts.settings().connectMillis())) {
                broken(this, "no welcome in time");
            }
        }

        void write() {
            long now = parts.clock().monotonicNanos();
            while (call.isReady()) {
                Frame frame = nextFrame(now);
                if (frame == null) {
                    break;
                }
                call.sendMessage(frame);
            }
            boolean waits = !queue.isEmpty() && !call.isReady();
            if (waits && !blocked) {
                blockedSinceNanos = now;
            }
            blocked = waits;
            if (!suspected && stalled()) {
                suspected = true;
                long again = TimeUnit.MILLISECONDS.toNanos(parts.settings().stallMillis()) / 4;
                NodeLoops.runLater(loop, this::checkAgain, again);
            }
        }

        private boolean stalled() {
            long most = parts.settings().stallMillis();
            return blocked && olderThan(blockedSinceNanos, most)
                    || echoDue && olderThan(echoNanos, most);
        }

        /** It may have been this process that stood still: by now it has read what had come. */
        private void checkAgain() {
            suspected = false;
            if (stalled()) {
                broken(this, "no sign of life");
            }
        }

        private Frame nextFrame(long nowNanos) {
            Outgoing message = queue.poll();
            if (message == null) {
                return null;
            }
            Frame.Builder frame = Frame.newBuilder();
            long bytes = 0;
            int count = 0;
            while (message != null) {
                frame.addEnvelopes(message.envelope().get());
                bytes += message.bytes();
                count++;
                boolean room = bytes < FRAME_BYTES && count < FRAME_MESSAGES;
                message = room ? queue.poll() : null;
            }
            if (!echoDue && nowNanos - echoNanos >= ECHO_NANOS) {
                echoDue = true;
                echoNanos = nowNanos;
                frame.setEcho(1);
            }
            traffic.sent(count, bytes);
            return frame.setCount(count).build();
        }

        private boolean olderThan(long nanos, long millis) {
            return parts.clock().monotonicNanos() - nanos >= TimeUnit.MILLISECONDS.toNanos(millis);
        }

        @Override
        public void onMessage(FrameReply reply) {
            run(
                    () -> {
                        echoDue = false;
                        opened(this);
                    });
        }

        @Override
        public void onReady() {
            run(
                    () -> {
                        if (attempt == this && state == State.OPEN) {
                            blocked = false;
                            write();
                        }
                    });
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            run(() -> broken(this, reason(status)));
        }

        private String reason(Status status) {
            return status.getCode()
                    + (status.getDescription() == null ? "" : ": " + status.getDescription());
        }

        /** What gRPC tells comes from the loop, but for a connection that never came about. */
        private void run(Runnable step) {
            if (loop.inEventLoop()) {
                step.run();
            } else {
                NodeLoops.run(loop, step);
            }
        }
    }
}
