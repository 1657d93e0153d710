package io.ebla.metaserver.api;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import java.util.StringJoiner;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.BodyExtractors;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.json.JsonMapper;

/** Requests and answers of {@link MetaApi} as JSON over HTTP. */
final class MetaWire {

    private static final Logger log = LoggerFactory.getLogger(MetaWire.class);

    /** A node with a hundred thousand replicas registers in less. */
    private static final int BODY_MAX_BYTES = 16 << 20;

    private static final String TYPE_PREFIX = "urn:ebla:problem:";
    private static final String OUTCOME = "Ebla-Outcome";
    private static final long RETRY_AFTER_MILLIS = 500;

    private final JsonMapper json = JsonMapper.shared();

    <T> Mono<T> body(ServerRequest request, Class<T> type) {
        return bytes(request)
                .filter(bytes -> bytes.length > 0)
                .switchIfEmpty(Mono.error(() -> invalid("the body is empty")))
                .map(bytes -> read(bytes, type));
    }

    /** The whole body, of no bytes when there is none. */
    Mono<byte[]> bytes(ServerRequest request) {
        return DataBufferUtils.join(request.body(BodyExtractors.toDataBuffers()), BODY_MAX_BYTES)
                .map(MetaWire::copy)
                .defaultIfEmpty(new byte[0])
                .onErrorMap(
                        DataBufferLimitException.class,
                        tooLong ->
                                new EblaException(
                                        ErrorCode.TOO_LARGE,
                                        "a body has at most " + BODY_MAX_BYTES + " bytes"));
    }

    /** Completes when a request that needs no body has been read to its end; what it has is dropped. */
    Mono<Void> noBody(ServerRequest request) {
        return request.body(BodyExtractors.toDataBuffers())
                .doOnNext(DataBufferUtils::release)
                .then();
    }

    private static byte[] copy(DataBuffer buffer) {
        byte[] bytes = new byte[buffer.readableByteCount()];
        buffer.read(bytes);
        DataBufferUtils.release(buffer);
        return bytes;
    }

    private <T> T read(byte[] bytes, Class<T> type) {
        try {
            T value = json.readValue(bytes, type);
            if (value == null) {
                throw invalid("the body is null");
            }
            return value;
        } catch (JacksonException malformed) {
            throw invalid("the body is no " + type.getSimpleName() + ": " + reason(malformed));
        }
    }

    /** In words of the document; the classes that it becomes are nobody else's concern. */
    private static String reason(JacksonException malformed) {
        if (malformed.getCause() instanceof IllegalArgumentException wrong
                && wrong.getMessage() != null) {
            return wrong.getMessage();
        }
        StringJoiner field = new StringJoiner(".");
        for (JacksonException.Reference step : malformed.getPath()) {
            String name = step.getPropertyName();
            field.add(name == null ? Integer.toString(step.getIndex()) : name);
        }
        return malformed instanceof DatabindException
                ? "what it has" + (field.length() == 0 ? "" : " at " + field) + " cannot be"
                : malformed.getOriginalMessage();
    }

    private static EblaException invalid(String detail) {
        return new EblaException(ErrorCode.INVALID_ARGUMENT, detail);
    }

    byte[] json(Object value) {
        return json.writeValueAsBytes(value);
    }

    Mono<ServerResponse> ok(Object value) {
        return ServerResponse.ok()
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue(json.writeValueAsBytes(value));
    }

    Mono<ServerResponse> accepted(Object value) {
        return ServerResponse.accepted()
                .contentType(MediaType.APPLICATION_JSON)
                .bodyValue(json.writeValueAsBytes(value));
    }

    /** @param instance the path that was asked for */
    Mono<ServerResponse> problem(Throwable failure, String instance) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure;
        if (cause instanceof EblaException expected) {
            return problem(expected, instance);
        }
        log.error("event=meta_call_failed", cause);
        return problem(
                new EblaException(ErrorCode.INTERNAL, "an unexpected failure, see the log"),
                instance);
    }

    private Mono<ServerResponse> problem(EblaException failure, String instance) {
        boolean later = failure.status() == 429 || failure.status() == 503;
        Long retryAfterMillis =
                later || failure.retryAfterMillis().isPresent()
                        ? Long.valueOf(failure.retryAfterMillis().orElse(RETRY_AFTER_MILLIS))
                        : null;
        MetaApi.Problem problem =
                new MetaApi.Problem(
                        TYPE_PREFIX + failure.code().text(),
                        failure.code().title(),
                        failure.status(),
                        failure.getMessage(),
                        instance,
                        failure.code().text(),
                        failure.retryable(),
                        retryAfterMillis,
                        failure.outcome().map(Outcome::text).orElse(null));
        ServerResponse.BodyBuilder answer = ServerResponse.status(failure.status());
        if (later) {
            long seconds = Math.max(1, (retryAfterMillis + 999) / 1_000);
            answer.header(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
        }
        failure.outcome().ifPresent(outcome -> answer.header(OUTCOME, outcome.text()));
        return answer.contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .bodyValue(json.writeValueAsBytes(problem));
    }
}
