package io.ebla.tabletserver.network;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of the network between nodes: a few event loops, apart from those of HTTP, so that neither
 * side's load delays the other's. A thread starts when something first runs on it. Where the kernel's own
 * polling can be had they use that, as HTTP's do.
 */
public final class NodeLoops implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(NodeLoops.class);

    private static final boolean POLLS = Epoll.isAvailable();

    private final EventLoopGroup group;

    public NodeLoops(int threads) {
        IoHandlerFactory polling = POLLS ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        group =
                new MultiThreadIoEventLoopGroup(
                        threads, new DefaultThreadFactory("ebla-node", true), polling);
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

    Class<? extends SocketChannel> channelType() {
        return POLLS ? EpollSocketChannel.class : NioSocketChannel.class;
    }

    Class<? extends ServerChannel> serverChannelType() {
        return POLLS ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }

    /** Ends the threads soon; what still runs on them is not waited for. */
    @Override
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
