package io.ebla.metaserver.api;

import static org.springframework.web.reactive.function.server.RouterFunctions.route;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TableName;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.liveness.Liveness;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * The routes of {@link MetaApi}. Everything is answered from memory or when the Raft group has answered;
 * nothing here blocks the event loop it runs on.
 */
public final class MetaRoutes {

    private static final long WAIT_MAX_MILLIS = 60_000;

    private final MetaWire wire = new MetaWire();
    private final ClusterSecret secret;
    private final NodeCalls nodes;
    private final TableCalls tables;
    private final MapCalls maps;
    private final ClusterView cluster;

    /**
     * @param configuredSecret the cluster's secret, "" for the one of development
     * @param defaultReplicas copies of a table that does not say
     * @param executor runs what answers many callers at once
     */
    public MetaRoutes(
            MetadataTablet metadata,
            Liveness liveness,
            Clock clock,
            String configuredSecret,
            int defaultReplicas,
            Executor executor) {
        Supplier<ReplicaId> newReplicas = () -> ReplicaId.of(UUID.randomUUID().toString());
        secret = new ClusterSecret(configuredSecret);
        nodes = new NodeCalls(metadata, liveness, clock, newReplicas);
        tables = new TableCalls(metadata, liveness, clock, newReplicas, defaultReplicas);
        maps = new MapCalls(metadata, executor);
        cluster = new ClusterView(metadata, liveness);
    }

    public RouterFunction<ServerResponse> routes() {
        String root = MetaApi.ROOT;
        return route().POST(root + "/nodes", this::register)
                .POST(root + "/nodes/{id}/heartbeat", this::heartbeat)
                .GET(root + "/map", this::map)
                .POST(root + "/tablets/opened", this::opened)
                .POST(root + "/tablets/dropped", this::dropped)
                .POST(root + "/tables", this::createTable)
                .PATCH(root + "/tables/{name}", this::changeTable)
                .DELETE(root + "/tables/{name}", this::dropTable)
                .GET(root + "/cluster", request -> wire.ok(cluster.describe()))
                .filter((request, next) -> guarded(request, next::handle))
                .build();
    }

    private Mono<ServerResponse> guarded(
            ServerRequest request, Function<ServerRequest, Mono<ServerResponse>> next) {
        return Mono.defer(
                        () -> {
                            secret.require(request.headers().firstHeader(MetaApi.SECRET_HEADER));
                            return next.apply(request);
                        })
                .onErrorResume(wire::problem);
    }

    private Mono<ServerResponse> register(ServerRequest request) {
        return call(request, MetaApi.Register.class, nodes::register).flatMap(wire::ok);
    }

    private Mono<ServerResponse> heartbeat(ServerRequest request) {
        NodeId node = named(request, "id", NodeId::of);
        return wire.body(request, MetaApi.Heartbeat.class)
                .doOnNext(heartbeat -> nodes.heartbeat(node, heartbeat))
                .flatMap(heard -> ServerResponse.noContent().build());
    }

    private Mono<ServerResponse> map(ServerRequest request) {
        long waitMillis = Math.min(number(request, "waitMillis"), WAIT_MAX_MILLIS);
        return Mono.fromFuture(
                        maps.newer(
                                number(request, "generation"),
                                number(request, "version"),
                                waitMillis))
                .flatMap(
                        newer ->
                                newer.isPresent()
                                        ? wire.ok(newer.get().map())
                                        : ServerResponse.noContent().build());
    }

    private Mono<ServerResponse> opened(ServerRequest request) {
        Mono<ClusterMap> map = call(request, MetaApi.Opened.class, nodes::opened);
        return map.flatMap(wire::ok);
    }

    private Mono<ServerResponse> dropped(ServerRequest request) {
        return call(request, MetaApi.Dropped.class, nodes::dropped)
                .flatMap(done -> ServerResponse.noContent().build());
    }

    private Mono<ServerResponse> createTable(ServerRequest request) {
        return call(request, MetaApi.CreateTable.class, tables::create).flatMap(wire::ok);
    }

    private Mono<ServerResponse> changeTable(ServerRequest request) {
        TableName name = named(request, "name", TableName::of);
        return call(request, MetaApi.ChangeTable.class, change -> tables.change(name, change))
                .flatMap(wire::ok);
    }

    private Mono<ServerResponse> dropTable(ServerRequest request) {
        return Mono.fromFuture(tables.drop(named(request, "name", TableName::of)))
                .flatMap(done -> ServerResponse.noContent().build());
    }

    private <T, R> Mono<R> call(
            ServerRequest request, Class<T> type, Function<T, CompletableFuture<R>> operation) {
        return wire.body(request, type).flatMap(body -> Mono.fromFuture(operation.apply(body)));
    }

    private static <T> T named(ServerRequest request, String name, Function<String, T> parse) {
        try {
            return parse.apply(request.pathVariable(name));
        } catch (IllegalArgumentException malformed) {
            throw new EblaException(ErrorCode.INVALID_ARGUMENT, malformed.getMessage());
        }
    }

    private static long number(ServerRequest request, String name) {
        String text = request.queryParam(name).orElse("0");
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException malformed) {
            throw new EblaException(
                    ErrorCode.INVALID_ARGUMENT, name + " is no number: '" + text + "'");
        }
    }
}
