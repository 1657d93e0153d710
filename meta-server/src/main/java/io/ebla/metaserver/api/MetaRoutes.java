package io.ebla.metaserver.api;

import static org.springframework.web.reactive.function.server.RouterFunctions.route;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.liveness.Liveness;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.Connection;

/**
 * The routes of {@link MetaApi}, and of the public {@code /v1/cluster} on a meta-server that is one alone.
 * The leader answers them from memory or when the Raft group has answered, another member asks the leader
 * ({@link LeaderForward}); nothing here blocks the event loop it runs on.
 */
public final class MetaRoutes {

    private static final long WAIT_MAX_MILLIS = 60_000;

    /** More than a proposal may take. */
    private static final long ANSWER_MAX_MILLIS = 15_000;

    private static final String CLUSTER = "/v1/cluster";
    private static final int VERSION = "/v1".length();

    private final MetaWire wire = new MetaWire();
    private final MetadataTablet metadata;
    private final LeaderForward leader;
    private final ClusterSecret secret;
    private final NodeCalls nodes;
    private final TableCalls tables;
    private final HandOverCalls handOvers;
    private final MoveCalls moves;
    private final TaskCalls tasks;
    private final SplitCalls splits;
    private final MergeCalls merges;
    private final MapCalls maps;
    private final ClusterView cluster;
    private final MemberCalls members;
    private final AdministrationRate rate;

    /**
     * @param configuredSecret the cluster's secret, "" for the one of development
     * @param defaultReplicas copies of a table that does not say
     * @param changesPerSecond how many of operators' changes are taken
     * @param executor runs what answers many callers at once
     */
    public MetaRoutes(
            MetadataTablet metadata,
            LeaderForward leader,
            Liveness liveness,
            Clock clock,
            String configuredSecret,
            int defaultReplicas,
            int changesPerSecond,
            Executor executor) {
        this.metadata = metadata;
        this.leader = leader;
        Supplier<ReplicaId> newReplicas = () -> ReplicaId.of(UUID.randomUUID().toString());
        secret = new ClusterSecret(configuredSecret);
        nodes = new NodeCalls(metadata, liveness, clock, newReplicas);
        tables = new TableCalls(metadata, liveness, clock, newReplicas, defaultReplicas);
        Supplier<String> ids = () -> UUID.randomUUID().toString();
        handOvers = new HandOverCalls(metadata, liveness, clock, ids);
        moves = new MoveCalls(metadata, liveness, clock, newReplicas);
        splits = new SplitCalls(metadata, clock, ids);
        merges = new MergeCalls(metadata, clock, ids);
        tasks = new TaskCalls(metadata, liveness, clock, ids);
        maps = new MapCalls(metadata, executor);
        cluster = new ClusterView(metadata, liveness);
        members = new MemberCalls(metadata, clock);
        rate = new AdministrationRate(changesPerSecond);
    }

    public RouterFunction<ServerResponse> routes() {
        String root = MetaApi.ROOT;
        return route().POST(root + "/nodes", this::register)
                .POST(root + "/nodes/{id}/heartbeat", this::heartbeat)
                .GET(root + "/map", this::map)
                .POST(root + "/tablets/opened", this::opened)
                .POST(root + "/tablets/dropped", this::dropped)
                .POST(root + "/tablets/{id}/master", request -> rated(request, this::moveMaster))
                .POST(root + "/tablets/{id}/move", request -> rated(request, this::moveReplica))
                .POST(root + "/tablets/{id}/split", request -> rated(request, this::split))
                .POST(root + "/tablets/{id}/merge", request -> rated(request, this::merge))
                .POST(root + "/nodes/{id}/leaving", this::leaving)
                .POST(root + "/tables", this::createTable)
                .PATCH(root + "/tables/{name}", this::changeTable)
                .DELETE(root + "/tables/{name}", this::dropTable)
                .POST(root + "/members", this::published)
                .add(cluster(root + "/cluster"))
                .filter((request, next) -> guarded(request, next::handle))
                .build();
    }

