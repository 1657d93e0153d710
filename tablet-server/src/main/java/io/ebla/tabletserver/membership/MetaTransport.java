package io.ebla.tabletserver.membership;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.tabletserver.network.NodeTls;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * One HTTP call to whichever meta-server answers: the addresses are tried in turn from the leader's on, as
 * long as it is certain that nothing has been done, or doing it twice does no harm.
 *
 * <p>The node's own calls and those on behalf of users have connections of their own, and event loops that
 * serve nobody else: neither many users nor a meta-server that answers them slowly hold up a heartbeat. Any
 * thread; answers come on one of those loops.
 */
final class MetaTransport implements AutoCloseable {

    /** Calls on behalf of users that may be under way; {@link MetaClient} makes no more. */
    static final int USERS_CALLS_MAX = 64;

    private static final int CONNECTIONS_MAX = 16;
    private static final int WAITING_MAX = 256;
    private static final int LOOPS = 2;
    private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(500);

    private final JsonMapper json = JsonMapper.shared();
    private final LoopResources loops = LoopResources.create("ebla-meta", LOOPS, true);
    private final ConnectionProvider ownConnections = connections("ebla-meta", CONNECTIONS_MAX);
    private final ConnectionProvider usersConnections =
            connections("ebla-meta-users", USERS_CALLS_MAX);
    private final MetaAddresses addresses;
    private final NodeTls tls;
    private final HttpClient own;
    private final HttpClient users;

    /**
     * @param addresses where meta-servers serve HTTP, {@code host:port}; asked for at each call
     * @param secret the cluster's, "" for the one of development
     */
    MetaTransport(Supplier<List<String>> addresses, String secret, NodeTls tls) {
        this.addresses = new MetaAddresses(addresses);
        this.tls = tls;
        own = client(ownConnections, secret);
        users = client(usersConnections, secret);
    }

    private static ConnectionProvider connections(String name, int most) {
        return ConnectionProvider.builder(name)
                .maxConnections(most)
                .pendingAcquireMaxCount(WAITING_MAX)
                .pendingAcquireTimeout(CONNECT_TIMEOUT)
                .build();
    }

    private HttpClient client(ConnectionProvider connections, String secret) {
        String presented = secret.isEmpty() ? MetaApi.DEVELOPMENT_SECRET : secret;
        return tls.secure(HttpClient.create(connections))
                .runOn(loops)
                .disableRetry(true)
                .option(
                        io.netty.channel.ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        (int) CONNECT_TIMEOUT.toMillis())
                .headers(
                        headers ->
                                headers.set(MetaApi.SECRET_HEADER, presented)
                                        .set(HttpHeaderNames.CONTENT_TYPE, "application/json"));
    }

    /** Where it sends to. */
    MetaAddresses addresses() {
        return addresses;
    }

    /**
     * What is asked: {@code path} below {@link MetaApi#ROOT}, a null body for none.
     *
     * @param repeatable whether asking twice does no harm, nor changes the answer
     * @param forUser whether it is made on behalf of a user, and not the node's own
     */
    record Call(
            HttpMethod method,
            String path,
            Object body,
            Duration timeout,
            boolean repeatable,
            boolean forUser) {}

    /** The answer's body, null when it has none; fails with an {@link EblaException}. */
    <T> CompletableFuture<T> send(Call call, Class<T> type) {
        byte[] body = call.body() == null ? new byte[0] : json.writeValueAsBytes(call.body());
        List<String> known = addresses.inOrder();
        CompletableFuture<Answer<T>> answer = attempt(call, body, type, known, 0).toFuture();
        return cancelling(answer, answer.thenApply(Answer::value));
    }

    /** Cancelling the second gives up the call behind the first, and its connection. */
    static <T> CompletableFuture<T> cancelling(
            CompletableFuture<?> call, CompletableFuture<T> result) {
        result.whenComplete(
                (value, failure) -> {
                    if (result.isCancelled()) {
                        call.cancel(true);
                    }
                });
        return result;
    }

    private record Answer<T>(T value) {}

    private <T> Mono<Answer<T>> attempt(
            Call call, byte[] body, Class<T> type, List<String> known, int tried) {
        String address = known.get(tried);
        return request(call, body, address)
                .map(bytes -> new Answer<>(bytes.length == 0 ? null : json.readValue(bytes, type)))
                .onErrorResume(
                        failure -> {
                            EblaException told = told(call, address, failure);
                            boolean more = tried + 1 < known.size();
                            return more
                                            && told.code() == ErrorCode.META_UNAVAILABLE
                                            && told.retryable()
                                    ? attempt(call, body, type, known, tried + 1)
                                    : Mono.error(told);
                        });
    }

    private Mono<byte[]> request(Call call, byte[] body, String address) {
        return (call.forUser() ? users : own)
                .responseTimeout(call.timeout())
                .request(call.method())
                .uri(tls.url(address) + MetaApi.ROOT + "/" + call.path())
                .send(Mono.just(Unpooled.wrappedBuffer(body)))
                .responseSingle(
                        (response, content) ->
                                content.asByteArray()
                                        .defaultIfEmpty(new byte[0])
                                        .map(bytes -> accepted(address, response, bytes)));
    }

    private byte[] accepted(String address, HttpClientResponse response, byte[] bytes) {
        int status = response.status().code();
        if (status < 300) {
            addresses.prefer(response.responseHeaders().get(MetaApi.LEADER_HEADER, address));
            return bytes;
        }
        try {
            MetaApi.Problem problem = json.readValue(bytes, MetaApi.Problem.class);
            EblaException refused =
                    new EblaException(
                            ErrorCode.valueOf(problem.code().toUpperCase(Locale.ROOT)),
                            problem.detail());
            throw problem.outcome() == null
                    ? refused
                    : refused.withOutcome(
                            Outcome.valueOf(problem.outcome().toUpperCase(Locale.ROOT)));
        } catch (JacksonException | IllegalArgumentException | NullPointerException unclear) {
            throw new IllegalStateException("it answered " + status, unclear);
        }
    }

    /** A call that may have arrived is unknown unless it was only a question. */
    private static EblaException told(Call call, String address, Throwable failure) {
        if (failure instanceof EblaException expected) {
            return expected;
        }
        boolean sent =
                !(failure instanceof ConnectException || failure instanceof UnknownHostException);
        return new EblaException(
                        ErrorCode.META_UNAVAILABLE,
                        "meta-server " + address + ": " + failure.getMessage())
                .withOutcome(sent && !call.repeatable() ? Outcome.UNKNOWN : Outcome.NOT_APPLIED);
    }

    @Override
    public void close() {
        ownConnections.disposeLater().block(CONNECT_TIMEOUT);
        usersConnections.disposeLater().block(CONNECT_TIMEOUT);
        loops.disposeLater(Duration.ZERO, CONNECT_TIMEOUT).onErrorComplete().subscribe();
    }
}
