package io.ebla.tabletserver.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.tabletserver.network.ClusterSecret;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.http.MediaType;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;

class NodeRoutesTest {

    private static final NodeApi.Fence FENCE =
            new NodeApi.Fence(
                    "cluster-1",
                    NodeId.of("t1"),
                    List.of(new NodeApi.TabletEpoch(new TabletId(7), 3)));
    private static final NodeApi.HandOver HAND_OVER =
            new NodeApi.HandOver("cluster-1", NodeId.of("t1"), new TabletId(7), 3, NodeId.of("t2"));

    private final List<Object> asked = new ArrayList<>();
    private final FencedTablets tablets =
            new FencedTablets() {
                @Override
                public CompletableFuture<NodeApi.Fenced> fence(NodeApi.Fence fence) {
                    asked.add(fence);
                    return CompletableFuture.completedFuture(
                            new NodeApi.Fenced(
                                    StoreId.of("store-1"), Incarnation.of("run-1"), List.of()));
                }

                @Override
                public CompletableFuture<NodeApi.HandedOver> handOver(NodeApi.HandOver handOver) {
                    asked.add(handOver);
                    return CompletableFuture.completedFuture(new NodeApi.HandedOver(true, "done"));
                }

                @Override
                public CompletableFuture<NodeApi.SplitAnswer> split(NodeApi.Split split) {
                    asked.add(split);
                    return CompletableFuture.completedFuture(
                            new NodeApi.SplitAnswer(NodeApi.SplitResult.SPLIT));
                }

                @Override
                public CompletableFuture<NodeApi.Joined> join(NodeApi.Join join) {
                    asked.add(join);
                    return CompletableFuture.completedFuture(new NodeApi.Joined(true, false, ""));
                }

                @Override
                public CompletableFuture<NodeApi.SealAnswer> seal(NodeApi.Seal seal) {
                    asked.add(seal);
                    return CompletableFuture.completedFuture(
                            new NodeApi.SealAnswer(NodeApi.SealResult.SEALED));
                }

                @Override
                public CompletableFuture<NodeApi.SplitKey> splitKey(NodeApi.AskSplitKey key) {
                    asked.add(key);
                    return CompletableFuture.completedFuture(new NodeApi.SplitKey(true, "6d"));
                }
            };

    private final WebTestClient http =
            WebTestClient.bindToRouterFunction(problems(routes()))
                    .configureClient()
                    .defaultHeader(MetaApi.SECRET_HEADER, "sesame")
                    .build();

    private RouterFunction<ServerResponse> routes() {
        return new NodeRoutes(
                        tablets, NodeId.of("t1"), () -> "cluster-1", new ClusterSecret("sesame"))
                .routes();
    }

    /** As the server's own error handler does. */
    private static RouterFunction<ServerResponse> problems(RouterFunction<ServerResponse> routes) {
        return routes.filter(
                (request, next) ->
                        next.handle(request)
                                .onErrorResume(
                                        EblaException.class,
                                        refused ->
                                                ServerResponse.status(refused.status()).build()));
    }

    private WebTestClient.ResponseSpec post(String path, Object body) {
        return http.post()
                .uri(NodeApi.ROOT + path)
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue(body)
                .exchange();
    }

    @Test
    void aFenceAndAHandOverReachTheTabletsAndTheirAnswersTheCaller() {
        post("/fence", FENCE)
                .expectStatus()
                .isOk()
                .expectBody()
                .jsonPath("$.incarnation")
                .isEqualTo("run-1");
        post("/hand-over", HAND_OVER)
                .expectStatus()
                .isOk()
                .expectBody()
                .jsonPath("$.done")
                .isEqualTo(true);
        assertThat(asked).containsExactly(FENCE, HAND_OVER);
    }

    @Test
    void whoMeansAnotherNodeOrClusterOrHasNoSecretReachesNothing() {
        post("/fence", new NodeApi.Fence("cluster-1", NodeId.of("t2"), FENCE.tablets()))
                .expectStatus()
                .isForbidden();
        post("/fence", new NodeApi.Fence("cluster-2", NodeId.of("t1"), FENCE.tablets()))
                .expectStatus()
                .isForbidden();
        http.post()
                .uri(NodeApi.ROOT + "/fence")
                .headers(headers -> headers.set(MetaApi.SECRET_HEADER, "sesam"))
                .bodyValue(FENCE)
                .exchange()
                .expectStatus()
                .isUnauthorized();
        assertThat(asked).isEmpty();
    }

    @Test
    void rubbishIsRefused() {
        post("/fence", "{").expectStatus().isBadRequest();
        post("/fence", "null").expectStatus().isBadRequest();
        http.post().uri(NodeApi.ROOT + "/hand-over").exchange().expectStatus().isBadRequest();
        assertThat(asked).isEmpty();
    }
}
