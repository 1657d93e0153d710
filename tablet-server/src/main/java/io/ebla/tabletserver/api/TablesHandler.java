package io.ebla.tabletserver.api;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.KeyRange;
import io.ebla.tabletserver.routing.TabletStatuses;
import io.ebla.tabletserver.tablet.TabletHost;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * Tables: made, changed and dropped by meta, described from the map.
 *
 * <p>After each change this server takes in the new map before it answers, so that who made the change
 * finds it done here.
 */
final class TablesHandler {

    private static final Set<String> NO_PARAMETERS = Set.of();

    private final TabletHost host;
    private final TabletStatuses statuses;
    private final Tables tables;
    private final MetaTables meta;
    private final TableReadiness readiness;
    private final Keys keys;
    private final ApiLimits limits;

    TablesHandler(
            TabletHost host,
            TabletStatuses statuses,
            Tables tables,
            MetaTables meta,
            TableReadiness readiness,
            Keys keys,
            ApiLimits limits) {
        this.host = host;
        this.statuses = statuses;
        this.tables = tables;
        this.meta = meta;
        this.readiness = readiness;
        this.keys = keys;
        this.limits = limits;
    }

    /** {@code /v1/tables}. */
    TableResource list() {
        return reading("/v1/tables", this::describeAll);
    }

    /** {@code /v1/tables/{table}}. */
    TableResource table() {
        return new TableResource(
                "table",
                Map.of(
                        HttpMethod.GET, this::describe,
                        HttpMethod.HEAD, this::describe,
                        HttpMethod.PUT, this::create,
                        HttpMethod.PATCH, this::change,
                        HttpMethod.DELETE, this::drop));
    }

    /** {@code /v1/tables/{table}/tablets}. */
    TableResource tablets() {
        return reading("tablets", this::describeTablets);
    }

    private static TableResource reading(String name, ApiHandler handler) {
        return new TableResource(name, Map.of(HttpMethod.GET, handler, HttpMethod.HEAD, handler));
    }

    private Mono<ServerResponse> describeAll(ApiRequest request) {
        request.parameters(NO_PARAMETERS);
        request.requireAcceptsJson();
        ClusterMap map = knownMap();
        Map<TableName, Integer> tablets = new HashMap<>();
        map.tablets().forEach(tablet -> tablets.merge(tablet.table(), 1, Integer::sum));
        JsonText json = new JsonText(512).beginObject().name("tables").beginArray();
        map.tables().stream()
                .sorted((one, other) -> one.name().compareTo(other.name()))
                .forEach(
                        table ->
                                TableAnswers.table(
                                        json, table, tablets.getOrDefault(table.name(), 0)));
        return Mono.just(Answer.json(200, json.endArray().endObject()));
    }

    private Mono<ServerResponse> describe(ApiRequest request) {
        request.parameters(NO_PARAMETERS);
        request.requireAcceptsJson();
        return tables.with(request, (table, sink) -> sink.success(description(200, table)));
    }

    private Mono<ServerResponse> describeTablets(ApiRequest request) {
        request.parameters(NO_PARAMETERS);
        request.requireAcceptsJson();
        return tables.with(
                request,
                (table, sink) -> {
                    List<TabletDescriptor> ofTable = tabletsOf(table);
                    request.then(
                            sink,
                            statuses.gather(ofTable),
                            gathered ->
                                    sink.success(
                                            Answer.json(
                                                    200, TableAnswers.tablets(ofTable, gathered))));
                });
    }

    /** The map; a node that has none yet must not say that there is nothing. */
    private ClusterMap knownMap() {
        ClusterMap map = host.directory().map();
        if (map.version() == 0) {
            throw new EblaException(
                    ErrorCode.META_UNAVAILABLE, "this node has not joined its cluster yet");
        }
        return map;
    }

    private Mono<ServerResponse> create(ApiRequest request) {
        request.parameters(NO_PARAMETERS);
        request.requireAcceptsJson();
        return MetaCall.answer(
                request,
                limits.batchBytes(),
                limits.defaultTimeoutMillis(),
                body -> {
                    MetaApi.CreateTable wanted = TableOptions.toCreate(request.table(), body, keys);
                    knownMap();
                    return meta.create(wanted).thenCompose(this::taken).thenCompose(this::served);
                },
                this::description);
    }

    private CompletableFuture<MetaApi.TableCreated> served(MetaApi.TableCreated made) {
        CompletableFuture<MetaApi.TableCreated> served = new CompletableFuture<>();
        readiness.await(
                made.table().name(),
                missing -> MetaCall.complete(served, made, told(made, missing)));
        return served;
    }

    /** A table that was made is there, served or not: the failure must not call it not applied. */
    private static EblaException told(MetaApi.TableCreated made, EblaException missing) {
        return missing != null && made.created() ? missing.withOutcome(Outcome.UNKNOWN) : missing;
    }

    private CompletableFuture<MetaApi.TableCreated> taken(MetaApi.TableCreated made) {
        return tables.taken(CompletableFuture.completedFuture(made.map())).thenApply(map -> made);
    }

    private Answer description(MetaApi.TableCreated made) {
        return description(made.created() ? 201 : 200, made.table());
    }

    private Mono<ServerResponse> change(ApiRequest request) {
        request.parameters(NO_PARAMETERS);
        request.requireAcceptsJson();
        return MetaCall.answer(
                request,
                limits.batchBytes(),
                limits.defaultTimeoutMillis(),
                body ->
                        meta.change(request.table(), TableOptions.toChange(body))
                                .thenCompose(this::refreshed),
                table -> description(200, table));
    }

    private Mono<ServerResponse> drop(ApiRequest request) {
        request.parameters(NO_PARAMETERS);
        return MetaCall.answer(
                request,
                () -> meta.drop(request.table()).thenCompose(this::refreshed),
                dropped -> Answer.of(204));
    }

    /** The same result, once the map as it is after the change is taken in. */
    private <T> CompletableFuture<T> refreshed(T result) {
        return tables.taken(meta.map()).thenApply(map -> result);
    }

    private List<TabletDescriptor> tabletsOf(TableDescriptor table) {
        return host.directory().overlapping(table.name(), KeyRange.ALL);
    }

    private Answer description(int status, TableDescriptor table) {
        return Answer.json(
                status, TableAnswers.table(new JsonText(192), table, tabletsOf(table).size()));
    }
}
