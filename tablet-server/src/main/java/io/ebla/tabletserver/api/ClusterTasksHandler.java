package io.ebla.tabletserver.api;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.key.Bytes;
import io.ebla.tabletserver.membership.MetaClient;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * {@code POST /v1/cluster/nodes/{id}/drain} and {@code …/undrain}, {@code PUT /v1/cluster/balancing}: passed
 * to the leading meta-server, which judges and carries out.
 */
final class ClusterTasksHandler {

    private static final Set<String> NO_PARAMETERS = Set.of();

    private final MetaClient meta;

    ClusterTasksHandler(MetaClient meta) {
        this.meta = meta;
    }

    TableResource drain() {
        return new TableResource(
                "/v1/cluster/nodes/{id}/drain",
                Map.of(HttpMethod.POST, request -> drain(request, true)));
    }

    TableResource undrain() {
        return new TableResource(
                "/v1/cluster/nodes/{id}/undrain",
                Map.of(HttpMethod.POST, request -> drain(request, false)));
    }

    TableResource balancing() {
        return new TableResource("/v1/cluster/balancing", Map.of(HttpMethod.PUT, this::balancing));
    }

    private Mono<ServerResponse> drain(ApiRequest request, boolean drain) {
        request.parameters(NO_PARAMETERS);
        request.requireAcceptsJson();
        NodeId node = node(request);
        return MetaCall.answer(request, () -> meta.drain(node, drain), Answer::begun);
    }

    private Mono<ServerResponse> balancing(ApiRequest request) {
        request.parameters(NO_PARAMETERS);
        request.requireAcceptsJson();
        return MetaCall.answer(
                request,
                body -> meta.balancing(new MetaApi.Balancing(paused(body))),
                Answer::begun);
    }

    private static boolean paused(Bytes body) {
        Boolean paused = null;
        JsonReader reader = new JsonReader(body);
        reader.beginObject();
        for (String name = reader.nextName(); name != null; name = reader.nextName()) {
            if (!name.equals("paused")) {
                throw RowDocument.unknown(name);
            }
            RowDocument.once(name, paused);
            paused = reader.truth();
        }
        reader.end();
        if (paused == null) {
            throw Problems.invalid("the body must be {\"paused\":true|false}");
        }
        return paused;
    }

    private static NodeId node(ApiRequest request) {
        List<String> parts = List.of(request.rawPath().split("/"));
        try {
            return NodeId.of(parts.get(parts.size() - 2));
        } catch (IllegalArgumentException malformed) {
            throw Problems.invalid(malformed.getMessage());
        }
    }
}
