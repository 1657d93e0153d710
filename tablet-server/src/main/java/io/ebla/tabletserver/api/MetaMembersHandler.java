package io.ebla.tabletserver.api;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.tabletserver.membership.MetaClient;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code /v1/cluster/meta/{id}} and {@code /v1/cluster/operations/{id}}: passed to the leading meta-server,
 * which judges and carries out.
 */
final class MetaMembersHandler {

    private static final Set<String> NO_PARAMETERS = Set.of();
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
        String member = id(request);
        return MetaCall.answer(
                request, body -> meta.addMeta(member, address(body)), begun -> told(202, begun));
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
        return MetaCall.answer(request, () -> meta.removeMeta(member), begun -> told(202, begun));
    }

    private Mono<ServerResponse> operation(ApiRequest request) {
        request.parameters(NO_PARAMETERS);
        request.requireAcceptsJson();
        String id = id(request);
        return MetaCall.answer(request, () -> meta.operation(id), found -> told(200, found));
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
