package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.condition.Precondition;
import io.ebla.tabletserver.tablet.RowCondition;
import io.ebla.tabletserver.tablet.RowOperation;
import io.ebla.tabletserver.tablet.WriteResult;
import java.util.ArrayList;
import java.util.List;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.MonoSink;

/**
 * One range delete under way: finds a bounded number of rows, deletes them, finds the next. The writer
 * of each tablet judges the condition again, on the row as it is by then.
 *
 * <p>Everything runs on the request's event loop. It stops early when its time is up, or when a write
 * fails after others have gone through; then it says where to go on.
 */
final class RangeDelete implements WriteLanes.Listener {

    private static final int STEP_ROWS = 512;
    private static final long ROW_BYTES = 256;

    /** Keeps the keys of the rows that were found. */
    private static final class Found implements RowSink {

        private final List<RowKey> keys = new ArrayList<>();

        @Override
        public Taken take(Row row) {
            keys.add(row.key());
            return keys.size() == STEP_ROWS ? Taken.AND_FULL : Taken.AND_MORE;
        }

        @Override
        public boolean wantsToEnd() {
            return true;
        }
    }

    private final ApiRequest request;
    private final RangeReads reads;
    private final RangeReader reader;
    private final RangeCursor cursor;
    private final RowCondition condition;
    private final long endNanos;
    private final MonoSink<ServerResponse> sink;

    private WriteLanes lanes;
    private List<RowKey> step = List.of();
    private boolean adding;
    private boolean more;
    private boolean answered;
    private RowKey before;
    private RowKey stepEnd;
    private long deleted;
    private int failedAt;
    private boolean anyUnknown;
    private EblaException failure;

    /** @param endNanos monotonic time from which no further step is begun */
    RangeDelete(
            ApiRequest request,
            RangeReads reads,
            RangeQuery query,
            RangeCursor cursor,
            long endNanos,
            MonoSink<ServerResponse> sink) {
        this.request = request;
        this.reads = reads;
        this.reader = new RangeReader(reads, request.eventLoop(), query, () -> endNanos);
        this.cursor = cursor;
        this.condition = Precondition.PRESENT.and(query.condition());
        this.endNanos = endNanos;
        this.sink = sink;
    }

    void start(WriteLanes through) {
        lanes = through;
        sink.onCancel(reader::close);
        find();
    }

    private void find() {
        Found found = new Found();
        reader.fill(found, (hasMore, refused) -> found(found.keys, hasMore, refused));
    }

    private void found(List<RowKey> keys, Boolean hasMore, EblaException refused) {
        if (refused != null) {
            failure = refused;
            answer(before);
            return;
        }
        more = hasMore;
        step = keys;
        stepEnd = reader.last();
        failedAt = keys.size();
        adding = true;
        for (int i = 0; i < keys.size(); i++) {
            lanes.add(i, new RowOperation.Delete(keys.get(i), condition), ROW_BYTES);
        }
        adding = false;
        lanes.flush();
        progressed();
    }

    @Override
    public void ended(long tag, RowOperation operation, WriteResult result, EblaException refused) {
        anyUnknown |= refused != null && refused.outcome().orElse(null) == Outcome.UNKNOWN;
        if (result != null) {
            deleted += result.operations().get(0).existed() ? 1 : 0;
        } else if (refused.code() != ErrorCode.CONDITION_FAILED && tag < failedAt) {
            failedAt = (int) tag;
            failure = refused;
        }
    }

    @Override
    public void progressed() {
        if (adding || answered || !lanes.isEmpty()) {
            return;
        }
        if (failure != null) {
            answer(failedAt == 0 ? before : step.get(failedAt - 1));
        } else if (!more) {
            answer(null);
        } else {
            before = stepEnd;
            if (reads.nowNanos() - endNanos >= 0) {
                if (before == null) {
                    failure = RangeHandler.timeIsUp();
                }
                answer(before);
            } else {
                find();
            }
        }
    }

    /** What one row's failure says of the whole: not that nothing was applied, when others were. */
    private EblaException ofAll(EblaException one) {
        boolean others = deleted > 0 || anyUnknown;
        return others && one.outcome().orElse(Outcome.NOT_APPLIED) == Outcome.NOT_APPLIED
                ? one.withOutcome(Outcome.UNKNOWN)
                : one;
    }

    /** @param resumeAfter where to go on, null at the end or when nothing was reached */
    private void answer(RowKey resumeAfter) {
        answered = true;
        reader.close();
        if (failure != null && (deleted == 0 || resumeAfter == null)) {
            sink.success(request.problem(ofAll(failure)));
            return;
        }
        JsonText json = new JsonText(256).beginObject().field("deleted", deleted);
        if (resumeAfter != null) {
            json.field("next", cursor.after(resumeAfter));
        }
        sink.success(Answer.json(200, json.endObject()));
    }
}
