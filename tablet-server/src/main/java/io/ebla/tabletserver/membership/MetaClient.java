package io.ebla.tabletserver.membership;

import io.ebla.core.cluster.ClusterDescription;
import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.bulkhead.BulkheadFullException;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.netty.handler.codec.http.HttpMethod;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;

/**
 * What a tablet server asks of the meta-servers. Any thread; nothing blocks. Futures fail with an
 * {@link EblaException}, {@code meta_unavailable} when nobody answers.
 *
 * <p>Calls on behalf of users go through a bulkhead, beyond which they are refused as {@code overloaded},
 * and a circuit breaker, so that while meta is down they are refused at once instead of each waiting for
 * it. The node's own calls do not: they find out when it is back, and wait behind nobody.
 */
public final class MetaClient implements AutoCloseable {

    /** What the answer to a long question may take beyond the wait it asks for. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    /** A report is repeated soon anyway; it is what finds out that a meta-server has stopped. */
    private static final Duration REPORT_TIMEOUT = Duration.ofSeconds(1);

    private final MetaTransport transport;
    private final Duration timeout;
    private final ScheduledExecutorService scheduler;

    private final Bulkhead bulkhead =
            Bulkhead.of(
                    "meta",
                    BulkheadConfig.custom()
                            .maxConcurrentCalls(MetaTransport.USERS_CALLS_MAX)
                            .maxWaitDuration(Duration.ZERO)
                            .build());
    private final CircuitBreaker breaker =
            CircuitBreaker.of(
                    "meta",
                    CircuitBreakerConfig.custom()
                            .slidingWindowSize(20)
                            .minimumNumberOfCalls(10)
                            .waitDurationInOpenState(Duration.ofMillis(500))
                            .permittedNumberOfCallsInHalfOpenState(3)
                            .recordException(MetaClient::unreachable)
                            .build());

    /** As long as an election of meta-servers takes, and a little more. */
    private final Retry patience =
            Retry.of(
                    "meta-changes",
                    RetryConfig.custom()
                            .maxAttempts(12)
                            .waitDuration(Duration.ofMillis(200))
                            .retryOnException(MetaClient::certainlyNotDone)
                            .build());

    private final Retry retry =
            Retry.of(
                    "meta",
                    RetryConfig.custom()
                            .maxAttempts(3)
                            .waitDuration(Duration.ofMillis(50))
                            .retryOnException(MetaClient::unreachable)
                            .build());

    /** @param scheduler runs the pauses between attempts */
    MetaClient(MetaTransport transport, Duration timeout, ScheduledExecutorService scheduler) {
        this.transport = transport;
        this.timeout = timeout;
        this.scheduler = scheduler;
    }

    public CompletableFuture<MetaApi.TableCreated> createTable(MetaApi.CreateTable request) {
        return change(call(HttpMethod.POST, "tables", request), MetaApi.TableCreated.class);
    }

    public CompletableFuture<TableDescriptor> changeTable(
            TableName name, MetaApi.ChangeTable request) {
        return change(call(HttpMethod.PATCH, "tables/" + name, request), TableDescriptor.class);
    }

    public CompletableFuture<Void> dropTable(TableName name) {
        return change(call(HttpMethod.DELETE, "tables/" + name, null), Void.class);
    }

    /** The map as it is now. */
    public CompletableFuture<ClusterMap> map() {
        return question("map", ClusterMap.class);
    }

    public CompletableFuture<ClusterDescription> cluster() {
        return question("cluster", ClusterDescription.class);
    }

    /** What the cluster says of where its meta-servers are. */
    void learn(List<String> metaServers) {
        transport.addresses().learn(metaServers);
    }

    /** Calls the listener when another meta-server is asked first than before. */
    void onMoved(Runnable listener) {
        transport.addresses().onMoved(listener);
    }

    /** An operation's course, as it is told to users. */
    public CompletableFuture<ClusterDescription.Operation> operation(String id) {
        return question("cluster/operations/" + id, ClusterDescription.Operation.class);
    }

    /** Begins to take a meta-server in. */
    public CompletableFuture<MetaApi.Begun> addMeta(String member, MetaApi.MetaAddress address) {
        return change(call(HttpMethod.PUT, "cluster/meta/" + member, address), MetaApi.Begun.class);
    }

    /** Begins to take a meta-server out. */
    public CompletableFuture<MetaApi.Begun> removeMeta(String member) {
        return change(call(HttpMethod.DELETE, "cluster/meta/" + member, null), MetaApi.Begun.class);
    }

    /** Begins to merge a tablet with its right neighbour; the operation tells how it goes. */
    public CompletableFuture<MetaApi.Begun> merge(TableName table, TabletId tablet) {
        return change(
                call(HttpMethod.POST, "tablets/" + tablet + "/merge?table=" + table, null),
                MetaApi.Begun.class);
    }

    /** Begins to split a tablet; the operation tells how it goes. */
    public CompletableFuture<MetaApi.Begun> split(
            TableName table, TabletId tablet, MetaApi.SplitTablet request) {
        return change(
                call(HttpMethod.POST, "tablets/" + tablet + "/split?table=" + table, request),
                MetaApi.Begun.class);
    }

    /** Begins to hand a tablet's mastership over; the operation tells how it goes. */
    public CompletableFuture<MetaApi.Begun> moveMaster(TabletId tablet, NodeId to) {
        return change(
                call(HttpMethod.POST, "tablets/" + tablet + "/master", new MetaApi.MoveMaster(to)),
                MetaApi.Begun.class);
    }

    /** Begins to move a replica of a tablet from one node to another. */
    public CompletableFuture<MetaApi.Begun> moveReplica(TabletId tablet, NodeId from, NodeId to) {
        return change(
                call(
                        HttpMethod.POST,
                        "tablets/" + tablet + "/move",
                        new MetaApi.MoveReplica(from, to)),
                MetaApi.Begun.class);
    }

