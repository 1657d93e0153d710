package io.ebla.tabletserver.api;

import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import java.util.Map;
import java.util.Set;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * {@code POST /v1/tables/{table}/tablets/{id}/split}: at a pk or in the middle, begun by the metadata and
 * carried through by its leader.
 */
final class SplitHandler {

    private static final Set<String> NO_PARAMETERS = Set.of();
    private static final int BODY_MAX_BYTES = 16_384;

    private final Tables tables;
    private final MetaTables meta;
    private final Keys keys;
    private final long bodyMaxMillis;

    /** @param bodyMaxMillis how long a body may take to arrive */
    SplitHandler(Tables tables, MetaTables meta, Keys keys, long bodyMaxMillis) {
        this.tables = tables;
        this.meta = meta;
        this.keys = keys;
        this.bodyMaxMillis = bodyMaxMillis;
    }

    TableResource resource() {
        return new TableResource("tablets/{id}/split", Map.of(HttpMethod.POST, this::split));
    }

    private Mono<ServerResponse> split(ApiRequest request) {
        request.parameters(NO_PARAMETERS);
        request.requireAcceptsJson();
        request.requireJsonBody();
        TabletId tablet = TabletOperationsHandler.tablet(request);
        return tables.with(
                request,
                BODY_MAX_BYTES,
                bodyMaxMillis,
                (table, body, sink) -> split(request, table.name(), tablet, at(body), sink));
    }

    /**
     * Whether it is there the metadata knows: one that was split is not, and who asks again is to be told of
     * that.
     */
    private void split(
            ApiRequest request,
            TableName table,
            TabletId tablet,
            Bytes at,
            MonoSink<ServerResponse> sink) {
        request.then(
                sink, meta.split(table, tablet, at), begun -> sink.success(Answer.begun(begun)));
    }

    /** The bound that is asked for, or null for the middle. */
    private Bytes at(Bytes body) {
        RowKey at = null;
        JsonReader reader = new JsonReader(body);
        reader.beginObject();
        for (String name = reader.nextName(); name != null; name = reader.nextName()) {
            if (!name.equals("at")) {
                throw RowDocument.unknown(name);
            }
            RowDocument.once(name, at);
            at = RowDocument.keyOnly(reader).key(keys);
        }
        reader.end();
        if (at != null && at.sk().isPresent()) {
            throw Problems.invalid(
                    "a tablet is split at a pk, for rows of one pk are never parted");
        }
        return at == null ? null : KeyRange.boundOfPk(at.pk());
    }
}
