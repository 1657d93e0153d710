package io.ebla.tabletserver.api;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.routing.Routing;
import io.ebla.tabletserver.tablet.TabletHost;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Tables as this server knows them, which asks meta before it says that there is none.
 *
 * <p>One question is under way at a time, whoever waits for it, and its answer holds for all names for a
 * moment: requests for tables that never were cannot hammer meta. Any thread.
 */
final class Tables {

    private final TabletHost host;
    private final Routing routing;
    private final MetaTables meta;
    private final Executor control;
    private final Clock clock;
    private final long freshNanos;

    private CompletableFuture<ClusterMap> asking; // guarded by this
    private long askedNanos; // guarded by this
    private boolean asked; // guarded by this

    /** @param control takes maps in, which may wait for a disk; apart from the threads of rows */
    Tables(
            TabletHost host,
            Routing routing,
            MetaTables meta,
            Executor control,
            Clock clock,
            ApiLimits limits) {
        this.host = host;
        this.routing = routing;
        this.meta = meta;
        this.control = control;
        this.clock = clock;
        this.freshNanos = limits.unknownTableMillis() * 1_000_000;
    }

    /** Where the rows of a table are. */
    Routing routing() {
        return routing;
    }

    /** What a request does with its table: gives its answer to the sink, now or later, or throws. */
    @FunctionalInterface
    interface Act {

        void on(TableDescriptor table, MonoSink<ServerResponse> sink);
    }

    /** The same with the request's whole body. */
    @FunctionalInterface
    interface ActWithBody {

        void on(TableDescriptor table, Bytes body, MonoSink<ServerResponse> sink);
    }

    /**
     * Finds the table of a request and acts on it, on the request's event loop. Whatever goes wrong on the
     * way, expected or not, becomes the answer.
     */
    Mono<ServerResponse> with(ApiRequest request, Act act) {
        return Mono.create(
                sink ->
                        request.attempt(
                                sink,
                                () ->
                                        find(
                                                request.table(),
                                                (table, failure) ->
                                                        request.resume(
                                                                () ->
                                                                        act(
                                                                                request, act, table,
                                                                                failure, sink)))));
    }

    private static void act(
            ApiRequest request,
            Act act,
            TableDescriptor table,
            Throwable failure,
            MonoSink<ServerResponse> sink) {
        if (failure != null) {
            sink.success(request.problem(unwrapped(failure)));
        } else {
            request.attempt(sink, () -> act.on(table, sink));
        }
    }

    /**
     * Finds the table of a request, takes in the body, and acts on both.
     *
     * @param bodyBytesMax a longer body is refused
     * @param timeoutMillis how long the body may take to arrive
     */
    Mono<ServerResponse> with(
            ApiRequest request, int bodyBytesMax, long timeoutMillis, ActWithBody act) {
        return with(
                request,
                (table, sink) ->
                        RequestBody.read(
                                request,
                                bodyBytesMax,
                                timeoutMillis,
                                (body, failure) ->
                                        act(
                                                request,
                                                (known, to) -> act.on(known, body, to),
                                                table,
                                                failure,
                                                sink)));
    }

    /**
     * Finds a table, at once when it is known here.
     *
     * @param then called once, on this thread or another; one of its arguments is null
     */
    void find(TableName name, BiConsumer<TableDescriptor, Throwable> then) {
        Optional<TableDescriptor> known = host.directory().table(name);
        if (known.isPresent()) {
            then.accept(known.get(), null);
            return;
        }
        CompletableFuture<ClusterMap> answer = askMeta();
        if (answer == null) {
            then.accept(null, notFound(name));
            return;
        }
        answer.whenComplete(
                (map, failure) -> {
                    if (failure != null) {
                        then.accept(null, unwrapped(failure));
                        return;
                    }
                    Optional<TableDescriptor> now = host.directory().table(name);
                    then.accept(now.orElse(null), now.isPresent() ? null : notFound(name));
                });
    }

    /** The newest map as soon as it is taken in here, or null when the last answer is fresh enough. */
    private CompletableFuture<ClusterMap> askMeta() {
        CompletableFuture<ClusterMap> question;
        synchronized (this) {
            if (asking != null) {
                return asking;
            }
            if (asked && clock.monotonicNanos() - askedNanos < freshNanos) {
                return null;
            }
            question = new CompletableFuture<>();
            asking = question;
        }
        taken(meta.map()).whenComplete((map, failure) -> answered(question, map, failure));
        return question;
    }

    private void answered(
            CompletableFuture<ClusterMap> question, ClusterMap map, Throwable failure) {
        synchronized (this) {
            asking = null;
            asked = failure == null;
            askedNanos = clock.monotonicNanos();
        }
        if (failure == null) {
            question.complete(map);
        } else {
            question.completeExceptionally(unwrapped(failure));
        }
    }

    /** The same map once this server has taken it in, which may wait for a disk. */
    CompletableFuture<ClusterMap> taken(CompletableFuture<ClusterMap> map) {
        return map.thenApplyAsync(
                newest -> {
                    host.update(newest);
                    return newest;
                },
                control);
    }

    static EblaException notFound(TableName name) {
        return new EblaException(ErrorCode.TABLE_NOT_FOUND, "there is no table " + name);
    }

    static Throwable unwrapped(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null
                ? failure.getCause()
                : failure;
    }
}
