package io.ebla.tabletserver.api;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.key.Bytes;
import java.nio.ByteBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseCookie;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/**
 * An answer whose body, if any, is whole in memory: status, a few headers, bytes.
 *
 * <p>It writes itself to the response without codecs or intermediate header maps, which is most of
 * what a general response costs. Made and written once, by one thread at a time.
 */
final class Answer implements ServerResponse {

    static final String JSON = "application/json";

    private static final int HEADERS_EXPECTED = 8;

    private final int status;
    private String[] headers = new String[2 * HEADERS_EXPECTED];
    private int used;
    private Bytes body;
    private long contentLength = -1;

    private Answer(int status) {
        this.status = status;
    }

    static Answer of(int status) {
        return new Answer(status);
    }

    static Answer json(int status, JsonText json) {
        return of(status).body(JSON, json.bytes());
    }

    /** That an operation has begun, or is the one asked for. */
    static Answer begun(MetaApi.Begun begun) {
        return json(
                202,
                new JsonText(64).beginObject().field("operation", begun.operation()).endObject());
    }

    /** Adds a header; its name must not have been given before. */
    Answer header(String name, String value) {
        if (used == headers.length) {
            headers = java.util.Arrays.copyOf(headers, 2 * used);
        }
        headers[used++] = name;
        headers[used++] = value;
        return this;
    }

    Answer body(String contentType, Bytes bytes) {
        this.body = bytes;
        return header(HttpHeaders.CONTENT_TYPE, contentType);
    }

    /** Announces the length of a body that is not sent, as the answer to a HEAD does. */
    Answer bodyOmitted(String contentType, long length) {
        this.contentLength = length;
        return header(HttpHeaders.CONTENT_TYPE, contentType);
    }

    int status() {
        return status;
    }

    @Override
    public Mono<Void> writeTo(ServerWebExchange exchange, Context context) {
        return writeTo(exchange.getResponse());
    }

    Mono<Void> writeTo(ServerHttpResponse response) {
        if (ServerHttpResponseDecorator.getNativeResponse(response)
                        instanceof HttpServerResponse connection
                && connection.hasSentHeaders()) {
            return Mono.empty(); // the codec has refused the rest of the request, and answered it
        }
        response.setStatusCode(HttpStatusCode.valueOf(status));
        HttpHeaders target = response.getHeaders();
        for (int i = 0; i < used; i += 2) {
            target.set(headers[i], headers[i + 1]);
        }
        if (body == null) {
            if (contentLength >= 0) {
                target.setContentLength(contentLength);
            }
            return response.setComplete();
        }
        target.setContentLength(body.length());
        return response.writeWith(
                Mono.just(
                        response.bufferFactory()
                                .wrap(
                                        ByteBuffer.wrap(
                                                body.array(), body.offset(), body.length()))));
    }

    @Override
    public HttpStatusCode statusCode() {
        return HttpStatusCode.valueOf(status);
    }

    @Override
    public HttpHeaders headers() {
        HttpHeaders copy = new HttpHeaders();
        for (int i = 0; i < used; i += 2) {
            copy.set(headers[i], headers[i + 1]);
        }
        return copy;
    }

    @Override
    public MultiValueMap<String, ResponseCookie> cookies() {
        return new LinkedMultiValueMap<>();
    }
}
