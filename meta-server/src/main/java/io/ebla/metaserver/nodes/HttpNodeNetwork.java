package io.ebla.metaserver.nodes;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.tcp.TcpClient;
import tools.jackson.databind.json.JsonMapper;

/** {@link NodeApi} as JSON over HTTP. Answers come on an event loop. */
public final class HttpNodeNetwork implements NodeNetwork, AutoCloseable {

    private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(500);

    /** Longer than any lease that is waited for. */
    private static final Duration FENCE_TIMEOUT = Duration.ofSeconds(4);

    private static final Duration HAND_OVER_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration SPLIT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration SPLIT_KEY_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration IDLE_MAX = Duration.ofSeconds(30);
    private static final int CONNECTIONS_PER_NODE = 64;

    private final JsonMapper json = JsonMapper.shared();
    private final ConnectionProvider connections =
            ConnectionProvider.builder("ebla-nodes")
                    .maxConnections(CONNECTIONS_PER_NODE)
                    .pendingAcquireMaxCount(CONNECTIONS_PER_NODE)
                    .pendingAcquireTimeout(CONNECT_TIMEOUT)
                    .maxIdleTime(IDLE_MAX)
                    .build();
    private final InternalHttp security;
    private final HttpClient http;
    private final TcpClient probe =
            TcpClient.newConnection()
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) CONNECT_TIMEOUT.toMillis());

    /** @param secret the cluster's, "" for the one of development */
    public HttpNodeNetwork(String secret, InternalHttp security) {
        this.security = security;
        String presented = secret.isEmpty() ? MetaApi.DEVELOPMENT_SECRET : secret;
        http =
                security.secure(HttpClient.create(connections))
                        .disableRetry(true)
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                (int) CONNECT_TIMEOUT.toMillis())
                        .headers(
                                headers ->
                                        headers.set(MetaApi.SECRET_HEADER, presented)
                                                .set(
                                                        HttpHeaderNames.CONTENT_TYPE,
                                                        "application/json"));
    }

    @Override
    public CompletableFuture<NodeApi.Fenced> fence(NodeDescriptor to, NodeApi.Fence fence) {
        return call(to, "fence", fence, NodeApi.Fenced.class, FENCE_TIMEOUT);
    }

    @Override
    public CompletableFuture<NodeApi.HandedOver> handOver(
            NodeDescriptor to, NodeApi.HandOver handOver) {
        return call(to, "hand-over", handOver, NodeApi.HandedOver.class, HAND_OVER_TIMEOUT);
    }

    @Override
    public CompletableFuture<NodeApi.SplitAnswer> split(NodeDescriptor to, NodeApi.Split split) {
        return call(to, "split", split, NodeApi.SplitAnswer.class, SPLIT_TIMEOUT);
    }

    @Override
    public CompletableFuture<NodeApi.Joined> join(NodeDescriptor to, NodeApi.Join join) {
        return call(to, "join", join, NodeApi.Joined.class, SPLIT_TIMEOUT);
    }

    @Override
    public CompletableFuture<NodeApi.SealAnswer> seal(NodeDescriptor to, NodeApi.Seal seal) {
        return call(to, "seal", seal, NodeApi.SealAnswer.class, SPLIT_TIMEOUT);
    }

    @Override
    public CompletableFuture<NodeApi.SplitKey> splitKey(
            NodeDescriptor to, NodeApi.AskSplitKey asked) {
        return call(to, "split-key", asked, NodeApi.SplitKey.class, SPLIT_KEY_TIMEOUT);
    }

    private <T> CompletableFuture<T> call(
            NodeDescriptor to, String path, Object body, Class<T> type, Duration timeout) {
        return http.responseTimeout(timeout)
                .post()
                .uri(security.url(to.address()) + NodeApi.ROOT + "/" + path)
                .send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(json.writeValueAsBytes(body))))
                .responseSingle(
                        (response, content) ->
                                content.asByteArray()
                                        .defaultIfEmpty(new byte[0])
                                        .map(bytes -> answer(to, response, bytes, type)))
                .timeout(timeout.plus(CONNECT_TIMEOUT))
                .toFuture();
    }

    private <T> T answer(
            NodeDescriptor to, HttpClientResponse response, byte[] bytes, Class<T> type) {
        int status = response.status().code();
        if (status != 200) {
            throw new IllegalStateException("node " + to.id() + " answered " + status);
        }
        return json.readValue(bytes, type);
    }

    @Override
    public CompletableFuture<Boolean> refuses(NodeDescriptor node) {
        int colon = node.address().lastIndexOf(':');
        if (colon < 0) {
            return CompletableFuture.completedFuture(false);
        }
        return probe.host(node.address().substring(0, colon))
                .port(Integer.parseInt(node.address().substring(colon + 1)))
                .connect()
                .map(
                        connection -> {
                            connection.dispose();
                            return false;
                        })
                .onErrorResume(failure -> Mono.just(refused(failure)))
                .defaultIfEmpty(false)
                .toFuture();
    }

    private static boolean refused(Throwable failure) {
        return failure instanceof ConnectException
                && !(failure instanceof ConnectTimeoutException)
                && String.valueOf(failure.getMessage())
                        .toLowerCase(Locale.ROOT)
                        .contains("refused");
    }

    @Override
    public void close() {
        connections.disposeLater().subscribe();
    }
}