    /**
     * What a meta-server answers to everybody who reaches it: {@code /v1/cluster}. Whatever else is asked is
     * not found here.
     */
    public RouterFunction<ServerResponse> publicRoutes() {
        return route().add(
                        cluster(CLUSTER)
                                .filter(
                                        (request, next) -> {
                                            PublicRequests.check(request);
                                            return led(request, next::handle);
                                        }))
                .route(RequestPredicates.all(), request -> PublicRequests.refuse(request))
                .filter((request, next) -> answered(request, next::handle))
                .build();
    }

    private RouterFunction<ServerResponse> cluster(String path) {
        return route().GET(path, request -> wire.ok(cluster.describe()))
                .HEAD(path, request -> wire.ok(cluster.describe()))
                .GET(path + "/operations/{id}", this::operation)
                .HEAD(path + "/operations/{id}", this::operation)
                .PUT(path + "/meta/{id}", request -> rated(request, this::addMember))
                .DELETE(path + "/meta/{id}", request -> rated(request, this::removeMember))
                .POST(
                        path + "/nodes/{id}/drain",
                        request -> rated(request, asked -> ofNode(asked, tasks::drain)))
                .POST(
                        path + "/nodes/{id}/undrain",
                        request -> rated(request, asked -> ofNode(asked, tasks::undrain)))
                .PUT(path + "/balancing", request -> rated(request, this::balancing))
                .build();
    }

    private Mono<ServerResponse> guarded(
            ServerRequest request, Function<ServerRequest, Mono<ServerResponse>> next) {
        return answered(
                request,
                allowed -> {
                    secret.require(allowed.headers().firstHeader(MetaApi.SECRET_HEADER));
                    return led(allowed, next);
                });
    }

    private Mono<ServerResponse> answered(
            ServerRequest request, Function<ServerRequest, Mono<ServerResponse>> next) {
        return Mono.defer(() -> next.apply(request).timeout(bound(request), unanswered()))
                .publishOn(eventLoop(request))
                .onErrorResume(failure -> wire.problem(failure, instance(request)));
    }

    /** Here when this member leads, else where the leader is. */
    private Mono<ServerResponse> led(
            ServerRequest request, Function<ServerRequest, Mono<ServerResponse>> next) {
        leader.address().ifPresent(address -> nameLeader(request, address));
        return metadata.leads() ? next.apply(request) : leader.forward(request, path(request));
    }

    private static void nameLeader(ServerRequest request, String address) {
        request.exchange().getResponse().getHeaders().set(MetaApi.LEADER_HEADER, address);
    }

    /** The path by which meta-servers ask each other the same. */
    private static String path(ServerRequest request) {
        String query = request.uri().getRawQuery();
        String raw = request.uri().getRawPath();
        String path = raw.startsWith(CLUSTER) ? MetaApi.ROOT + raw.substring(VERSION) : raw;
        return query == null ? path : path + "?" + query;
    }

    /** The path as a user asked for it, also where another member passed the question on. */
    private static String instance(ServerRequest request) {
        String raw = request.uri().getRawPath();
        return raw.startsWith(MetaApi.ROOT + "/cluster")
                ? CLUSTER + raw.substring((MetaApi.ROOT + "/cluster").length())
                : raw;
    }

    /** Whatever happens behind a call, its caller hears of it after that time. */
    private static Duration bound(ServerRequest request) {
        return Duration.ofMillis(ANSWER_MAX_MILLIS + waitMillis(request));
    }

    private static Mono<ServerResponse> unanswered() {
        return Mono.error(
                () ->
                        new EblaException(
                                        ErrorCode.META_UNAVAILABLE,
                                        "the call was not answered in time")
                                .withOutcome(Outcome.UNKNOWN));
    }

    /**
     * Where an answer is written: on its connection's own thread, however it came about, so that it
     * cannot race with the reading of the request there, and the Raft group's threads write nothing.
     */
    private static Scheduler eventLoop(ServerRequest request) {
        Object carrier =
                ServerHttpRequestDecorator.getNativeRequest(request.exchange().getRequest());
        return carrier instanceof Connection connection && connection.channel().isRegistered()
                ? Schedulers.fromExecutor(connection.channel().eventLoop()::execute)
                : Schedulers.immediate();
    }

    private Mono<ServerResponse> register(ServerRequest request) {
        return call(request, MetaApi.Register.class, nodes::register).flatMap(wire::ok);
    }

