package io.ebla.tabletserver.api;

import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.IdempotencyId;
import io.ebla.core.row.RowVersion;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.condition.Conditions;
import io.ebla.tabletserver.tablet.RowOperation;
import io.ebla.tabletserver.tablet.WriteRequest;
import io.ebla.tabletserver.tablet.WriteResult;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** POST of an atomic batch: all of its operations or none, as one write of one tablet. */
final class BatchHandler {

    private static final int RESULT_BYTES = 64;

    private final Tables tables;
    private final Keys keys;
    private final ApiLimits limits;
    private final Clock clock;

    BatchHandler(Tables tables, Keys keys, ApiLimits limits, Clock clock) {
        this.tables = tables;
        this.keys = keys;
        this.limits = limits;
        this.clock = clock;
    }

    TableResource resource() {
        return new TableResource("batch", Map.of(HttpMethod.POST, this::post));
    }

    private Mono<ServerResponse> post(ApiRequest request) {
        request.requireAcceptsJson();
        request.requireJsonBody();
        requireNoPreconditions(request);
        WriteOptions options =
                WriteOptions.parse(
                        request.parameters(WriteOptions.OF_ROW), limits, Conditions::compile);
        String idempotencyKey = RowHandler.idempotencyKey(request);
        long deadlineNanos = clock.monotonicNanos() + options.timeoutMillis() * 1_000_000;
        Submission submission = new Submission(request, options, idempotencyKey, deadlineNanos);
        return tables.with(
                request,
                limits.batchBytes(),
                options.timeoutMillis(),
                (table, body, sink) -> submit(submission, table, body, sink));
    }

    /** They are of one row; a batch has a condition for each of its operations. */
    private static void requireNoPreconditions(ApiRequest request) {
        for (String name : List.of(HttpHeaders.IF_MATCH, HttpHeaders.IF_NONE_MATCH)) {
            if (request.header(name) != null) {
                throw Problems.invalid("a batch takes no " + name + ": its operations have 'if'");
            }
        }
    }

    /** What a request asks for besides its body. */
    private record Submission(
            ApiRequest request, WriteOptions options, String idempotencyKey, long deadlineNanos) {}

    private void submit(
            Submission submission,
            TableDescriptor table,
            Bytes body,
            MonoSink<ServerResponse> sink) {
        ApiRequest request = submission.request();
        submission.options().requireEnoughReplicas(table);
        List<RowOperation> operations =
                new Batch(keys, limits, table, submission.options()).operations(body);
        RowKey first = operations.get(0).key();
        tables.routing()
                .locate(request.table(), first)
                .write(
                        write(submission, operations, body),
                        request.eventLoop(),
                        (result, failure) ->
                                request.attempt(
                                        sink,
                                        () ->
                                                sink.success(
                                                        failure == null
                                                                ? answer(operations, result)
                                                                : request.problem(failure))));
    }

    private static WriteRequest write(
            Submission submission, List<RowOperation> operations, Bytes body) {
        String key = submission.idempotencyKey();
        return new WriteRequest(
                operations,
                submission.options().copies(),
                submission.options().revert(),
                submission.deadlineNanos(),
                "",
                key == null ? null : new IdempotencyId(operations.get(0).key().pk(), "", key),
                key == null
                        ? null
                        : new Fingerprint()
                                .part("BATCH")
                                .part(submission.options().ttl())
                                .part(submission.options().ifText())
                                .part(body)
                                .bytes());
    }

    private static Answer answer(List<RowOperation> operations, WriteResult result) {
        JsonText json = new JsonText(RESULT_BYTES * (operations.size() + 1)).beginObject();
        json.field("outcome", result.outcome().text()).field("copies", result.copies());
        json.name("results").beginArray();
        for (int i = 0; i < operations.size(); i++) {
            json.beginObject();
            RowJson.key(json, operations.get(i).key());
            RowVersion version = result.operations().get(i).version();
            if (version != null) {
                json.field("version", version.text());
            }
            json.endObject();
        }
        json.endArray().endObject();
        return RowAnswers.withOutcome(Answer.json(200, json), result);
    }
}
