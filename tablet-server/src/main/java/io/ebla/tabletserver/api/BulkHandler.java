package io.ebla.tabletserver.api;

import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.condition.Conditions;
import java.util.Set;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** POST of many rows, a line each: every line is a write of its own. */
final class BulkHandler {

    private static final Set<String> PARAMETERS = Set.of("acks", "timeout");

    private final Tables tables;
    private final Keys keys;
    private final ApiLimits limits;
    private final RangeLimits rangeLimits;
    private final Clock clock;

    BulkHandler(Tables tables, Keys keys, ApiLimits limits, RangeLimits rangeLimits, Clock clock) {
        this.tables = tables;
        this.keys = keys;
        this.limits = limits;
        this.rangeLimits = rangeLimits;
        this.clock = clock;
    }

    Mono<ServerResponse> post(ApiRequest request) {
        request.requireAcceptsJson();
        requireLines(request);
        WriteOptions options =
                WriteOptions.parse(request.parameters(PARAMETERS), limits, Conditions::compile);
        return tables.with(request, (table, sink) -> start(request, table, options, sink));
    }

    private static void requireLines(ApiRequest request) {
        String contentType = request.singleHeader(HttpHeaders.CONTENT_TYPE);
        String type = contentType == null ? "" : contentType.split(";", 2)[0].trim();
        if (!type.equalsIgnoreCase(RangeHandler.NDJSON)) {
            throw new EblaException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "the body must be " + RangeHandler.NDJSON + ", a row a line");
        }
    }

    private void start(
            ApiRequest request,
            TableDescriptor table,
            WriteOptions options,
            MonoSink<ServerResponse> sink) {
        options.requireEnoughReplicas(table);
        BulkWrite write =
                new BulkWrite(
                        request,
                        new BulkLine(keys, limits, table, clock),
                        BulkLine.bytesMax(limits),
                        rangeLimits,
                        sink);
        write.start(
                new WriteLanes(
                        WriteLanes.Tablets.of(tables.routing()),
                        request.table(),
                        options,
                        clock,
                        request.eventLoop(),
                        limits.maxTimeoutMillis(),
                        write));
    }
}
