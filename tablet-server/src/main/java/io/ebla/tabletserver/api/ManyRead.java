package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.routing.Routing;
import io.ebla.tabletserver.tablet.Position;
import io.ebla.tabletserver.tablet.ReadLevel;
import io.ebla.tabletserver.tablet.ReadResult;
import java.util.List;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.MonoSink;

/**
 * One read of many rows under way: a bounded number of them at a time, whichever tablets they are of.
 *
 * <p>All of it runs on the request's event loop, where the replies arrive. It fails as a whole.
 */
final class ManyRead {

    private static final int IN_FLIGHT_MAX = 64;

    private final Routing routing;
    private final ApiRequest request;
    private final List<RowKey> keys;
    private final ReadLevel level;
    private final Position atLeast;
    private final long deadlineNanos;
    private final long bytesMax;
    private final MonoSink<ServerResponse> sink;
    private final Row[] rows;
    private int next;
    private int inFlight;
    private long bytes;
    private boolean asking;
    private boolean ended;

    ManyRead(
            Routing routing,
            ApiRequest request,
            List<RowKey> keys,
            ReadLevel level,
            Position atLeast,
            long deadlineNanos,
            long bytesMax,
            MonoSink<ServerResponse> sink) {
        this.routing = routing;
        this.request = request;
        this.keys = keys;
        this.level = level;
        this.atLeast = atLeast;
        this.deadlineNanos = deadlineNanos;
        this.bytesMax = bytesMax;
        this.sink = sink;
        this.rows = new Row[keys.size()];
    }

    /** Asks as many as may be under way; replies may come before this returns. */
    void start() {
        if (asking) {
            return;
        }
        asking = true;
        while (!ended && inFlight < IN_FLIGHT_MAX && next < keys.size()) {
            ask(next++);
        }
        asking = false;
        if (!ended && inFlight == 0 && next == keys.size()) {
            ended = true;
            sink.success(answer());
        }
    }

    private void ask(int index) {
        inFlight++;
        try {
            RowKey key = keys.get(index);
            routing.locate(request.table(), key)
                    .get(
                            key,
                            level,
                            atLeast,
                            deadlineNanos,
                            request.eventLoop(),
                            (result, failure) -> replied(index, result, failure));
        } catch (RuntimeException refused) {
            fail(refused);
        }
    }

    private void replied(int index, ReadResult result, EblaException failure) {
        inFlight--;
        if (ended) {
            return;
        }
        if (failure != null) {
            fail(failure);
            return;
        }
        Row row = result.row().orElse(null);
        rows[index] = row;
        if (row != null) {
            bytes += row.sizeBytes();
            if (bytes > bytesMax) {
                fail(
                        new EblaException(
                                ErrorCode.TOO_LARGE,
                                "the rows have more than "
                                        + bytesMax
                                        + " bytes; ask for fewer at a time"));
                return;
            }
        }
        start();
    }

    private void fail(RuntimeException failure) {
        if (!ended) {
            ended = true;
            sink.success(request.problem(failure));
        }
    }

    private Answer answer() {
        JsonText json =
                new JsonText((int) bytes + rows.length * RowJson.OVERHEAD_BYTES).beginObject();
        json.name("rows").beginArray();
        for (Row row : rows) {
            if (row == null) {
                json.valueNull();
            } else {
                RowJson.write(json, row, true, false);
            }
        }
        return Answer.json(200, json.endArray().endObject());
    }
}
