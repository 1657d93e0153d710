package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.tabletserver.condition.CelCondition;
import io.ebla.tabletserver.condition.Conditions;
import io.ebla.tabletserver.tablet.ReadLevel;
import io.ebla.tabletserver.tablet.RowCondition;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.util.Set;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * GET of a range of rows: a page of JSON with a cursor, or a stream of lines across tablets.
 *
 * <p>The first rows are read before anything is answered, so that what goes wrong until then is a
 * problem of its own and not the end of a stream.
 */
final class RangeHandler {

    static final String NDJSON = "application/x-ndjson";

    private static final Set<String> PARAMETERS =
            Set.of(
                    "from", "to", "prefix", "pk", "order", "limit", "after", "if", "values", "read",
                    "timeout");

    private final Tables tables;
    private final Keys keys;
    private final ApiLimits limits;
    private final RangeLimits rangeLimits;
    private final RangeReads reads;

    RangeHandler(
            Tables tables, Keys keys, ApiLimits limits, RangeLimits rangeLimits, RangeReads reads) {
        this.tables = tables;
        this.keys = keys;
        this.limits = limits;
        this.rangeLimits = rangeLimits;
        this.reads = reads;
    }

    /** @param rowsMax most rows to return; {@link Long#MAX_VALUE} for all */
    private record Asked(RangeQuery query, RangeCursor cursor, boolean values, long rowsMax) {}

    Mono<ServerResponse> get(ApiRequest request) {
        String format = MediaTypes.preferred(request.http().getHeaders(), Answer.JSON, NDJSON);
        if (format == null) {
            throw new EblaException(
                    ErrorCode.NOT_ACCEPTABLE,
                    "a range is " + Answer.JSON + " or " + NDJSON + ", as you like");
        }
        boolean stream = format.equals(NDJSON);
        Asked asked = parse(request, stream);
        return tables.with(
                request,
                (table, sink) -> {
                    if (stream) {
                        stream(request, asked, sink);
                    } else {
                        page(request, asked, sink);
                    }
                });
    }

    private Asked parse(ApiRequest request, boolean stream) {
        Parameters parameters = request.parameters(PARAMETERS);
        KeyRange range = RangeBounds.parse(parameters, keys).range();
        boolean descending = descending(parameters);
        String ifText = parameters.text("if");
        RowCondition condition = ifText == null ? RowCondition.ALWAYS : Conditions.compile(ifText);
        boolean values = parameters.flag("values", true);
        boolean reading = values || condition instanceof CelCondition cel && cel.readsData();
        RangeCursor cursor = new RangeCursor("rows", request.table(), range, descending, ifText);
        String after = parameters.text("after");
        ReadLevel level = parameters.readLevel();
        RangeQuery query =
                new RangeQuery(
                        request.table(),
                        after == null ? range : cursor.rest(after, range, descending),
                        descending,
                        condition,
                        reading,
                        level,
                        level == ReadLevel.SESSION ? RowHandler.sessionPosition(request) : null,
                        parameters.timeoutMillis(limits));
        long rowsMax =
                stream
                        ? parameters.number("limit", 1, Long.MAX_VALUE, Long.MAX_VALUE)
                        : parameters.number(
                                "limit", 1, limits.pageRows(), limits.defaultPageRows());
        return new Asked(query, cursor, values, rowsMax);
    }

    private static boolean descending(Parameters parameters) {
        String order = parameters.text("order");
        if (order == null || order.equals("asc")) {
            return false;
        }
        if (order.equals("desc")) {
            return true;
        }
        throw Parameters.invalid("order", "is '" + order + "', neither asc nor desc");
    }

    private void page(ApiRequest request, Asked asked, MonoSink<ServerResponse> sink) {
        long deadlineNanos = reads.deadlineNanos(asked.query().timeoutMillis());
        RangeReader reader =
                new RangeReader(reads, request.eventLoop(), asked.query(), () -> deadlineNanos);
        long endNanos = reads.nowNanos() + asked.query().timeoutMillis() * 500_000;
        PageSink page =
                new PageSink(
                        reads,
                        asked.values(),
                        asked.rowsMax(),
                        rangeLimits.answerBytes(),
                        endNanos);
        sink.onCancel(reader::close);
        reader.fill(
                page,
                (more, failure) -> {
                    if (failure != null) {
                        sink.success(request.problem(failure));
                        return;
                    }
                    reader.close();
                    sink.success(answer(request, asked, page, more, reader.last()));
                });
    }

    /** A page that ended before its first row has no cursor, and is not to look like the end. */
    private static Answer answer(
            ApiRequest request, Asked asked, PageSink page, boolean more, RowKey last) {
        if (!more) {
            return page.answer(null);
        }
        return last == null ? request.problem(timeIsUp()) : page.answer(asked.cursor().after(last));
    }

    static EblaException timeIsUp() {
        return new EblaException(
                        ErrorCode.DEADLINE_EXCEEDED, "the time was up before the first row")
                .withRetryAfterMillis(100);
    }

    private void stream(ApiRequest request, Asked asked, MonoSink<ServerResponse> sink) {
        RangeReader reader =
                new RangeReader(
                        reads,
                        request.eventLoop(),
                        asked.query(),
                        () -> reads.deadlineNanos(asked.query().timeoutMillis()));
        Channel channel = EventLoops.channelOf(request.http());
        if (channel != null) {
            ChannelFutureListener clientGone = closing -> reader.close();
            channel.closeFuture().addListener(clientGone);
            sink.onCancel(reader::close);
            reader.onClose(() -> channel.closeFuture().removeListener(clientGone));
        }
        ChunkSink chunks = new ChunkSink(rangeLimits.chunkBytes(), asked.values(), asked.rowsMax());
        reader.fill(
                chunks,
                (more, failure) -> {
                    Bytes first = chunks.chunk();
                    if (failure != null && first.isEmpty()) {
                        reader.close();
                        sink.success(request.problem(failure));
                        return;
                    }
                    RangeStream body =
                            new RangeStream(
                                    reader,
                                    chunks,
                                    first,
                                    failure == null && more,
                                    request.eventLoop(),
                                    channel,
                                    rangeLimits.viewMillis(),
                                    request.rawPath());
                    if (failure != null) {
                        body.failed(failure);
                    }
                    sink.success(new StreamAnswer(NDJSON, body));
                });
    }
}
