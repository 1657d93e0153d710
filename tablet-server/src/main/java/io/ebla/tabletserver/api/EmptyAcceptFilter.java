package io.ebla.tabletserver.api;

import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/** Takes an empty {@code Accept}, which names nothing, as none: the actuator fails at one with 500. */
final class EmptyAcceptFilter implements WebFilter {

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        List<String> given = exchange.getRequest().getHeaders().get(HttpHeaders.ACCEPT);
        boolean empty = given != null && given.stream().allMatch(String::isBlank);
        if (!empty) {
            return chain.filter(exchange);
        }
        ServerHttpRequest without =
                exchange.getRequest()
                        .mutate()
                        .headers(headers -> headers.remove(HttpHeaders.ACCEPT))
                        .build();
        return chain.filter(exchange.mutate().request(without).build());
    }
}
