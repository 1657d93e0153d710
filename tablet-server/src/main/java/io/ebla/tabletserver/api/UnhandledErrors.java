package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import org.springframework.boot.webflux.error.ErrorWebExceptionHandler;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Errors that Spring raised outside the API's own handlers, as problems: paths of no handler, methods
 * and media types it refused, and faults.
 */
final class UnhandledErrors implements ErrorWebExceptionHandler, Ordered {

    /** Actuator breaks down where it is asked for a part of a part that does not exist. */
    private static final String HEALTH = "/actuator/health/";

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, Throwable error) {
        if (exchange.getResponse().isCommitted()) {
            return Mono.error(error);
        }
        Answer answer =
                Problems.answer(
                        toFailure(exchange, error),
                        exchange.getRequest().getURI().getRawPath(),
                        atomicWrite(exchange));
        if (error instanceof ResponseStatusException refused) {
            String allow = refused.getHeaders().getFirst(HttpHeaders.ALLOW);
            if (allow != null) {
                answer.header(HttpHeaders.ALLOW, allow);
            }
        }
        return answer.writeTo(exchange.getResponse());
    }

    private static boolean atomicWrite(ServerWebExchange exchange) {
        return AtomicWrites.mayBe(
                exchange.getRequest().getMethod().name(),
                exchange.getRequest().getURI().getRawPath());
    }

    private static EblaException toFailure(ServerWebExchange exchange, Throwable error) {
        if (error instanceof EblaException expected) {
            return expected;
        }
        if (error instanceof ResponseStatusException refused
                && refused.getStatusCode().value() != 500) {
            return ofStatus(exchange, refused);
        }
        String path = exchange.getRequest().getURI().getRawPath();
        if (error instanceof IllegalStateException && path.startsWith(HEALTH)) {
            return nothingAt(path);
        }
        return Faults.toFailure(error, exchange.getRequest(), atomicWrite(exchange));
    }

    private static EblaException nothingAt(String path) {
        return new EblaException(ErrorCode.NOT_FOUND, "there is nothing at " + path);
    }

    private static EblaException ofStatus(
            ServerWebExchange exchange, ResponseStatusException refused) {
        int status = refused.getStatusCode().value();
        String path = exchange.getRequest().getURI().getRawPath();
        return switch (status) {
            case 401 -> new EblaException(ErrorCode.UNAUTHORIZED, "not authenticated");
            case 403 -> new EblaException(ErrorCode.FORBIDDEN, "not allowed");
            case 404 -> nothingAt(path);
            case 405 ->
                    new EblaException(
                            ErrorCode.METHOD_NOT_ALLOWED,
                            exchange.getRequest().getMethod() + " is not allowed at " + path);
            case 406 -> new EblaException(ErrorCode.NOT_ACCEPTABLE, detail(refused));
            case 413 -> new EblaException(ErrorCode.TOO_LARGE, detail(refused));
            case 415 -> new EblaException(ErrorCode.UNSUPPORTED_MEDIA_TYPE, detail(refused));
            case 503 -> new EblaException(ErrorCode.OVERLOADED, detail(refused)).withStatus(503);
            default ->
                    status < 500
                            ? Problems.invalid(detail(refused)).withStatus(status)
                            : Faults.toFailure(
                                    refused, exchange.getRequest(), atomicWrite(exchange));
        };
    }

    private static String detail(ResponseStatusException refused) {
        String reason = refused.getReason();
        return reason == null ? "refused" : reason;
    }
}
