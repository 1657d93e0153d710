package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.routing.GroupedReads;
import io.ebla.tabletserver.tablet.Position;
import io.ebla.tabletserver.tablet.ReadLevel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** POST of a list of keys, answered with their rows in the same order, null where there is none. */
final class ManyHandler {

    private static final Set<String> PARAMETERS = Set.of("timeout");

    private final Tables tables;
    private final Keys keys;
    private final ApiLimits limits;
    private final RangeLimits rangeLimits;
    private final Clock clock;

    ManyHandler(Tables tables, Keys keys, ApiLimits limits, RangeLimits rangeLimits, Clock clock) {
        this.tables = tables;
        this.keys = keys;
        this.limits = limits;
        this.rangeLimits = rangeLimits;
        this.clock = clock;
    }

    TableResource resource() {
        return new TableResource("get", Map.of(HttpMethod.POST, this::post));
    }

    private Mono<ServerResponse> post(ApiRequest request) {
        request.requireAcceptsJson();
        request.requireJsonBody();
        long timeoutMillis = request.parameters(PARAMETERS).timeoutMillis(limits);
        Position position = RowHandler.sessionPosition(request);
        long deadlineNanos = clock.monotonicNanos() + timeoutMillis * 1_000_000;
        return tables.with(
                request,
                limits.batchBytes(),
                timeoutMillis,
                (table, body, sink) -> read(request, position, deadlineNanos, body, sink));
    }

    private void read(
            ApiRequest request,
            Position position,
            long deadlineNanos,
            Bytes body,
            MonoSink<ServerResponse> sink) {
        Asked asked = parse(body);
        GroupedReads.Asked reads =
                new GroupedReads.Asked(
                        asked.keys(),
                        asked.level(),
                        asked.level() == ReadLevel.SESSION ? position : null,
                        deadlineNanos,
                        rangeLimits.answerBytes());
        new ManyRead(tables.routing(), request, reads, sink).start();
    }

    private record Asked(List<RowKey> keys, ReadLevel level) {}

    private Asked parse(Bytes body) {
        List<RowKey> asked = null;
        ReadLevel level = null;
        JsonReader reader = new JsonReader(body);
        reader.beginObject();
        for (String name = reader.nextName(); name != null; name = reader.nextName()) {
            switch (name) {
                case "keys" -> {
                    RowDocument.once(name, asked);
                    asked = keys(reader);
                }
                case "read" -> {
                    RowDocument.once(name, level);
                    level = level(reader.text());
                }
                default -> throw RowDocument.unknown(name);
            }
        }
        reader.end();
        if (asked == null) {
            throw Problems.invalid("there are no keys");
        }
        return new Asked(asked, level == null ? ReadLevel.STRONG : level);
    }

    private List<RowKey> keys(JsonReader reader) {
        List<RowKey> found = new ArrayList<>();
        reader.beginArray();
        while (reader.nextElement()) {
            if (found.size() == limits.batchOperations()) {
                throw new EblaException(
                        ErrorCode.TOO_LARGE,
                        "there are more than " + limits.batchOperations() + " keys");
            }
            found.add(RowDocument.keyOnly(reader).key(keys));
        }
        return found;
    }

    private static ReadLevel level(String text) {
        return switch (text) {
            case "strong" -> ReadLevel.STRONG;
            case "session" -> ReadLevel.SESSION;
            case "local" -> ReadLevel.LOCAL;
            default ->
                    throw Problems.invalid("read is '" + text + "', not strong, session or local");
        };
    }
}
