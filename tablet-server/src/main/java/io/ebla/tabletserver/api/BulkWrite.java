package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.Bytes;
import io.ebla.tabletserver.tablet.RowOperation;
import io.ebla.tabletserver.tablet.WriteResult;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.MonoSink;

/**
 * One bulk write under way: takes the body in pieces, and the next piece only while few enough of its
 * lines wait for their answers, so that neither a large body nor a slow disk fills the memory.
 *
 * <p>Everything runs on the request's event loop. A client that goes away in the middle ends it; lines
 * that have set out by then are written.
 */
final class BulkWrite extends BaseSubscriber<DataBuffer>
        implements LineSplitter.Listener, WriteLanes.Listener {

    /** What one waiting line takes besides its value. */
    private static final long LINE_OVERHEAD_BYTES = 256;

    private record LineError(long line, String code, String detail) {}

    private final ApiRequest request;
    private final BulkLine lines;
    private final LineSplitter splitter;
    private final RangeLimits limits;
    private final MonoSink<ServerResponse> sink;

    /** The first failed lines; the last of them is the first to give way. */
    private final PriorityQueue<LineError> errors =
            new PriorityQueue<>(Comparator.comparingLong(LineError::line).reversed());

    private WriteLanes lanes;
    private long written;
    private long deleted;
    private long failed;
    private long unknown;
    private boolean asking;
    private boolean bodyEnded;
    private boolean answered;

    BulkWrite(
            ApiRequest request,
            BulkLine lines,
            int lineBytesMax,
            RangeLimits limits,
            MonoSink<ServerResponse> sink) {
        this.request = request;
        this.lines = lines;
        this.splitter = new LineSplitter(lineBytesMax, this);
        this.limits = limits;
        this.sink = sink;
    }

    void start(WriteLanes through) {
        lanes = through;
        request.http().getBody().subscribe(this);
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
        ask();
    }

    private void ask() {
        if (!asking && !bodyEnded && lanes.bytes() < limits.bulkBytes()) {
            asking = true;
            request(1);
        }
    }

    @Override
    protected void hookOnNext(DataBuffer buffer) {
        asking = false;
        byte[] piece = new byte[buffer.readableByteCount()];
        buffer.read(piece);
        DataBufferUtils.release(buffer);
        splitter.feed(piece);
        lanes.flush();
        ask();
    }

    @Override
    public void line(long number, Bytes line) {
        if (BulkLine.isBlank(line)) {
            return;
        }
        RowOperation operation;
        try {
            operation = lines.operation(line);
        } catch (EblaException refused) {
            fail(number, refused);
            return;
        }
        lanes.add(number, operation, LINE_OVERHEAD_BYTES + line.length());
    }

    @Override
    public void tooLong(long number) {
        fail(
                number,
                new EblaException(ErrorCode.TOO_LARGE, "the line is longer than any row can be"));
    }

    @Override
    public void ended(long tag, RowOperation operation, WriteResult result, EblaException failure) {
        if (failure != null && !hasHappened(failure)) {
            fail(tag, failure);
        } else if (operation instanceof RowOperation.Delete) {
            deleted++;
        } else {
            written++;
        }
    }

    /** A wait for more copies ran out, and the write is there all the same. */
    private static boolean hasHappened(EblaException failure) {
        Outcome outcome = failure.outcome().orElse(null);
        return outcome == Outcome.COMMITTED || outcome == Outcome.ACCEPTED;
    }

    private void fail(long line, EblaException failure) {
        if (failure.outcome().orElse(null) == Outcome.UNKNOWN) {
            unknown++;
        } else {
            failed++;
        }
        errors.add(new LineError(line, failure.code().text(), Problems.detail(failure)));
        if (errors.size() > limits.bulkErrors()) {
            errors.poll();
        }
    }

    @Override
    public void progressed() {
        ask();
        answerWhenDone();
    }

    @Override
    protected void hookOnComplete() {
        bodyEnded = true;
        splitter.end();
        lanes.flush();
        answerWhenDone();
    }

    @Override
    protected void hookOnError(Throwable broken) {
        bodyEnded = true;
        answered = true;
        lanes.stop();
        sink.success(
                request.problem(Problems.invalid("the body broke off: " + broken.getMessage())));
    }

    private void answerWhenDone() {
        if (bodyEnded && !answered && lanes.isEmpty()) {
            answered = true;
            sink.success(answer());
        }
    }

    private Answer answer() {
        JsonText json = new JsonText(256).beginObject();
        json.field("written", written).field("deleted", deleted);
        json.field("failed", failed).field("unknown", unknown);
        json.name("errors").beginArray();
        errors.stream()
                .sorted(Comparator.comparingLong(LineError::line))
                .forEach(
                        error ->
                                json.beginObject()
                                        .field("line", error.line())
                                        .field("code", error.code())
                                        .field("detail", error.detail())
                                        .endObject());
        return Answer.json(200, json.endArray().endObject());
    }
}
