package io.ebla.cli.server;

import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.SslInfo;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Where nodes show certificates, an internal call without one is refused, whatever secret it carries. A
 * certificate that is shown was found trusted when the connection was made.
 */
final class InternalCallsFilter implements WebFilter {

    private static final String INTERNAL = "/internal/";

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        if (!exchange.getRequest().getPath().value().startsWith(INTERNAL)) {
            return chain.filter(exchange);
        }
        SslInfo tls = exchange.getRequest().getSslInfo();
        boolean shown =
                tls != null
                        && tls.getPeerCertificates() != null
                        && tls.getPeerCertificates().length > 0;
        if (shown) {
            return chain.filter(exchange);
        }
        exchange.getResponse().setStatusCode(HttpStatus.FORBIDDEN);
        return exchange.getResponse().setComplete();
    }
}
