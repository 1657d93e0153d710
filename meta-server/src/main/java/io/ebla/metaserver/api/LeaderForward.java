package io.ebla.metaserver.api;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.nodes.InternalHttp;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;

/**
 * The way from a member that does not lead to the one that does: the call as it came, over HTTP, once.
 *
 * <p>Where the leader serves HTTP is in the metadata, which every member has. A call that comes forwarded
 * to a member that does not lead any more is refused, never passed on again: the caller asks anew.
 */
public final class LeaderForward implements AutoCloseable {

    private static final int CONNECTIONS_MAX = 256;
    private static final int WAITING_MAX = 10_000;
    private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(500);
    private static final long RETRY_AFTER_MILLIS = 500;

    private final MetaWire wire = new MetaWire();
    private final ConnectionProvider connections =
            ConnectionProvider.builder("ebla-meta-leader")
                    .maxConnections(CONNECTIONS_MAX)
                    .pendingAcquireMaxCount(WAITING_MAX)
                    .pendingAcquireTimeout(CONNECT_TIMEOUT)
                    .build();
    private final MetadataTablet metadata;
    private final InternalHttp security;
    private final HttpClient http;

    /** @param configuredSecret the cluster's secret, "" for the one of development */
    public LeaderForward(MetadataTablet metadata, String configuredSecret, InternalHttp security) {
        this.metadata = metadata;
        this.security = security;
        String secret = configuredSecret.isEmpty() ? MetaApi.DEVELOPMENT_SECRET : configuredSecret;
        http =
                security.secure(HttpClient.create(connections))
                        .disableRetry(true)
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                (int) CONNECT_TIMEOUT.toMillis())
                        .headers(
                                headers ->
                                        headers.set(MetaApi.SECRET_HEADER, secret)
                                                .set(
                                                        HttpHeaderNames.CONTENT_TYPE,
                                                        "application/json"));
    }

    /** Where the leader serves HTTP, as far as this member knows. */
    Optional<String> address() {
        String leader = metadata.membership().leader();
        return leader.isEmpty()
                ? Optional.empty()
                : metadata.appliedState().map(state -> state.metaGroup().addresses().get(leader));
    }

    /**
     * What the leader answers to a call that came to this member; fails with {@code meta_unavailable}
     * when there is no leader, or it does not answer.
     *
     * @param path of the call as meta-servers make it, with its query
     */
    Mono<ServerResponse> forward(ServerRequest request, String path) {
        if (request.headers().firstHeader(MetaApi.FORWARDED_HEADER) != null) {
            return Mono.error(noLeader());
        }
        return wire.bytes(request)
                .flatMap(body -> send(request.method().name(), path, body))
                .flatMap(LeaderForward::pass);
    }

    /** Tells the leader something on this member's own behalf. */
    Mono<Void> tell(String path, Object content) {
        return send("POST", path, wire.json(content))
                .flatMap(
                        answer ->
                                answer.status() < 300
                                        ? Mono.empty()
                                        : Mono.error(
                                                new IllegalStateException(
                                                        "the leader answered " + answer.status())));
    }

    private record Answer(int status, String contentType, String retryAfter, byte[] body) {}

    private Mono<Answer> send(String method, String path, byte[] body) {
        Optional<String> address = address();
        if (address.isEmpty()) {
            return Mono.error(noLeader());
        }
        return http.headers(
                        headers ->
                                headers.set(MetaApi.FORWARDED_HEADER, metadata.membership().self()))
                .request(HttpMethod.valueOf(method))
                .uri(security.url(address.get()) + path)
                .send(Mono.just(Unpooled.wrappedBuffer(body)))
                .responseSingle(
                        (response, content) ->
                                content.asByteArray()
                                        .defaultIfEmpty(new byte[0])
                                        .map(bytes -> answer(response, bytes)))
                .onErrorMap(failure -> unanswered(method, address.get(), failure));
    }

    private static Answer answer(HttpClientResponse response, byte[] bytes) {
        return new Answer(
                response.status().code(),
                response.responseHeaders().get(HttpHeaderNames.CONTENT_TYPE),
                response.responseHeaders().get(HttpHeaderNames.RETRY_AFTER),
                bytes);
    }

    private static Mono<ServerResponse> pass(Answer answer) {
        ServerResponse.BodyBuilder response = ServerResponse.status(answer.status());
        if (answer.contentType() != null) {
            response.header(HttpHeaders.CONTENT_TYPE, answer.contentType());
        }
        if (answer.retryAfter() != null) {
            response.header(HttpHeaders.RETRY_AFTER, answer.retryAfter());
        }
        return answer.body().length == 0 ? response.build() : response.bodyValue(answer.body());
    }

    /** A call that may have arrived is unknown unless it was only a question. */
    private static EblaException unanswered(String method, String address, Throwable failure) {
        boolean sent =
                !(failure instanceof ConnectException || failure instanceof UnknownHostException);
        return new EblaException(
                        ErrorCode.META_UNAVAILABLE,
                        "the leading meta-server " + address + ": " + failure.getMessage())
                .withOutcome(sent && !method.equals("GET") ? Outcome.UNKNOWN : Outcome.NOT_APPLIED)
                .withRetryAfterMillis(RETRY_AFTER_MILLIS);
    }

    @Override
    public void close() {
        connections.disposeLater().subscribe();
    }

    private static EblaException noLeader() {
        return new EblaException(ErrorCode.META_UNAVAILABLE, "there is no leading meta-server now")
                .withOutcome(Outcome.NOT_APPLIED)
                .withRetryAfterMillis(RETRY_AFTER_MILLIS);
    }
}
