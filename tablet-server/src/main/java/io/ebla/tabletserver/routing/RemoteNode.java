package io.ebla.tabletserver.routing;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.network.Gatekeeper;
import io.ebla.tabletserver.routing.RoutingObserver.Forwarded;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import reactor.core.scheduler.Scheduler;

/**
 * The way to one other node: how many calls and bytes may be under way (its bulkhead: a node that hangs holds
 * up no more than that), and a circuit breaker, so that one that does not answer is not asked by everybody.
 *
 * <p>Of a call that ends badly it is told whether it surely was never looked at there: only then may a write
 * be tried again (W6). Any thread; nothing blocks.
 */
final class RemoteNode {

    /** Why a call has no answer. */
    enum Loss {
        /** It was never sent, or refused before anybody looked at it. */
        NOT_SENT(Forwarded.NOT_SENT),
        /** There are too many calls already. */
        BUSY(Forwarded.BUSY),
        /** The connection was lost after it was sent. */
        LOST(Forwarded.LOST),
        /** Nothing came back in time, and it was sent. */
        LATE(Forwarded.LATE);

        private final Forwarded told;

        Loss(Forwarded told) {
            this.told = told;
        }
    }

    /** Where the one answer of a call goes; called once, on any thread. */
    interface Listener<A> {

        void answered(A answer);

        void lost(Loss loss);
    }

    private final NodeId id;
    private final Supplier<Optional<Channel>> channel;
    private final RoutingSettings settings;
    private final Clock clock;
    private final Scheduler scheduler;
    private final RoutingObserver observer;
    private final CircuitBreaker breaker;
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();

    RemoteNode(
            NodeId id,
            Supplier<Optional<Channel>> channel,
            RoutingSettings settings,
            Clock clock,
            Scheduler scheduler,
            RoutingObserver observer) {
        this.id = id;
        this.channel = channel;
        this.settings = settings;
        this.clock = clock;
        this.scheduler = scheduler;
        this.observer = observer;
        this.breaker =
                CircuitBreaker.of(
                        "node-" + id,
                        CircuitBreakerConfig.custom()
                                .slidingWindowSize(settings.breakerCalls())
                                .minimumNumberOfCalls(Math.max(1, settings.breakerCalls() / 2))
                                .waitDurationInOpenState(
                                        Duration.ofMillis(settings.breakerOpenMillis()))
                                .permittedNumberOfCallsInHalfOpenState(3)
                                .build());
    }

    NodeId id() {
        return id;
    }

    Clock clock() {
        return clock;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    RoutingSettings settings() {
        return settings;
    }

    /** Whether a call has a chance. */
    boolean admits() {
        return breaker.getState() != CircuitBreaker.State.OPEN;
    }

    int callsUnderWay() {
        return calls.get();
    }

    /**
     * Makes a call with one answer.
     *
     * @param operation its name in metrics
     * @param requestBytes what it holds in memory until it is answered
     * @param timeoutMillis how long an answer is waited for
     */
    <Q, A> void call(
            MethodDescriptor<Q, A> method,
            String operation,
            Q request,
            long requestBytes,
            long timeoutMillis,
            Listener<A> listener) {
        Optional<Channel> way = channel.get();
        if (way.isEmpty() || !breaker.tryAcquirePermission()) {
            lose(operation, Loss.NOT_SENT, listener);
            return;
        }
        if (!reserve(requestBytes)) {
            breaker.releasePermission();
            lose(operation, Loss.BUSY, listener);
            return;
        }
        Sent sent = new Sent();
        ClientCall<Q, A> call =
                way.get()
                        .newCall(
                                method,
                                CallOptions.DEFAULT
                                        .withDeadlineAfter(timeoutMillis, TimeUnit.MILLISECONDS)
                                        .withStreamTracerFactory(sent));
        call.start(new Unary<>(operation, requestBytes, sent, listener), new Metadata());
        call.request(2); // the answer, and the proof that there is one only
        call.sendMessage(request);
        call.halfClose();
    }

    /** Opens a call with many answers, which is outside the breaker's judgement; empty without a way. */
    <Q, A> Optional<ClientCall<Q, A>> stream(MethodDescriptor<Q, A> method) {
        return admits()
                ? channel.get().map(way -> way.newCall(method, CallOptions.DEFAULT))
                : Optional.empty();
    }

    private boolean reserve(long requestBytes) {
        int under = calls.incrementAndGet();
        long held = bytes.addAndGet(requestBytes);
        if (under <= settings.callsPerNode()
                && (held <= settings.bytesPerNode() || held == requestBytes)) {
            return true;
        }
        release(requestBytes);
        return false;
    }

    private void release(long requestBytes) {
        calls.decrementAndGet();
        bytes.addAndGet(-requestBytes);
    }

    private void lose(String operation, Loss loss, Listener<?> listener) {
        observer.forwarded(id, operation, loss.told);
        listener.lost(loss);
    }

    /** Notices that a call got a stream on a living connection: from then on it may have been sent. */
    private static final class Sent extends ClientStreamTracer.Factory {

        private volatile boolean maybe;

        @Override
        public ClientStreamTracer newClientStreamTracer(
                ClientStreamTracer.StreamInfo info, Metadata headers) {
            return new ClientStreamTracer() {
                @Override
                public void streamCreated(Attributes transport, Metadata sent) {
                    maybe = true;
                }
            };
        }
    }

    private final class Unary<A> extends ClientCall.Listener<A> {

        private final String operation;
        private final long requestBytes;
        private final Sent sent;
        private final Listener<A> listener;
        private final long startNanos = clock.monotonicNanos();
        private A answer;

        Unary(String operation, long requestBytes, Sent sent, Listener<A> listener) {
            this.operation = operation;
            this.requestBytes = requestBytes;
            this.sent = sent;
            this.listener = listener;
        }

        @Override
        public void onMessage(A message) {
            answer = message;
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            release(requestBytes);
            long tookNanos = clock.monotonicNanos() - startNanos;
            if (answer != null) { // whatever became of the stream after it
                breaker.onSuccess(tookNanos, TimeUnit.NANOSECONDS);
                observer.forwarded(id, operation, Forwarded.ANSWERED);
                listener.answered(answer);
                return;
            }
            if (Gatekeeper.refused(trailers)) {
                breaker.onSuccess(tookNanos, TimeUnit.NANOSECONDS); // it lives, and knows its mind
                lose(operation, Loss.NOT_SENT, listener);
                return;
            }
            breaker.onError(tookNanos, TimeUnit.NANOSECONDS, status.asException());
            lose(operation, loss(status), listener);
        }

        private Loss loss(Status status) {
            if (!sent.maybe) {
                return Loss.NOT_SENT;
            }
            return status.getCode() == Status.Code.DEADLINE_EXCEEDED ? Loss.LATE : Loss.LOST;
        }
    }
}
