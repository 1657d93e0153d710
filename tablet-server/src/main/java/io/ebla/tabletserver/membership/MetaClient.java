package io.ebla.tabletserver.membership;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.netty.handler.codec.http.HttpMethod;
import java.time.Duration;
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
 * <p>Calls on behalf of users go through a circuit breaker, so that while meta is down they are refused
 * at once instead of each waiting for it. The node's own calls do not: they find out when it is back.
 */
public final class MetaClient implements AutoCloseable {

    /** What the answer to a long question may take beyond the wait it asks for. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final MetaTransport transport;
    private final Duration timeout;
    private final ScheduledExecutorService scheduler;
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

    public CompletableFuture<MetaApi.ClusterDescription> cluster() {
        return question("cluster", MetaApi.ClusterDescription.class);
    }

    CompletableFuture<ClusterMap> register(MetaApi.Register request) {
        return transport.send(call(HttpMethod.POST, "nodes", request), ClusterMap.class);
    }

    CompletableFuture<Void> heartbeat(NodeId node, MetaApi.Heartbeat heartbeat) {
        return transport.send(
                call(HttpMethod.POST, "nodes/" + node + "/heartbeat", heartbeat), Void.class);
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
                new MetaTransport.Call(HttpMethod.GET, path, null, wait.plus(GRACE));
        CompletableFuture<ClusterMap> answer = transport.send(call, ClusterMap.class);
        return MetaTransport.cancelling(answer, answer.thenApply(Optional::ofNullable));
    }

    CompletableFuture<ClusterMap> opened(MetaApi.Opened request) {
        return transport.send(call(HttpMethod.POST, "tablets/opened", request), ClusterMap.class);
    }

    CompletableFuture<Void> dropped(MetaApi.Dropped request) {
        return transport.send(call(HttpMethod.POST, "tablets/dropped", request), Void.class);
    }

    private MetaTransport.Call call(HttpMethod method, String path, Object body) {
        return new MetaTransport.Call(method, path, body, timeout);
    }

    private <T> CompletableFuture<T> change(MetaTransport.Call call, Class<T> type) {
        return expected(guarded(() -> transport.send(call, type)).get());
    }

    /** Questions do no harm when repeated. */
    private <T> CompletableFuture<T> question(String path, Class<T> type) {
        MetaTransport.Call call = call(HttpMethod.GET, path, null);
        return expected(
                retry.executeCompletionStage(scheduler, guarded(() -> transport.send(call, type))));
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
        return cause instanceof CallNotPermittedException
                ? new EblaException(
                                ErrorCode.META_UNAVAILABLE,
                                "no meta-server has answered lately; it is asked again shortly")
                        .withOutcome(Outcome.NOT_APPLIED)
                        .withRetryAfterMillis(500)
                : cause;
    }

    private static boolean unreachable(Throwable failure) {
        return unwrapped(failure) instanceof EblaException expected
                && expected.code() == ErrorCode.META_UNAVAILABLE;
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
