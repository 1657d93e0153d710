package io.ebla.tabletserver.api;

import io.ebla.core.key.Bytes;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * Requests that are one call to the leading meta-server: their answer is what is made of the call's result,
 * on the request's event loop. Whatever goes wrong on the way, expected or not, becomes the answer.
 */
final class MetaCall {

    /** Of bodies that hold a few names. */
    static final int BODY_MAX_BYTES = 4_096;

    static final long BODY_MAX_MILLIS = 2_000;

    private MetaCall() {}

    /**
     * @param call may throw to refuse
     * @param answer what is told of its result
     */
    static <T> Mono<ServerResponse> answer(
            ApiRequest request, Supplier<CompletableFuture<T>> call, Function<T, Answer> answer) {
        return Mono.create(
                sink ->
                        request.attempt(
                                sink,
                                () ->
                                        request.then(
                                                sink,
                                                call.get(),
                                                told -> sink.success(answer.apply(told)))));
    }

    /** The same of a call that needs the request's small body, in JSON. */
    static <T> Mono<ServerResponse> answer(
            ApiRequest request,
            Function<Bytes, CompletableFuture<T>> call,
            Function<T, Answer> answer) {
        return answer(request, BODY_MAX_BYTES, BODY_MAX_MILLIS, call, answer);
    }

    /**
     * The same of a body of any size.
     *
     * @param bodyBytesMax a longer body is refused
     * @param bodyMaxMillis how long it may take to arrive
     */
    static <T> Mono<ServerResponse> answer(
            ApiRequest request,
            int bodyBytesMax,
            long bodyMaxMillis,
            Function<Bytes, CompletableFuture<T>> call,
            Function<T, Answer> answer) {
        request.requireJsonBody();
        return answer(
                request,
                () -> {
                    CompletableFuture<Bytes> body = new CompletableFuture<>();
                    RequestBody.read(
                            request,
                            bodyBytesMax,
                            bodyMaxMillis,
                            (read, failure) -> complete(body, read, failure));
                    return body.thenCompose(call);
                },
                answer);
    }

    /** With a failure, if there is one. */
    static <T> void complete(CompletableFuture<T> future, T value, Throwable failure) {
        if (failure != null) {
            future.completeExceptionally(failure);
        } else {
            future.complete(value);
        }
    }
}
