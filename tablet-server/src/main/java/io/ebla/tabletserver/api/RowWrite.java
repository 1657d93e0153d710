package io.ebla.tabletserver.api;

import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.contract.EblaException;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.IdempotencyId;
import io.ebla.tabletserver.tablet.RowCondition;
import io.ebla.tabletserver.tablet.RowOperation;
import io.ebla.tabletserver.tablet.WriteRequest;
import io.ebla.tabletserver.tablet.WriteResult;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.MonoSink;

/**
 * One write of one row on its way: all that was asked, but for the body.
 *
 * @param condition everything that must hold, of headers and query together
 * @param idempotencyKey null when there is none
 * @param deadlineNanos monotonic time at which the caller stops waiting
 */
record RowWrite(
        Tables tables,
        ApiRequest request,
        RowKey key,
        WriteOptions options,
        RowCondition condition,
        String idempotencyKey,
        long deadlineNanos) {

    void put(TableDescriptor table, String contentType, Bytes body, MonoSink<ServerResponse> sink) {
        options.requireEnoughReplicas(table);
        requireJson(contentType, body);
        submit(
                new RowOperation.Put(key, body, contentType, options.ttlMillisIn(table), condition),
                fingerprint("PUT", contentType, body),
                sink);
    }

    void delete(TableDescriptor table, MonoSink<ServerResponse> sink) {
        options.requireEnoughReplicas(table);
        submit(new RowOperation.Delete(key, condition), fingerprint("DELETE", null, null), sink);
    }

    private void submit(RowOperation operation, Bytes fingerprint, MonoSink<ServerResponse> sink) {
        WriteRequest write =
                new WriteRequest(
                        List.of(operation),
                        options.copies(),
                        options.revert(),
                        deadlineNanos,
                        "",
                        fingerprint == null
                                ? null
                                : new IdempotencyId(key.pk(), "", idempotencyKey),
                        fingerprint);
        tables.routing()
                .locate(request.table(), key)
                .write(
                        write,
                        request.eventLoop(),
                        (result, failure) ->
                                sink.success(
                                        failure == null
                                                ? answer(operation, result)
                                                : request.problem(ofOneRow(failure))));
    }

    /** The place among the operations of a batch means nothing to a write of one row. */
    private static EblaException ofOneRow(EblaException failure) {
        return failure.failedOperation().isPresent() ? failure.withFailedOperation(-1) : failure;
    }

    private Answer answer(RowOperation operation, WriteResult result) {
        try {
            return operation instanceof RowOperation.Put
                    ? RowAnswers.written(key, result)
                    : RowAnswers.deleted(result);
        } catch (Throwable fault) {
            return request.problem(fault);
        }
    }

    private Bytes fingerprint(String method, String contentType, Bytes body) {
        if (idempotencyKey == null) {
            return null;
        }
        HttpHeaders headers = request.http().getHeaders();
        return new Fingerprint()
                .part(method)
                .part(key.encoded())
                .part(String.valueOf(headers.get(HttpHeaders.IF_MATCH)))
                .part(String.valueOf(headers.get(HttpHeaders.IF_NONE_MATCH)))
                .part(String.valueOf(headers.get(HttpHeaders.IF_UNMODIFIED_SINCE)))
                .part(options.ifText())
                .part(options.ttl())
                .part(contentType)
                .part(body)
                .bytes();
    }

    /** @throws EblaException when a value is said to be JSON and is none */
    static void requireJson(String contentType, Bytes body) {
        if (MediaTypes.isJson(contentType)) {
            int error = JsonSyntax.firstError(body);
            if (error >= 0) {
                throw Problems.invalid(
                        "the body is no JSON in UTF-8: see the byte at offset " + error);
            }
        }
    }
}
