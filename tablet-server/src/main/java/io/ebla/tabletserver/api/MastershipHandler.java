package io.ebla.tabletserver.api;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.tabletserver.tablet.TabletHost;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * {@code POST /v1/tables/{table}/tablets/{id}/master}: a planned change of master, begun by the metadata and
 * carried through by its leader (E12).
 */
final class MastershipHandler {

    private static final Set<String> NO_PARAMETERS = Set.of();
    private static final int BODY_MAX_BYTES = 4_096;

    private final TabletHost host;
    private final Tables tables;
    private final MetaTables meta;
    private final long bodyMaxMillis;

    /** @param bodyMaxMillis how long a body may take to arrive */
    MastershipHandler(TabletHost host, Tables tables, MetaTables meta, long bodyMaxMillis) {
        this.host = host;
        this.tables = tables;
        this.meta = meta;
        this.bodyMaxMillis = bodyMaxMillis;
    }

    TableResource resource() {
        return new TableResource("tablets/{id}/master", Map.of(HttpMethod.POST, this::move));
    }

    private Mono<ServerResponse> move(ApiRequest request) {
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
                    move(request, tablet, to(body), sink);
                });
    }

    private void move(
            ApiRequest request, TabletId tablet, NodeId to, MonoSink<ServerResponse> sink) {
        request.then(
                sink, meta.moveMaster(tablet, to), begun -> sink.success(begun(begun.operation())));
    }

    private static Answer begun(String operation) {
        return Answer.json(
                202, new JsonText(64).beginObject().field("operation", operation).endObject());
    }

    /** A name that is no tablet's is one of a tablet that is not there. */
    private static TabletId tablet(ApiRequest request) {
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

    private static NodeId to(Bytes body) {
        String to = null;
        JsonReader reader = new JsonReader(body);
        reader.beginObject();
        for (String name = reader.nextName(); name != null; name = reader.nextName()) {
            if (!name.equals("to")) {
                throw RowDocument.unknown(name);
            }
            RowDocument.once(name, to);
            to = reader.text();
        }
        reader.end();
        if (to == null) {
            throw Problems.invalid("the body must be {\"to\":\"NODE\"}");
        }
        try {
            return NodeId.of(to);
        } catch (IllegalArgumentException malformed) {
            throw Problems.invalid(malformed.getMessage());
        }
    }
}
