package io.ebla.tabletserver.api;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.tabletserver.tablet.TabletHost;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * {@code POST /v1/tables/{table}/tablets/{id}/master} and {@code …/move}: a planned change of master (E12)
 * or of a replica's node, begun by the metadata and carried through by its leader.
 */
final class TabletOperationsHandler {

    private static final Set<String> NO_PARAMETERS = Set.of();
    private static final int BODY_MAX_BYTES = 4_096;

    private final TabletHost host;
    private final Tables tables;
    private final MetaTables meta;
    private final long bodyMaxMillis;

    /** @param bodyMaxMillis how long a body may take to arrive */
    TabletOperationsHandler(TabletHost host, Tables tables, MetaTables meta, long bodyMaxMillis) {
        this.host = host;
        this.tables = tables;
        this.meta = meta;
        this.bodyMaxMillis = bodyMaxMillis;
    }

    TableResource master() {
        return new TableResource(
                "tablets/{id}/master",
                Map.of(
                        HttpMethod.POST,
                        request ->
                                begin(
                                        request,
                                        List.of("to"),
                                        (tablet, nodes) ->
                                                meta.moveMaster(tablet, nodes.get("to")))));
    }

    TableResource move() {
        return new TableResource(
                "tablets/{id}/move",
                Map.of(
                        HttpMethod.POST,
                        request ->
                                begin(
                                        request,
                                        List.of("from", "to"),
                                        (tablet, nodes) ->
                                                meta.moveReplica(
                                                        tablet,
                                                        nodes.get("from"),
                                                        nodes.get("to")))));
    }

    TableResource merge() {
        return new TableResource("tablets/{id}/merge", Map.of(HttpMethod.POST, this::merge));
    }

    /** As with splits: one that was merged is not there, and the metadata knows by what. */
    private Mono<ServerResponse> merge(ApiRequest request) {
        request.parameters(NO_PARAMETERS);
        request.requireAcceptsJson();
        TabletId tablet = tablet(request);
        return tables.with(
                request,
                (table, sink) ->
                        request.then(
                                sink,
                                meta.merge(table.name(), tablet),
                                begun -> sink.success(Answer.begun(begun))));
    }

    /** What is asked of the metadata once the body is read. */
    private interface Call {

        CompletableFuture<MetaApi.Begun> begin(TabletId tablet, Map<String, NodeId> nodes);
    }

    private Mono<ServerResponse> begin(ApiRequest request, List<String> fields, Call call) {
        request.parameters(NO_PARAMETERS);
        request.requireAcceptsJson();
        request.requireJsonBody();
        TabletId tablet = tablet(request);
        return tables.with(
                request,
                BODY_MAX_BYTES,
                bodyMaxMillis,
                (table, body, sink) -> {
                    requireOf(host.directory().overlapping(table.name(), KeyRange.ALL), tablet);
                    request.then(
                            sink,
                            call.begin(tablet, nodes(body, fields)),
                            begun -> sink.success(Answer.begun(begun)));
                });
    }

    /** A name that is no tablet's is one of a tablet that is not there. */
    static TabletId tablet(ApiRequest request) {
        String path = request.rawPath();
        String id = path.substring(request.restAt(), path.indexOf('/', request.restAt()));
        try {
            return TabletId.parse(id);
        } catch (IllegalArgumentException malformed) {
            throw noTablet(id, request.table().value());
        }
    }

    private static void requireOf(List<TabletDescriptor> tablets, TabletId id) {
        if (tablets.stream().noneMatch(tablet -> tablet.id().equals(id))) {
            throw noTablet(id.text(), "this table");
        }
    }

    private static EblaException noTablet(String id, String table) {
        return new EblaException(
                ErrorCode.TABLET_NOT_FOUND, "there is no tablet " + id + " of " + table);
    }

    /** The body's fields, all of them nodes, all of them required. */
    private static Map<String, NodeId> nodes(Bytes body, List<String> fields) {
        Map<String, NodeId> nodes = new HashMap<>();
        JsonReader reader = new JsonReader(body);
        reader.beginObject();
        for (String name = reader.nextName(); name != null; name = reader.nextName()) {
            if (!fields.contains(name)) {
                throw RowDocument.unknown(name);
            }
            RowDocument.once(name, nodes.get(name));
            nodes.put(name, node(reader.text()));
        }
        reader.end();
        if (nodes.size() < fields.size()) {
            throw Problems.invalid(
                    "the body must be "
                            + fields.stream()
                                    .map(field -> '"' + field + "\":\"NODE\"")
                                    .collect(Collectors.joining(",", "{", "}")));
        }
        return nodes;
    }

    private static NodeId node(String id) {
        try {
            return NodeId.of(id);
        } catch (IllegalArgumentException malformed) {
            throw Problems.invalid(malformed.getMessage());
        }
    }
}
