package io.ebla.tabletserver.api;

import io.ebla.core.cluster.TableName;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.MonoSink;

/**
 * One request on its way through the API: the raw path taken apart so far, and what handlers ask of
 * the rest. Belongs to the event loop of its connection.
 */
final class ApiRequest {

    private final ServerWebExchange exchange;
    private final ServerHttpRequest http;
    private final String rawPath;
    private final Executor eventLoop;
    private TableName table;
    private int restAt;
    private final boolean atomicWrite;

    ApiRequest(ServerWebExchange exchange) {
        this.exchange = exchange;
        this.http = exchange.getRequest();
        this.rawPath = http.getURI().getRawPath();
        this.eventLoop = EventLoops.of(http);
        this.atomicWrite = AtomicWrites.mayBe(http.getMethod().name(), rawPath);
    }

    /** The routes have found the table, and what follows it. */
    ApiRequest routed(TableName to, int rest) {
        this.table = to;
        this.restAt = rest;
        return this;
    }

    ServerWebExchange exchange() {
        return exchange;
    }

    ServerHttpRequest http() {
        return http;
    }

    HttpMethod method() {
        return http.getMethod();
    }

    /** The path as it was sent, still encoded. */
    String rawPath() {
        return rawPath;
    }

    /** Where in the raw path the part begins that the handler is to read. */
    int restAt() {
        return restAt;
    }

    /** The table named by the path. */
    TableName table() {
        return table;
    }

    Parameters parameters(Set<String> allowed) {
        return Parameters.parse(http.getURI().getRawQuery(), allowed);
    }

    /** The first value of a header, or null. */
    String header(String name) {
        return http.getHeaders().getFirst(name);
    }

    /**
     * The value of a header that may stand only once, or null.
     *
     * @throws EblaException {@code invalid_argument} when it is repeated
     */
    String singleHeader(String name) {
        List<String> values = http.getHeaders().get(name);
        if (values == null || values.isEmpty()) {
            return null;
        }
        if (values.size() > 1) {
            throw Problems.invalid("header " + name + " is given " + values.size() + " times");
        }
        return values.get(0);
    }

    /** The Content-Length, or -1 when the body is chunked or absent. */
    long contentLength() {
        return http.getHeaders().getContentLength();
    }

    /** Whether the body comes in a content coding; what needs no body may say what it likes. */
    boolean bodyIsEncoded() {
        HttpMethod method = http.getMethod();
        if (method == HttpMethod.GET || method == HttpMethod.HEAD || method == HttpMethod.DELETE) {
            return false;
        }
        List<String> codings = http.getHeaders().get(HttpHeaders.CONTENT_ENCODING);
        return codings != null
                && !codings.stream().allMatch(coding -> coding.trim().equalsIgnoreCase("identity"));
    }

    Executor eventLoop() {
        return eventLoop;
    }

    /** What is still to come of the request will not be read: its answer says so, and ends the connection. */
    void closeConnectionAfterwards() {
        exchange.getResponse().getHeaders().set(HttpHeaders.CONNECTION, "close");
    }

    /** Goes on with the request on its event loop, where every answer is to be given. */
    void resume(Runnable task) {
        EventLoops.run(eventLoop, task);
    }

    /** @throws EblaException 406 when the client takes no JSON */
    void requireAcceptsJson() {
        if (!MediaTypes.accepts(http.getHeaders(), Answer.JSON)) {
            throw new EblaException(ErrorCode.NOT_ACCEPTABLE, "this resource is application/json");
        }
    }

    /** @throws EblaException 415 when the body is said to be something else than JSON */
    void requireJsonBody() {
        String contentType = header("Content-Type");
        if (contentType != null && !MediaTypes.isJson(contentType)) {
            throw new EblaException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "the body must be application/json, not " + contentType);
        }
    }

    /**
     * Takes a step towards the answer. Whatever it throws is the answer: a sink is never left open.
     */
    void attempt(MonoSink<ServerResponse> sink, Runnable step) {
        try {
            step.run();
        } catch (Throwable failure) {
            sink.success(problem(failure));
        }
    }

    /**
     * Takes the next step on the request's event loop once what it needs is there; the answer is the failure
     * if that does not come.
     */
    <T> void then(MonoSink<ServerResponse> sink, CompletableFuture<T> needed, Consumer<T> next) {
        needed.whenComplete((value, failure) -> resume(() -> then(sink, value, failure, next)));
    }

    /** Takes the next step with what it needs, or answers why that did not come. */
    <T> void then(MonoSink<ServerResponse> sink, T needed, Throwable failure, Consumer<T> next) {
        if (failure != null) {
            sink.success(problem(Tables.unwrapped(failure)));
        } else {
            attempt(sink, () -> next.accept(needed));
        }
    }

    /** The answer that tells of a failure. */
    Answer problem(EblaException failure) {
        return Problems.answer(failure, rawPath, atomicWrite);
    }

    /** The answer to anything that went wrong; what is no expected failure is a bug, and logged. */
    Answer problem(Throwable failure) {
        if (failure instanceof EblaException expected) {
            return problem(expected);
        }
        return failure instanceof RejectedExecutionException
                ? problem(new EblaException(ErrorCode.OVERLOADED, "too much is waiting to be done"))
                : problem(Faults.toFailure(failure, http, atomicWrite));
    }
}
