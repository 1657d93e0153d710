package io.ebla.tabletserver.membership;

import static org.springframework.web.reactive.function.server.RouterFunctions.route;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.tabletserver.network.ClusterSecret;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The routes of {@link NodeApi}, by which the leading meta-server reaches the tablets of this node. A
 * caller proves the secret, and names the cluster and the node it means: an old address in a map must not
 * have another node's replicas promise anything.
 */
final class NodeRoutes {

    /** More than a fence of every tablet that one call may name. */
    private static final int BODY_MAX_BYTES = 4 << 20;

    private final JsonMapper json = JsonMapper.shared();
    private final FencedTablets tablets;
    private final NodeId self;
    private final Supplier<String> clusterId;
    private final ClusterSecret secret;

    /** @param clusterId of the cluster this node belongs to, "" while it belongs to none */
    NodeRoutes(
            FencedTablets tablets, NodeId self, Supplier<String> clusterId, ClusterSecret secret) {
        this.tablets = tablets;
        this.self = self;
        this.clusterId = clusterId;
        this.secret = secret;
    }

    RouterFunction<ServerResponse> routes() {
        return route().POST(NodeApi.ROOT + "/fence", this::fence)
                .POST(NodeApi.ROOT + "/hand-over", this::handOver)
                .POST(NodeApi.ROOT + "/split", this::split)
                .POST(NodeApi.ROOT + "/split-key", this::splitKey)
                .POST(NodeApi.ROOT + "/join", this::join)
                .POST(NodeApi.ROOT + "/seal", this::seal)
                .build();
    }

    private Mono<ServerResponse> split(ServerRequest request) {
        return answered(
                request,
                NodeApi.Split.class,
                split -> {
                    requireMeant(split.clusterId(), split.node());
                    return tablets.split(split);
                });
    }

    private Mono<ServerResponse> splitKey(ServerRequest request) {
        return answered(
                request,
                NodeApi.AskSplitKey.class,
                asked -> {
                    requireMeant(asked.clusterId(), asked.node());
                    return tablets.splitKey(asked);
                });
    }

    private Mono<ServerResponse> join(ServerRequest request) {
        return answered(
                request,
                NodeApi.Join.class,
                join -> {
                    requireMeant(join.clusterId(), join.node());
                    return tablets.join(join);
                });
    }

    private Mono<ServerResponse> seal(ServerRequest request) {
        return answered(
                request,
                NodeApi.Seal.class,
                seal -> {
                    requireMeant(seal.clusterId(), seal.node());
                    return tablets.seal(seal);
                });
    }

    private Mono<ServerResponse> fence(ServerRequest request) {
        return answered(
                request,
                NodeApi.Fence.class,
                fence -> {
                    requireMeant(fence.clusterId(), fence.node());
                    return tablets.fence(fence);
                });
    }

    private Mono<ServerResponse> handOver(ServerRequest request) {
        return answered(
                request,
                NodeApi.HandOver.class,
                handOver -> {
                    requireMeant(handOver.clusterId(), handOver.node());
                    return tablets.handOver(handOver);
                });
    }

    private void requireMeant(String cluster, NodeId node) {
        if (!cluster.equals(clusterId.get()) || !self.equals(node)) {
            throw new EblaException(
                    ErrorCode.FORBIDDEN,
                    "this is node " + self + " of cluster '" + clusterId.get() + "'");
        }
    }

    private <T, R> Mono<ServerResponse> answered(
            ServerRequest request, Class<T> type, Function<T, CompletableFuture<R>> call) {
        return Mono.defer(
                () -> {
                    String presented = request.headers().firstHeader(MetaApi.SECRET_HEADER);
                    if (presented == null || !secret.matches(presented)) {
                        throw new EblaException(
                                ErrorCode.UNAUTHORIZED,
                                "the header "
                                        + MetaApi.SECRET_HEADER
                                        + " does not hold this cluster's secret");
                    }
                    return DataBufferUtils.join(
                                    request.body(BodyExtractors.toDataBuffers()), BODY_MAX_BYTES)
                            .map(buffer -> read(buffer, type))
                            .switchIfEmpty(Mono.error(() -> invalid("the body is empty")))
                            .onErrorMap(
                                    DataBufferLimitException.class,
                                    tooLong -> invalid("the body is too long"))
                            .flatMap(body -> Mono.fromFuture(call.apply(body)))
                            .flatMap(this::ok);
                });
    }

    private Mono<ServerResponse> ok(Object answer) {
        return ServerResponse.ok()
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue(json.writeValueAsBytes(answer));
    }

    private <T> T read(DataBuffer buffer, Class<T> type) {
        try {
            byte[] bytes = new byte[buffer.readableByteCount()];
            buffer.read(bytes);
            T value = json.readValue(bytes, type);
            if (value == null) {
                throw invalid("the body is null");
            }
            return value;
        } catch (JacksonException malformed) {
            throw invalid("the body is no " + type.getSimpleName());
        } finally {
            DataBufferUtils.release(buffer);
        }
    }

    private static EblaException invalid(String detail) {
        return new EblaException(ErrorCode.INVALID_ARGUMENT, detail);
    }
}
