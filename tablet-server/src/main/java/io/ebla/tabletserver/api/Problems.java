package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.Bytes;
import java.nio.charset.StandardCharsets;
import org.springframework.http.HttpHeaders;

/**
 * Failures as {@code application/problem+json} (RFC 9457): the one place where an error code becomes
 * HTTP.
 */
final class Problems {

    static final String MEDIA_TYPE = "application/problem+json";

    private static final String TYPE_PREFIX = "urn:ebla:problem:";
    private static final int DETAIL_CHARACTERS_MAX = 300;
    private static final long DEFAULT_RETRY_MILLIS = 100;

    private Problems() {}

    /**
     * The answer to a failed request.
     *
     * @param instance the raw path of the request
     * @param atomicWrite whether the request was a write of one row or batch: it tells its outcome,
     *     and a failure that says nothing of it was found before anything was done
     */
    static Answer answer(EblaException failure, String instance, boolean atomicWrite) {
        EblaException known =
                atomicWrite && failure.outcome().isEmpty()
                        ? failure.withOutcome(Outcome.NOT_APPLIED)
                        : failure;
        Answer answer = Answer.of(known.status()).body(MEDIA_TYPE, json(known, instance).bytes());
        if (known.status() == 429 || known.status() == 503) {
            long seconds = Math.max(1, (retryAfterMillis(known) + 999) / 1000);
            answer.header(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
        }
        if (known.outcome().isPresent()) {
            answer.header(Headers.OUTCOME, known.outcome().get().text());
        }
        return answer;
    }

    /** The problem as a JSON document. */
    static JsonText json(EblaException failure, String instance) {
        ErrorCode code = failure.code();
        JsonText json = new JsonText(384).beginObject();
        json.field("type", TYPE_PREFIX + code.text());
        json.field("title", code.title());
        json.field("status", failure.status());
        json.field("detail", detail(failure));
        if (instance != null) {
            json.field("instance", wellFormed(instance));
        }
        json.field("code", code.text()).field("retryable", failure.retryable());
        if (failure.status() == 429
                || failure.status() == 503
                || failure.retryAfterMillis().isPresent()) {
            json.field("retryAfterMillis", retryAfterMillis(failure));
        }
        failure.outcome().ifPresent(outcome -> json.field("outcome", outcome.text()));
        failure.failedOperation().ifPresent(operation -> json.field("op", operation));
        return json.endObject();
    }

    private static long retryAfterMillis(EblaException failure) {
        return failure.retryAfterMillis().orElse(DEFAULT_RETRY_MILLIS);
    }

    /** What a failure says of itself, cut where a request's own text makes it long. */
    static String detail(EblaException failure) {
        String text = failure.getMessage();
        return text == null || text.length() <= DETAIL_CHARACTERS_MAX
                ? wellFormed(text)
                : wellFormed(text.substring(0, DETAIL_CHARACTERS_MAX - 3)) + "...";
    }

    /** Text that is well-formed Unicode, whatever a request put into it. */
    private static String wellFormed(String text) {
        if (text == null) {
            return "";
        }
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }

    static EblaException invalid(String detail) {
        return new EblaException(ErrorCode.INVALID_ARGUMENT, detail);
    }

    /** A problem's document alone, for the last line of a stream. */
    static Bytes document(EblaException failure, String instance) {
        return json(failure, instance).bytes();
    }
}
