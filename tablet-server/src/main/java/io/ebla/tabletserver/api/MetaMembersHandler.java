package io.ebla.tabletserver.api;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.tabletserver.membership.MetaClient;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code /v1/cluster/meta/{id}} and {@code /v1/cluster/operations/{id}}: passed to the leading meta-server,
 * which judges and carries out.
 */
final class MetaMembersHandler {

    private static final Set<String> NO_PARAMETERS = Set.of();
    private static final int BODY_MAX_BYTES = 4_096;
    private static final long BODY_MAX_MILLIS = 2_000;
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,62}");

    private final JsonMapper json = JsonMapper.shared();
    private final MetaClient meta;

    MetaMembersHandler(MetaClient meta) {
        this.meta = meta;
    }

    TableResource members() {
        return new TableResource(
                "/v1/cluster/meta/",
                Map.of(HttpMethod.PUT, this::add, HttpMethod.DELETE, this::remove));
    }

    TableResource operations() {
        return new TableResource(
                "/v1/cluster/operations/",
                Map.of(HttpMethod.GET, this::operation, HttpMethod.HEAD, this::operation));
    }

    private Mono<ServerResponse> add(ApiRequest request) {
        request.parameters(NO_PARAMETERS);
        request.requireAcceptsJson();
        request.requireJsonBody();
        String member = id(request);
        return Mono.create(
                sink ->
                        request.attempt(
                                sink,
                                () ->
                                        RequestBody.read(
                                                request,
                                                BODY_MAX_BYTES,
                                                BODY_MAX_MILLIS,
                                                (body, failure) ->
                                                        request.then(
                                                                sink,
                                                                body,
                                                                failure,
                                                                read ->
                                                                        add(
                                                                                request, member,
                                                                                read, sink)))));
    }

    private void add(ApiRequest request, String member, Bytes body, MonoSink<ServerResponse> sink) {
        tell(request, 202, meta.addMeta(member, address(body)), sink);
    }

    private MetaApi.MetaAddress address(Bytes body) {
        try {
            MetaApi.MetaAddress address =
                    json.readValue(
                            body.array(), body.offset(), body.length(), MetaApi.MetaAddress.class);
            if (address == null || address.address() == null) {
                throw Problems.invalid("the body must be {\"address\":\"host:port\"}");
            }
            return address;
        } catch (JacksonException malformed) {
            throw Problems.invalid("the body must be {\"address\":\"host:port\"}");
        }
    }

    private Mono<ServerResponse> remove(ApiRequest request) {
        request.parameters(NO_PARAMETERS);
        request.requireAcceptsJson();
        String member = id(request);
        return answer(request, 202, () -> meta.removeMeta(member));
    }

    private Mono<ServerResponse> operation(ApiRequest request) {
        request.parameters(NO_PARAMETERS);
        request.requireAcceptsJson();
        String id = id(request);
        return answer(request, 200, () -> meta.operation(id));
    }

    private <T> Mono<ServerResponse> answer(
            ApiRequest request, int status, Supplier<CompletableFuture<T>> call) {
        return Mono.create(
                sink -> request.attempt(sink, () -> tell(request, status, call.get(), sink)));
    }

    private <T> void tell(
            ApiRequest request,
            int status,
            CompletableFuture<T> answer,
            MonoSink<ServerResponse> sink) {
        request.then(sink, answer, value -> sink.success(told(status, value)));
    }

    private Answer told(int status, Object value) {
        return Answer.of(status).body(Answer.JSON, Bytes.wrap(json.writeValueAsBytes(value)));
    }

    private static String id(ApiRequest request) {
        String path = request.rawPath();
        String id = path.substring(path.lastIndexOf('/') + 1);
        if (!ID.matcher(id).matches()) {
            throw new EblaException(ErrorCode.INVALID_ARGUMENT, "'" + id + "' is no id");
        }
        return id;
    }
}
