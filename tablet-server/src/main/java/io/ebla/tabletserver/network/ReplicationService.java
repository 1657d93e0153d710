package io.ebla.tabletserver.network;

import io.ebla.core.cluster.NodeId;
import io.ebla.tabletserver.network.FrameCodec.Delivery;
import io.ebla.tabletserver.replication.ReplicaNetwork;
import io.ebla.tabletserver.wire.Frame;
import io.ebla.tabletserver.wire.FrameReply;
import io.ebla.tabletserver.wire.ReplicationGrpc;
import io.ebla.tabletserver.wire.SnapshotPart;
import io.ebla.tabletserver.wire.SnapshotRequest;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What other nodes say to this one: takes their streams apart and hands each message on, on the event loop
 * of its connection.
 *
 * <p>A node has one stream here, the newest: an older one, which it has given up without this end having
 * noticed, says nothing any more.
 */
final class ReplicationService extends ReplicationGrpc.ReplicationImplBase {

    private static final Logger LOG = LoggerFactory.getLogger(ReplicationService.class);
    private static final FrameReply WELCOME = FrameReply.getDefaultInstance();

    private final Gatekeeper gatekeeper;
    private final Function<NodeId, NodeTraffic> traffic;
    private final ReplicaNetwork.Receiver receiver;
    private final SnapshotService snapshots;
    private final Map<NodeId, Incoming> streams = new ConcurrentHashMap<>();

    ReplicationService(
            Gatekeeper gatekeeper,
            Function<NodeId, NodeTraffic> traffic,
            ReplicaNetwork.Receiver receiver,
            SnapshotService snapshots) {
        this.gatekeeper = gatekeeper;
        this.traffic = traffic;
        this.receiver = receiver;
        this.snapshots = snapshots;
    }

    @Override
    public StreamObserver<Frame> exchange(StreamObserver<FrameReply> replies) {
        NodeIdentity caller = Gatekeeper.caller();
        Incoming stream = new Incoming(caller, (ServerCallStreamObserver<FrameReply>) replies);
        Incoming older = streams.put(caller.id(), stream);
        if (older != null) {
            older.refuse(Status.ABORTED.withDescription("replaced by a newer stream"));
        }
        stream.welcome();
        return stream;
    }

    @Override
    public void snapshot(SnapshotRequest request, StreamObserver<SnapshotPart> parts) {
        snapshots.send(traffic.apply(Gatekeeper.caller().id()), request, parts);
    }

    /** Ends the streams of nodes that the map names otherwise by now. */
    void follow() {
        for (Incoming stream : streams.values()) {
            if (!gatekeeper.admits(stream.caller) && streams.remove(stream.from(), stream)) {
                stream.refuse(
                        Status.PERMISSION_DENIED.withDescription(
                                "the map no longer names " + stream.caller));
            }
        }
    }

    private final class Incoming implements StreamObserver<Frame> {

        private final NodeIdentity caller;
        private final ServerCallStreamObserver<FrameReply> replies;
        private final NodeTraffic counted;

        /** Guarded by {@code replies}: nothing may be said after the end. */
        private boolean over;

        Incoming(NodeIdentity caller, ServerCallStreamObserver<FrameReply> replies) {
            this.caller = caller;
            this.replies = replies;
            counted = traffic.apply(caller.id());
            replies.setOnCancelHandler(this::broken);
            replies.disableAutoRequest();
        }

        NodeId from() {
            return caller.id();
        }

        /** Nothing is held back: what is received is handed on without a wait. */
        void welcome() {
            synchronized (replies) {
                replies.onNext(WELCOME);
            }
            replies.request(Integer.MAX_VALUE);
        }

        void refuse(Status status) {
            synchronized (replies) {
                if (!over && !replies.isCancelled()) {
                    over = true;
                    replies.onError(status.asRuntimeException());
                }
            }
        }

        @Override
        public void onNext(Frame frame) {
            if (streams.get(from()) != this) {
                return;
            }
            try {
                List<Delivery> messages = FrameCodec.decode(frame);
                counted.received(messages.size(), frame.getSerializedSize());
                messages.forEach(this::deliver);
            } catch (MalformedFrameException malformed) {
                LOG.error(
                        "event=malformed_frame node={} reason=\"{}\"",
                        from(),
                        malformed.getMessage());
                end();
                refuse(Status.INVALID_ARGUMENT.withDescription(malformed.getMessage()));
                return;
            }
            if (frame.getEcho() != 0) {
                echo(frame.getEcho());
            }
        }

        /** A message that its receiver cannot take counts as lost; the others come through. */
        private void deliver(Delivery message) {
            try {
                message.deliver(from(), receiver);
            } catch (RuntimeException broken) {
                LOG.error("event=message_not_taken node={}", from(), broken);
            }
        }

        private void echo(long echo) {
            synchronized (replies) {
                if (!over && replies.isReady()) {
                    replies.onNext(FrameReply.newBuilder().setEcho(echo).build());
                }
            }
        }

        @Override
        public void onError(Throwable failure) {
            broken();
        }

        @Override
        public void onCompleted() {
            end();
            synchronized (replies) {
                if (!over) {
                    over = true;
                    replies.onCompleted();
                }
            }
        }

        private void broken() {
            if (end()) {
                receiver.disconnected(from());
            }
        }

        private boolean end() {
            return streams.remove(from(), this);
        }
    }
}
