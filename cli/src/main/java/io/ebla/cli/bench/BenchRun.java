package io.ebla.cli.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpResponseDecoder;
import java.lang.management.ManagementFactory;
import java.util.OptionalDouble;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * One run: connects, warms up, measures, waits for the last answers. All connections share one thread,
 * which also owns the tally, so the client takes little from the cores it shares with the server.
 */
final class BenchRun {

    private static final int ANSWER_SECONDS = 65;

    private final BenchPlan plan;
    private final ServerCpu serverCpu;
    private final BenchRequests requests;
    private final BenchTally tally = new BenchTally();
    private final CountDownLatch ended;
    private volatile long measureFromNanos;
    private volatile boolean measuring;
    private volatile boolean over;

    BenchRun(BenchPlan plan, ServerCpu serverCpu) {
        this.plan = plan;
        this.serverCpu = serverCpu;
        this.requests =
                new BenchRequests(
                        plan, new BenchValues(plan.valueSize(), plan.seed()), plan.seed());
        this.ended = new CountDownLatch(plan.connections());
    }

    BenchResult run() throws InterruptedException {
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            connect(loop);
            TimeUnit.SECONDS.sleep(plan.warmUp());
            OptionalDouble serverBefore = serverCpu.seconds();
            double clientBefore = clientCpuSeconds();
            long from = System.nanoTime();
            measureFromNanos = from;
            measuring = true;
            TimeUnit.SECONDS.sleep(plan.seconds());
            over = true;
            double seconds = (System.nanoTime() - from) / 1e9;
            OptionalDouble serverAfter = serverCpu.seconds();
            double clientSeconds = clientCpuSeconds() - clientBefore;
            boolean allEnded = ended.await(ANSWER_SECONDS, TimeUnit.SECONDS);
            loop.submit(() -> finish(allEnded)).sync();
            return new BenchResult(
                    plan, tally, seconds, used(serverBefore, serverAfter), clientSeconds);
        } finally {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    private void finish(boolean allEnded) {
        if (!allEnded) {
            tally.error("no answer within " + ANSWER_SECONDS + " s");
        }
        if (tally.reads().getTotalCount() + tally.writes().getTotalCount() == 0) {
            tally.error("no request was answered");
        }
    }

    private static OptionalDouble used(OptionalDouble before, OptionalDouble after) {
        return before.isPresent() && after.isPresent()
                ? OptionalDouble.of(after.getAsDouble() - before.getAsDouble())
                : OptionalDouble.empty();
    }

    private static double clientCpuSeconds() {
        return ManagementFactory.getOperatingSystemMXBean()
                        instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getProcessCpuTime() / 1e9
                : Double.NaN;
    }

    private void connect(EventLoopGroup loop) {
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(loop)
                        .channel(NioSocketChannel.class)
                        .option(ChannelOption.TCP_NODELAY, true)
                        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 5000)
                        .handler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        channel.pipeline()
                                                .addLast(new HttpResponseDecoder())
                                                .addLast(new BenchConnection(BenchRun.this));
                                    }
                                });
        for (int i = 0; i < plan.connections(); i++) {
            bootstrap
                    .connect(plan.host(), plan.port())
                    .addListener(
                            opened -> {
                                if (!opened.isSuccess()) {
                                    failed("no connection: " + opened.cause().getMessage());
                                    ended();
                                }
                            });
        }
    }

    // Called by connections, on the one thread

    BenchRequests requests() {
        return requests;
    }

    boolean isOver() {
        return over;
    }

    void answered(boolean read, long sentNanos) {
        if (measuring && sentNanos - measureFromNanos >= 0 && !over) {
            tally.add(read, System.nanoTime() - sentNanos);
        }
    }

    void failed(String what) {
        tally.error(what);
    }

    void ended() {
        ended.countDown();
    }
}