    /** Begins to empty a node, or takes that back. */
    public CompletableFuture<MetaApi.Begun> drain(NodeId node, boolean drain) {
        String path = "cluster/nodes/" + node + (drain ? "/drain" : "/undrain");
        return change(call(HttpMethod.POST, path, null), MetaApi.Begun.class);
    }

    /** Pauses or resumes balancing. */
    public CompletableFuture<MetaApi.Begun> balancing(MetaApi.Balancing balancing) {
        return change(call(HttpMethod.PUT, "cluster/balancing", balancing), MetaApi.Begun.class);
    }

    CompletableFuture<MetaApi.Left> leaving(NodeId node, MetaApi.Leaving leaving) {
        return transport.send(
                report("nodes/" + node + "/leaving", leaving, REPORT_TIMEOUT), MetaApi.Left.class);
    }

    CompletableFuture<ClusterMap> register(MetaApi.Register request) {
        return transport.send(report("nodes", request, timeout), ClusterMap.class);
    }

    /** Null where the leader says nothing of itself. */
    CompletableFuture<MetaApi.Heard> heartbeat(NodeId node, MetaApi.Heartbeat heartbeat) {
        return transport.send(
                report("nodes/" + node + "/heartbeat", heartbeat, REPORT_TIMEOUT),
                MetaApi.Heard.class);
    }

    /** A map newer than that one, or nothing when the wait runs out first; may be cancelled. */
    CompletableFuture<Optional<ClusterMap>> newerMap(ClusterMap known, Duration wait) {
        String path =
                "map?generation="
                        + known.generation()
                        + "&version="
                        + known.version()
                        + "&waitMillis="
                        + wait.toMillis();
        MetaTransport.Call call =
                new MetaTransport.Call(HttpMethod.GET, path, null, wait.plus(GRACE), true, false);
        CompletableFuture<ClusterMap> answer = transport.send(call, ClusterMap.class);
        return MetaTransport.cancelling(answer, answer.thenApply(Optional::ofNullable));
    }

    /** The map as it is now, for this node itself. */
    CompletableFuture<ClusterMap> ownMap() {
        return transport.send(
                new MetaTransport.Call(HttpMethod.GET, "map", null, timeout, true, false),
                ClusterMap.class);
    }

    CompletableFuture<ClusterMap> opened(MetaApi.Opened request) {
        return transport.send(report("tablets/opened", request, timeout), ClusterMap.class);
    }

    CompletableFuture<Void> dropped(MetaApi.Dropped request) {
        return transport.send(report("tablets/dropped", request, timeout), Void.class);
    }

    private MetaTransport.Call call(HttpMethod method, String path, Object body) {
        return new MetaTransport.Call(method, path, body, timeout, false, true);
    }

    /** What a node says of itself may be said twice. */
    private static MetaTransport.Call report(String path, Object body, Duration timeout) {
        return new MetaTransport.Call(HttpMethod.POST, path, body, timeout, true, false);
    }

    private <T> CompletableFuture<T> change(MetaTransport.Call call, Class<T> type) {
        return expected(
                bulkhead.executeCompletionStage(
                        () ->
                                patience.executeCompletionStage(
                                        scheduler, guarded(() -> transport.send(call, type)))));
    }

    /** Questions do no harm when repeated. */
    private <T> CompletableFuture<T> question(String path, Class<T> type) {
        MetaTransport.Call call =
                new MetaTransport.Call(HttpMethod.GET, path, null, timeout, true, true);
        return expected(
                bulkhead.executeCompletionStage(
                        () ->
                                retry.executeCompletionStage(
                                        scheduler, guarded(() -> transport.send(call, type)))));
    }

    private <T> Supplier<CompletionStage<T>> guarded(Supplier<CompletionStage<T>> call) {
        return breaker.decorateCompletionStage(call);
    }

    private static <T> CompletableFuture<T> expected(CompletionStage<T> stage) {
        return stage.toCompletableFuture()
                .exceptionallyCompose(failure -> CompletableFuture.failedFuture(expected(failure)));
    }

    private static Throwable expected(Throwable failure) {
        Throwable cause = unwrapped(failure);
        if (cause instanceof BulkheadFullException) {
            return new EblaException(
                            ErrorCode.OVERLOADED,
                            MetaTransport.USERS_CALLS_MAX + " calls wait for the metadata already")
                    .withOutcome(Outcome.NOT_APPLIED)
                    .withRetryAfterMillis(500);
        }
        return cause instanceof CallNotPermittedException
                ? new EblaException(
                                ErrorCode.META_UNAVAILABLE,
                                "no meta-server has answered lately; it is asked again shortly")
                        .withOutcome(Outcome.NOT_APPLIED)
                        .withRetryAfterMillis(500)
                : cause;
    }

    /** That nobody leads, or answers: during an election of meta-servers it is only a matter of time. */
    private static boolean certainlyNotDone(Throwable failure) {
        return unwrapped(failure) instanceof EblaException expected
                && expected.code() == ErrorCode.META_UNAVAILABLE
                && expected.retryable();
    }

    private static boolean unreachable(Throwable failure) {
        return unwrapped(failure) instanceof EblaException expected
                && expected.code() == ErrorCode.META_UNAVAILABLE;
    }

    /** Whether meta refused a call because it does not know that run of the node. */
    static boolean unknownNode(Throwable failure) {
        return unwrapped(failure) instanceof EblaException refused
                && refused.code() == ErrorCode.NODE_NOT_FOUND;
    }

    static Throwable unwrapped(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null
                ? failure.getCause()
                : failure;
    }

    @Override
    public void close() {
        transport.close();
    }
}
