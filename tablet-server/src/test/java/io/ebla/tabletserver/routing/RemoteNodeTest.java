package io.ebla.tabletserver.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.port.FreePorts;
import io.ebla.core.time.SystemClock;
import io.ebla.tabletserver.routing.RemoteNode.Loss;
import io.ebla.tabletserver.wire.RowsGet;
import io.ebla.tabletserver.wire.RowsGot;
import io.ebla.tabletserver.wire.RowsGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Schedulers;

/** What a caller is told of calls that another node does not answer, and what its circuit breaker does. */
class RemoteNodeTest {

    private static final long LONG_MILLIS = 60_000;
    private static final int BREAKER_CALLS = 10;

    private final Node there = new Node();
    private final List<ManagedChannel> channels = new ArrayList<>();
    private Server server;
    private volatile ManagedChannel way;

    /** Answers at once, or holds every call. */
    private static final class Node extends RowsGrpc.RowsImplBase {

        final AtomicInteger calls = new AtomicInteger();
        volatile boolean silent;

        @Override
        public void get(RowsGet asked, StreamObserver<RowsGot> answer) {
            calls.incrementAndGet();
            if (silent) {
                return;
            }
            answer.onNext(RowsGot.getDefaultInstance());
            answer.onCompleted();
        }
    }

    @BeforeEach
    void start() throws IOException {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        server = NettyServerBuilder.forAddress(any).addService(there).build().start();
        way = channel(server.getPort());
    }

    @AfterEach
    void stop() {
        channels.forEach(ManagedChannel::shutdownNow);
        server.shutdownNow();
    }

    private ManagedChannel channel(int port) {
        ManagedChannel channel =
                NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
        channels.add(channel);
        return channel;
    }

    private RemoteNode node(int callsMax, long bytesMax) {
        return new RemoteNode(
                NodeId.of("t2"),
                () -> Optional.ofNullable(way),
                new RoutingSettings(callsMax, bytesMax, 10, BREAKER_CALLS, 250, 200, 5_000, 1_000),
                new SystemClock(),
                Schedulers.parallel(),
                RoutingObserver.NONE);
    }

    /** Null when it is answered. */
    private static CompletableFuture<Loss> call(RemoteNode node, long bytes, long millis) {
        CompletableFuture<Loss> ended = new CompletableFuture<>();
        node.call(
                RowsGrpc.getGetMethod(),
                "get",
                RowsGet.getDefaultInstance(),
                bytes,
                millis,
                new RemoteNode.Listener<>() {
                    @Override
                    public void answered(RowsGot answer) {
                        ended.complete(null);
                    }

                    @Override
                    public void lost(Loss loss) {
                        ended.complete(loss);
                    }
                });
        return ended;
    }

    private static Loss ended(CompletableFuture<Loss> call) throws Exception {
        return call.get(40, TimeUnit.SECONDS);
    }

    @Test
    void whatIsSentAndNotAnsweredIsLostOrLateAndNeverCalledUnsent() throws Exception {
        RemoteNode node = node(10, 1_000);
        assertThat(ended(call(node, 1, LONG_MILLIS))).isNull();
        there.silent = true;
        assertThat(ended(call(node, 1, 2_000))).isEqualTo(Loss.LATE);
        CompletableFuture<Loss> broken = call(node, 1, LONG_MILLIS);
        until(() -> there.calls.get() == 3);
        server.shutdownNow();
        assertThat(ended(broken)).isEqualTo(Loss.LOST);
        assertThat(node.callsUnderWay()).isZero();
    }

    @Test
    void withoutAWayOrAListenerNothingIsSent() throws Exception {
        RemoteNode node = node(10, 1_000);
        way = null;
        assertThat(ended(call(node, 1, LONG_MILLIS))).isEqualTo(Loss.NOT_SENT);
        way = channel(FreePorts.next());
        assertThat(ended(call(node, 1, LONG_MILLIS))).isEqualTo(Loss.NOT_SENT);
    }

    @Test
    void moreCallsOrBytesThanTheBoundAreRefusedAndAnyOneFits() throws Exception {
        there.silent = true;
        RemoteNode few = node(2, 1_000);
        List<CompletableFuture<Loss>> held = new ArrayList<>();
        held.add(call(few, 1, LONG_MILLIS));
        held.add(call(few, 1, LONG_MILLIS));
        assertThat(ended(call(few, 1, LONG_MILLIS))).isEqualTo(Loss.BUSY);
        RemoteNode small = node(10, 1_000);
        held.add(call(small, 5_000, LONG_MILLIS));
        assertThat(ended(call(small, 1, LONG_MILLIS))).isEqualTo(Loss.BUSY);
        assertThat(held).noneMatch(CompletableFuture::isDone);
        assertThat(few.callsUnderWay()).isEqualTo(2);
    }

    @Test
    void aNodeThatFailsIsLeftAloneAndAskedAgainLater() throws Exception {
        RemoteNode node = node(10, 1_000);
        ManagedChannel alive = way;
        way = channel(FreePorts.next());
        for (int i = 0; node.admits(); i++) {
            assertThat(i).as("calls that fail before it is left alone").isLessThan(BREAKER_CALLS);
            assertThat(ended(call(node, 1, LONG_MILLIS))).isEqualTo(Loss.NOT_SENT);
        }
        way = alive;
        Loss loss = ended(call(node, 1, LONG_MILLIS));
        assertThat(loss).as("at once, or the pause was over before").isIn(Loss.NOT_SENT, null);
        assertThat(loss == null || there.calls.get() == 0).as("nobody was asked").isTrue();
        until(() -> call(node, 1, LONG_MILLIS).join() == null);
        for (int i = 0; i < 5; i++) {
            assertThat(ended(call(node, 1, LONG_MILLIS))).isNull();
        }
        assertThat(node.admits()).isTrue();
    }

    private static void until(BooleanSupplier so) {
        long begun = System.nanoTime();
        while (!so.getAsBoolean()) {
            assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(40));
            LockSupport.parkNanos(1_000_000);
        }
    }
}
