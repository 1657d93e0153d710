package io.ebla.tabletserver.api;

import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Answers one kind of request. */
@FunctionalInterface
interface ApiHandler {

    /**
     * Called on the event loop of the request's connection; must not block.
     *
     * @return the answer; an expected failure later on is best given as {@link ApiRequest#problem}
     * @throws io.ebla.core.contract.EblaException to refuse the request at once
     */
    Mono<ServerResponse> handle(ApiRequest request);
}
