package io.ebla.tabletserver.network;

import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The gRPC channels to other nodes. Row operations and snapshots share one for each node, replication has
 * connections of its own ({@link PeerLink}): a large scan must not stand before a beat.
 *
 * <p>A channel follows its node: when the map names another address or another run, calls go there. Every
 * call proves who makes it, and fails unless the node that was meant answers. Any thread.
 */
public final class NodeChannels implements AutoCloseable {

    static final int MESSAGE_BYTES_MAX = 48 << 20;

    private static final int CONNECT_MILLIS = 1_000;
    private static final int WINDOW_BYTES = 1 << 20;
    private static final int KEEP_ALIVE_SECONDS = 10;
    private static final int KEEP_ALIVE_TIMEOUT_SECONDS = 3;

    /** A transport, and the way to call through it that proves and checks who is who. */
    record Connection(NodeDescriptor node, ManagedChannel transport, Channel proven) {

        void end() {
            transport.shutdownNow();
        }
    }

    private final NodeIdentity self;
    private final ClusterNodes nodes;
    private final ClusterSecret secret;
    private final NodeTls tls;
    private final NodeLoops loops;
    private final Map<NodeId, Connection> shared = new ConcurrentHashMap<>();
    private volatile boolean closed;

    NodeChannels(
            NodeIdentity self,
            ClusterNodes nodes,
            ClusterSecret secret,
            NodeTls tls,
            NodeLoops loops) {
        this.self = self;
        this.nodes = nodes;
        this.secret = secret;
        this.tls = tls;
        this.loops = loops;
        nodes.onChange(this::follow);
    }

    /** The shared channel to a node; empty when the map does not name it, or names no gRPC address. */
    public Optional<Channel> channel(NodeId id) {
        return nodes.node(id)
                .filter(node -> !node.grpcAddress().isEmpty() && !closed)
                .map(this::shared)
                .map(Connection::proven);
    }

    private Connection shared(NodeDescriptor node) {
        Connection known = shared.get(node.id());
        if (known == null || !known.node().equals(node)) {
            known =
                    shared.compute(
                            node.id(),
                            (id, there) ->
                                    there != null && there.node().equals(node)
                                            ? there
                                            : replaced(there, node));
        }
        if (known.transport().getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
            known.transport().resetConnectBackoff();
        }
        return known;
    }

    /** Calls under way on the old one end as they can. */
    private Connection replaced(Connection old, NodeDescriptor node) {
        if (old != null) {
            old.transport().shutdown();
        }
        return open(node, loops.next());
    }

    private void follow() {
        for (NodeId id : shared.keySet()) {
            shared.computeIfPresent(
                    id,
                    (same, known) -> {
                        if (nodes.node(id).filter(known.node()::equals).isPresent()) {
                            return known;
                        }
                        known.transport().shutdown();
                        return null;
                    });
        }
    }

    /** A connection of the caller's own, all of whose work is done by that one loop. */
    Connection open(NodeDescriptor node, EventLoop loop) {
        HostAndPort address = HostAndPort.parse(node.grpcAddress());
        NettyChannelBuilder builder =
                NettyChannelBuilder.forAddress(address.host(), address.port())
                        .eventLoopGroup(loop)
                        .channelType(loops.channelType())
                        .directExecutor()
                        .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
                        .flowControlWindow(WINDOW_BYTES)
                        .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                        .keepAliveTimeout(KEEP_ALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                        .maxInboundMessageSize(MESSAGE_BYTES_MAX)
                        .disableRetry()
                        .disableServiceConfigLookUp();
        tls.secure(builder);
        ManagedChannel transport = builder.build();
        PeerProof proof = new PeerProof(self, node, nodes.clusterId(), secret);
        return new Connection(node, transport, ClientInterceptors.intercept(transport, proof));
    }

    /** Calls under way fail. */
    @Override
    public void close() {
        closed = true;
        shared.values().forEach(Connection::end);
        shared.clear();
    }
}
