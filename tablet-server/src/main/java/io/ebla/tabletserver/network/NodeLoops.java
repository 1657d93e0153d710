package io.ebla.tabletserver.network;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of the network between nodes: a few event loops, apart from those of HTTP, so that neither
 * side's load delays the other's. A thread starts when something first runs on it.
 */
public final class NodeLoops implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(NodeLoops.class);

    private final EventLoopGroup group;

    public NodeLoops(int threads) {
        group =
                new MultiThreadIoEventLoopGroup(
                        threads,
                        new DefaultThreadFactory("ebla-node", true),
                        NioIoHandler.newFactory());
    }

    EventLoop next() {
        return group.next();
    }

    /** Runs a step on a loop, after what runs there; never at all once the network has ended. */
    static void run(EventLoop loop, Runnable step) {
        try {
            loop.execute(step);
        } catch (RejectedExecutionException ended) {
            LOG.debug("event=network_ended", ended);
        }
    }

    /** Likewise, after a time. */
    static void runLater(EventLoop loop, Runnable step, long nanos) {
        try {
            loop.schedule(step, nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException ended) {
            LOG.debug("event=network_ended", ended);
        }
    }

    EventLoopGroup group() {
        return group;
    }

    Class<NioSocketChannel> channelType() {
        return NioSocketChannel.class;
    }

    Class<? extends ServerChannel> serverChannelType() {
        return NioServerSocketChannel.class;
    }

    /** Ends the threads soon; what still runs on them is not waited for. */
    @Override
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
