package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.tablet.ReadResult;
import io.ebla.tabletserver.tablet.WriteResult;
import io.ebla.tabletserver.tablet.WriteResult.OperationResult;
import java.util.Optional;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;

/** How reads and writes of one row are answered. */
final class RowAnswers {

    private RowAnswers() {}

    static Answer written(RowKey key, WriteResult result) {
        OperationResult row = result.operations().get(0);
        String version = row.version().text();
        JsonText json = new JsonText(320 + key.encoded().length()).beginObject();
        json.keyField("pk", key.pk());
        Optional<Bytes> sk = key.sk();
        if (sk.isPresent()) {
            json.keyField("sk", sk.get());
        }
        json.field("version", version);
        json.timeField("createdAt", row.createdAt()).timeField("updatedAt", row.updatedAt());
        if (row.expiresAt() != 0) {
            json.timeField("expiresAt", row.expiresAt());
        }
        json.field("outcome", result.outcome().text()).field("copies", result.copies());
        json.name("replicas").beginArray();
        for (int i = 0; i < result.replicas().size(); i++) {
            json.value(result.replicas().get(i).value());
        }
        json.endArray().endObject();
        return withOutcome(Answer.json(row.existed() ? 200 : 201, json), result)
                .header(HttpHeaders.ETAG, quoted(version));
    }

    static Answer deleted(WriteResult result) {
        return withOutcome(Answer.of(204), result);
    }

    /** Puts in what every successful write of one row or batch tells. */
    static Answer withOutcome(Answer answer, WriteResult result) {
        answer.header(Headers.OUTCOME, result.outcome().text());
        answer.header(Headers.COPIES, Integer.toString(result.copies()));
        answer.header(Headers.POSITION, result.position().text());
        return result.replayed() ? answer.header(Headers.IDEMPOTENT_REPLAY, "true") : answer;
    }

    /** @throws EblaException {@code row_not_found}, or {@code condition_failed} */
    static Answer read(ApiRequest request, RowKey key, ReadResult result) {
        if (result.row().isEmpty()) {
            throw new EblaException(ErrorCode.ROW_NOT_FOUND, "there is no row " + key);
        }
        Row row = result.row().get();
        String version = row.version().text();
        Answer answer =
                switch (Preconditions.ofRead(request.http().getHeaders(), row, version)) {
                    case FAILED ->
                            throw new EblaException(
                                    ErrorCode.CONDITION_FAILED, "the row is at version " + version);
                    case NOT_MODIFIED -> Answer.of(304);
                    case PROCEED ->
                            request.method() == HttpMethod.HEAD
                                    ? Answer.of(200)
                                            .bodyOmitted(row.contentType(), row.valueBytes())
                                    : Answer.of(200).body(row.contentType(), row.value());
                };
        answer.header(HttpHeaders.ETAG, quoted(version));
        answer.header(HttpHeaders.LAST_MODIFIED, Times.httpDate(row.updatedAt()));
        answer.header(Headers.CREATED_AT, Times.rfc3339(row.createdAt()));
        if (row.expiresAt() != 0) {
            answer.header(Headers.EXPIRES_AT, Times.rfc3339(row.expiresAt()));
        }
        return answer.header(Headers.POSITION, result.position().text());
    }

    private static String quoted(String version) {
        return '"' + version + '"';
    }
}
