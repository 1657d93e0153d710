package io.ebla.tabletserver.api;

import io.ebla.core.time.Clock;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * What a table offers under {@code /v1/tables/{table}/NAME}: a bean of this type is all it takes to be
 * routed.
 *
 * @param name the path segment, taken literally
 * @param handlers who answers which method; any other method is 405
 */
record TableResource(String name, Map<HttpMethod, ApiHandler> handlers) {

    TableResource {
        handlers = Map.copyOf(handlers);
    }

    /** The same resource, its requests timed under the name {@code row.get}. */
    TableResource timed(RequestObserver observer, Clock clock) {
        Map<HttpMethod, ApiHandler> timed = new HashMap<>();
        handlers.forEach(
                (method, handler) -> {
                    String operation = name + "." + method.name().toLowerCase(Locale.ROOT);
                    timed.put(
                            method, request -> time(operation, handler, request, observer, clock));
                });
        return new TableResource(name, timed);
    }

    private static Mono<ServerResponse> time(
            String operation,
            ApiHandler handler,
            ApiRequest request,
            RequestObserver observer,
            Clock clock) {
        long startNanos = clock.monotonicNanos();
        Mono<ServerResponse> answer;
        try {
            answer = handler.handle(request);
        } catch (Throwable failure) {
            answer = Mono.just(request.problem(failure));
        }
        return answer.doOnNext(
                given ->
                        observer.answered(
                                operation,
                                given.statusCode().value(),
                                clock.monotonicNanos() - startNanos));
    }
}
