package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.key.RowKey;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.tablet.Position;
import io.ebla.tabletserver.tablet.ReadLevel;
import io.ebla.tabletserver.tablet.ReadResult;
import io.ebla.tabletserver.tablet.RowCondition;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * PUT, GET, HEAD and DELETE of one row.
 *
 * <p>A request is checked whole before its body is read; then the table is looked up, the body taken
 * in, and the tablet asked. Its reply comes back on the request's event loop and becomes the answer:
 * one {@link Mono} at the edge, callbacks within.
 */
final class RowHandler {

    private static final Set<String> READ_PARAMETERS = Set.of("read", "timeout");

    private final Tables tables;
    private final Keys keys;
    private final ApiLimits limits;
    private final Clock clock;
    private final Function<String, RowCondition> conditions;

    RowHandler(
            Tables tables,
            Keys keys,
            ApiLimits limits,
            Clock clock,
            Function<String, RowCondition> conditions) {
        this.tables = tables;
        this.keys = keys;
        this.limits = limits;
        this.clock = clock;
        this.conditions = conditions;
    }

    TableResource resource() {
        return new TableResource(
                "row",
                Map.of(
                        HttpMethod.GET, this::get,
                        HttpMethod.HEAD, this::get,
                        HttpMethod.PUT, this::put,
                        HttpMethod.DELETE, this::delete));
    }

    private Mono<ServerResponse> get(ApiRequest request) {
        RowKey key = keys.fromPath(request.rawPath(), request.restAt());
        Parameters parameters = request.parameters(READ_PARAMETERS);
        ReadLevel level = parameters.readLevel();
        Position atLeast = level == ReadLevel.SESSION ? sessionPosition(request) : null;
        long deadlineNanos = deadlineNanos(parameters.timeoutMillis(limits));
        return tables.with(
                request, (table, sink) -> read(request, key, level, atLeast, deadlineNanos, sink));
    }

    private void read(
            ApiRequest request,
            RowKey key,
            ReadLevel level,
            Position atLeast,
            long deadlineNanos,
            MonoSink<ServerResponse> sink) {
        tables.routing()
                .locate(request.table(), key)
                .get(
                        key,
                        level,
                        atLeast,
                        deadlineNanos,
                        request.eventLoop(),
                        (result, failure) -> sink.success(answer(request, key, result, failure)));
    }

    private static Answer answer(
            ApiRequest request, RowKey key, ReadResult result, EblaException failure) {
        if (failure != null) {
            return request.problem(failure);
        }
        try {
            return RowAnswers.read(request, key, result);
        } catch (Throwable refused) {
            return request.problem(refused);
        }
    }

    /** The position a session read must have reached, or null when the caller has none yet. */
    static Position sessionPosition(ApiRequest request) {
        String text = request.singleHeader(Headers.POSITION);
        return text == null
                ? null
                : Position.parse(text)
                        .orElseThrow(
                                () -> Problems.invalid("header Ebla-Position is '" + text + "'"));
    }

    private long deadlineNanos(long timeoutMillis) {
        return clock.monotonicNanos() + timeoutMillis * 1_000_000;
    }

    private Mono<ServerResponse> put(ApiRequest request) {
        RowWrite write = parse(request);
        String contentType = MediaTypes.ofValue(request.singleHeader(HttpHeaders.CONTENT_TYPE));
        if (request.contentLength() > limits.valueBytes()) {
            throw RequestBody.tooLarge(limits.valueBytes());
        }
        return tables.with(
                request,
                limits.valueBytes(),
                write.options().timeoutMillis(),
                (table, body, sink) -> write.put(table, contentType, body, sink));
    }

    private Mono<ServerResponse> delete(ApiRequest request) {
        RowWrite write = parse(request);
        return tables.with(request, write::delete);
    }

    private RowWrite parse(ApiRequest request) {
        RowKey key = keys.fromPath(request.rawPath(), request.restAt());
        WriteOptions options =
                WriteOptions.parse(request.parameters(WriteOptions.OF_ROW), limits, conditions);
        RowCondition condition =
                Preconditions.ofWrite(request.http().getHeaders()).and(options.condition());
        return new RowWrite(
                tables,
                request,
                key,
                options,
                condition,
                idempotencyKey(request),
                deadlineNanos(options.timeoutMillis()));
    }

    /** The Idempotency-Key, or null. */
    static String idempotencyKey(ApiRequest request) {
        String key = request.singleHeader(Headers.IDEMPOTENCY_KEY);
        if (key != null && (key.isEmpty() || key.length() > 128)) {
            throw Problems.invalid(
                    "header Idempotency-Key has " + key.length() + " characters, not 1..128");
        }
        return key;
    }
}
