package io.ebla.tabletserver.api;

import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.key.KeyRange;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.condition.CelCondition;
import io.ebla.tabletserver.condition.Conditions;
import io.ebla.tabletserver.tablet.ReadLevel;
import java.util.Set;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** DELETE of a range of rows, tablet by tablet in bounded steps. */
final class RangeDeleteHandler {

    private static final Set<String> PARAMETERS =
            Set.of("from", "to", "prefix", "pk", "all", "after", "if", "acks", "timeout");

    private final Tables tables;
    private final Keys keys;
    private final ApiLimits limits;
    private final RangeReads reads;
    private final Clock clock;

    RangeDeleteHandler(Tables tables, Keys keys, ApiLimits limits, RangeReads reads, Clock clock) {
        this.tables = tables;
        this.keys = keys;
        this.limits = limits;
        this.reads = reads;
        this.clock = clock;
    }

    private record Asked(RangeQuery query, RangeCursor cursor, WriteOptions options) {}

    Mono<ServerResponse> delete(ApiRequest request) {
        request.requireAcceptsJson();
        Asked asked = parse(request);
        return tables.with(request, (table, sink) -> start(request, asked, table, sink));
    }

    private Asked parse(ApiRequest request) {
        Parameters parameters = request.parameters(PARAMETERS);
        RangeBounds bounds = RangeBounds.parse(parameters, keys);
        if (bounds.unbounded() && !parameters.flag("all", false)) {
            throw Problems.invalid("no bounds are given; to delete every row say all=true");
        }
        WriteOptions options = WriteOptions.parse(parameters, limits, Conditions::compile);
        KeyRange range = bounds.range();
        RangeCursor cursor =
                new RangeCursor("delete", request.table(), range, false, options.ifText());
        String after = parameters.text("after");
        RangeQuery query =
                new RangeQuery(
                        request.table(),
                        after == null ? range : cursor.rest(after, range, false),
                        false,
                        options.condition(),
                        options.condition() instanceof CelCondition cel && cel.readsData(),
                        ReadLevel.STRONG,
                        null,
                        options.timeoutMillis());
        return new Asked(query, cursor, options);
    }

    private void start(
            ApiRequest request, Asked asked, TableDescriptor table, MonoSink<ServerResponse> sink) {
        asked.options().requireEnoughReplicas(table);
        long timeoutMillis = asked.options().timeoutMillis();
        RangeDelete delete =
                new RangeDelete(
                        request,
                        reads,
                        asked.query(),
                        asked.cursor(),
                        reads.deadlineNanos(timeoutMillis),
                        sink);
        delete.start(
                new WriteLanes(
                        WriteLanes.Tablets.of(tables.routing()),
                        request.table(),
                        asked.options(),
                        clock,
                        request.eventLoop(),
                        timeoutMillis,
                        delete));
    }
}
