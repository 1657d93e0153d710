package io.ebla.metaserver.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.port.FreePorts;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import tools.jackson.databind.json.JsonMapper;

class HttpNodeNetworkTest {

    private static final NodeApi.Fence FENCE =
            new NodeApi.Fence(
                    "cluster-1",
                    NodeId.of("t1"),
                    List.of(new NodeApi.TabletEpoch(new TabletId(7), 3)));
    private static final NodeApi.Fenced FENCED =
            new NodeApi.Fenced(
                    StoreId.of("store-1"),
                    Incarnation.of("run-1"),
                    List.of(
                            new NodeApi.FenceAnswer(
                                    new TabletId(7),
                                    NodeApi.FenceResult.ABSENT,
                                    null,
                                    0,
                                    0,
                                    0,
                                    0,
                                    0)));

    private final JsonMapper json = JsonMapper.shared();
    private final BlockingQueue<String> secrets = new LinkedBlockingQueue<>();
    private final BlockingQueue<NodeApi.Fence> fences = new LinkedBlockingQueue<>();
    private final HttpNodeNetwork network = new HttpNodeNetwork("sesame", InternalHttp.plain());
    private final DisposableServer node =
            HttpServer.create()
                    .host("127.0.0.1")
                    .port(0)
                    .route(
                            routes ->
                                    routes.post(
                                            NodeApi.ROOT + "/fence",
                                            (request, response) ->
                                                    request.receive()
                                                            .aggregate()
                                                            .asByteArray()
                                                            .flatMap(
                                                                    bytes -> {
                                                                        secrets.add(
                                                                                request.requestHeaders()
                                                                                        .get(
                                                                                                MetaApi
                                                                                                        .SECRET_HEADER));
                                                                        fences.add(
                                                                                json.readValue(
                                                                                        bytes,
                                                                                        NodeApi
                                                                                                .Fence
                                                                                                .class));
                                                                        return response.sendByteArray(
                                                                                        Mono.just(
                                                                                                json
                                                                                                        .writeValueAsBytes(
                                                                                                                FENCED)))
                                                                                .then();
                                                                    })))
                    .bindNow();

    @AfterEach
    void close() {
        network.close();
        node.disposeNow();
    }

    private static NodeDescriptor at(String address) {
        return new NodeDescriptor(
                NodeId.of("t1"), StoreId.of("store-1"), Incarnation.of("run-1"), address, "", "");
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }

    @Test
    void aFenceReachesTheNodeAndItsAnswerComesBack() throws Exception {
        assertThat(get(network.fence(at("127.0.0.1:" + node.port()), FENCE))).isEqualTo(FENCED);
        assertThat(fences).containsExactly(FENCE);
        assertThat(secrets).containsExactly("sesame");
    }

    @Test
    void whatIsNotAnsweredFails() throws Exception {
        NodeApi.HandOver handOver =
                new NodeApi.HandOver(
                        "cluster-1", NodeId.of("t1"), new TabletId(7), 3, NodeId.of("t2"));
        assertThat(network.handOver(at("127.0.0.1:" + node.port()), handOver))
                .failsWithin(30, TimeUnit.SECONDS);
    }

    @Test
    void onlyAPortThatNobodyListensAtRefuses() throws Exception {
        assertThat(get(network.refuses(at("127.0.0.1:" + node.port())))).isFalse();
        assertThat(get(network.refuses(at("127.0.0.1:" + FreePorts.next())))).isTrue();
        assertThat(get(network.refuses(at("no-such-host.invalid:9")))).isFalse();
        assertThat(get(network.refuses(at("nowhere")))).isFalse();
    }
}
