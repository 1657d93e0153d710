package io.ebla.tabletserver.network;

import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gRPC server for other nodes. Its handlers run on event loops and must not wait.
 *
 * <p>Any thread; started at most once.
 */
public final class NodeServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(NodeServer.class);
    private static final int WINDOW_BYTES = 1 << 20;
    private static final int HEADER_BYTES_MAX = 8 << 10;
    private static final int HANDSHAKE_SECONDS = 5;
    private static final int KEEP_ALIVE_SECONDS = 5;

    private final String bind;
    private int port; // as it is, once it listens
    private final NodeTls tls;
    private final NodeLoops loops;
    private final Gatekeeper gatekeeper;
    private Server server;
    private boolean closed;

    /** @param port 0 for any */
    NodeServer(String bind, int port, NodeTls tls, NodeLoops loops, Gatekeeper gatekeeper) {
        this.bind = bind;
        this.port = port;
        this.tls = tls;
        this.loops = loops;
        this.gatekeeper = gatekeeper;
    }

    /** Returns when it listens; does nothing when it does already, or has ended. */
    synchronized void start(List<ServerServiceDefinition> services) {
        if (server != null || closed) {
            return;
        }
        NettyServerBuilder builder =
                NettyServerBuilder.forAddress(new InetSocketAddress(bind, port))
                        .bossEventLoopGroup(loops.group())
                        .workerEventLoopGroup(loops.group())
                        .channelType(loops.serverChannelType())
                        .directExecutor()
                        .intercept(gatekeeper)
                        .flowControlWindow(WINDOW_BYTES)
                        .maxInboundMessageSize(NodeChannels.MESSAGE_BYTES_MAX)
                        .maxInboundMetadataSize(HEADER_BYTES_MAX)
                        .handshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS)
                        .permitKeepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                        .permitKeepAliveWithoutCalls(true);
        tls.secure(builder);
        services.forEach(builder::addService);
        try {
            server = builder.build().start();
        } catch (IOException taken) {
            throw new UncheckedIOException(
                    "cannot serve gRPC on " + bind + ":" + port + ": " + taken.getMessage(), taken);
        }
        port = server.getPort();
        LOG.info("event=grpc_listening bind={} port={}", bind, port);
    }

    /** Where it listens, or will. */
    public synchronized int port() {
        return port;
    }

    /** Ends every call. */
    @Override
    public synchronized void close() {
        closed = true;
        if (server != null) {
            server.shutdownNow();
        }
    }
}