    private Mono<ServerResponse> heartbeat(ServerRequest request) {
        NodeId node = named(request, "id", NodeId::of);
        return wire.body(request, MetaApi.Heartbeat.class)
                .map(heartbeat -> nodes.heartbeat(node, heartbeat))
                .flatMap(wire::ok);
    }

    private Mono<ServerResponse> map(ServerRequest request) {
        return Mono.fromFuture(
                        maps.newer(
                                number(request, "generation"),
                                number(request, "version"),
                                waitMillis(request)))
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

    private Mono<ServerResponse> moveMaster(ServerRequest request) {
        TabletId tablet = named(request, "id", TabletId::parse);
        return call(request, MetaApi.MoveMaster.class, move -> handOvers.move(tablet, move))
                .flatMap(wire::accepted);
    }

    private Mono<ServerResponse> rated(
            ServerRequest request, Function<ServerRequest, Mono<ServerResponse>> next) {
        rate.take();
        return next.apply(request);
    }

    private Mono<ServerResponse> moveReplica(ServerRequest request) {
        TabletId tablet = named(request, "id", TabletId::parse);
        return call(request, MetaApi.MoveReplica.class, move -> moves.move(tablet, move))
                .flatMap(wire::accepted);
    }

    private Mono<ServerResponse> ofNode(
            ServerRequest request, Function<NodeId, CompletableFuture<MetaApi.Begun>> begin) {
        NodeId node = named(request, "id", NodeId::of);
        return wire.noBody(request)
                .then(Mono.defer(() -> Mono.fromFuture(begin.apply(node))))
                .flatMap(wire::accepted);
    }

    private Mono<ServerResponse> balancing(ServerRequest request) {
        return call(request, MetaApi.Balancing.class, tasks::balancing).flatMap(wire::accepted);
    }

    private Mono<ServerResponse> split(ServerRequest request) {
        TabletId tablet = named(request, "id", TabletId::parse);
        Optional<TableName> table = table(request);
        return call(request, MetaApi.SplitTablet.class, split -> splits.split(table, tablet, split))
                .flatMap(wire::accepted);
    }

    private Mono<ServerResponse> merge(ServerRequest request) {
        TabletId tablet = named(request, "id", TabletId::parse);
        return wire.noBody(request)
                .then(Mono.defer(() -> Mono.fromFuture(merges.merge(table(request), tablet))))
                .flatMap(wire::accepted);
    }

    /** The one that a caller takes the tablet to be of, if it says so. */
    private static Optional<TableName> table(ServerRequest request) {
        try {
            return request.queryParam("table").map(TableName::of);
        } catch (IllegalArgumentException malformed) {
            throw new EblaException(ErrorCode.INVALID_ARGUMENT, malformed.getMessage());
        }
    }

    private Mono<ServerResponse> leaving(ServerRequest request) {
        NodeId node = named(request, "id", NodeId::of);
        return wire.body(request, MetaApi.Leaving.class)
                .map(leaving -> handOvers.leaving(node, leaving))
                .flatMap(wire::ok);
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
        TableName name = named(request, "name", TableName::of);
        return wire.noBody(request)
                .then(Mono.defer(() -> Mono.fromFuture(tables.drop(name))))
                .flatMap(done -> ServerResponse.noContent().build());
    }

    private Mono<ServerResponse> published(ServerRequest request) {
        return call(request, MetaApi.MetaMember.class, members::publish)
                .flatMap(done -> ServerResponse.noContent().build());
    }

    private Mono<ServerResponse> operation(ServerRequest request) {
        return wire.ok(cluster.operation(request.pathVariable("id")));
    }

    private Mono<ServerResponse> addMember(ServerRequest request) {
        String member = request.pathVariable("id");
        return call(request, MetaApi.MetaAddress.class, address -> members.add(member, address))
                .flatMap(wire::accepted);
    }

    private Mono<ServerResponse> removeMember(ServerRequest request) {
        String member = request.pathVariable("id");
        return wire.noBody(request)
                .then(Mono.defer(() -> Mono.fromFuture(members.remove(member))))
                .flatMap(wire::accepted);
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

    private static long waitMillis(ServerRequest request) {
        return Math.max(0, Math.min(number(request, "waitMillis"), WAIT_MAX_MILLIS));
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
