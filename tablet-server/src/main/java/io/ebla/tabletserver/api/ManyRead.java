package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.routing.GroupedReads;
import io.ebla.tabletserver.routing.Routing;
import io.ebla.tabletserver.tablet.ReadResult;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.MonoSink;

/**
 * One read of many rows under way, whichever tablets and nodes they are of: what came of them so far.
 *
 * <p>All of it runs on the request's event loop, where the replies arrive. It fails as a whole.
 */
final class ManyRead implements GroupedReads.Replies {

    private final Routing routing;
    private final ApiRequest request;
    private final GroupedReads.Asked asked;
    private final MonoSink<ServerResponse> sink;
    private final Row[] rows;
    private int missing;
    private long bytes;
    private boolean ended;

    ManyRead(
            Routing routing,
            ApiRequest request,
            GroupedReads.Asked asked,
            MonoSink<ServerResponse> sink) {
        this.routing = routing;
        this.request = request;
        this.asked = asked;
        this.sink = sink;
        this.rows = new Row[asked.keys().size()];
        this.missing = rows.length;
    }

    void start() {
        if (missing == 0) {
            end();
        } else {
            routing.getAll(request.table(), asked, request.eventLoop(), this);
        }
    }

    @Override
    public boolean wanted() {
        return !ended;
    }

    @Override
    public void replied(int index, ReadResult result, EblaException failure) {
        if (ended) {
            return;
        }
        if (failure != null) {
            fail(failure);
            return;
        }
        Row row = result.row().orElse(null);
        rows[index] = row;
        bytes += row == null ? 0 : row.sizeBytes();
        missing--;
        if (bytes > asked.bytesMax()) {
            fail(
                    new EblaException(
                            ErrorCode.TOO_LARGE,
                            "the rows have more than "
                                    + asked.bytesMax()
                                    + " bytes; ask for fewer at a time"));
        } else if (missing == 0) {
            end();
        }
    }

    private void fail(EblaException failure) {
        ended = true;
        sink.success(request.problem(failure));
    }

    private void end() {
        ended = true;
        sink.success(answer());
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
