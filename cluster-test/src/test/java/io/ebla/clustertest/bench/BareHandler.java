package io.ebla.clustertest.bench;

import java.nio.charset.StandardCharsets;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.HttpHandlerAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * What Ebla's HTTP is measured against: a functional WebFlux handler that returns 1 KB from memory, or
 * takes 1 KB and forgets it. It runs on the packaged jar's own Spring, Netty and Reactor, with the three
 * configurations it cannot do without; {@link BootHandler} is the same with all of Boot's defaults.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@ImportAutoConfiguration({
    NettyReactiveWebServerAutoConfiguration.class,
    HttpHandlerAutoConfiguration.class,
    WebFluxAutoConfiguration.class
})
@Import(BareHandler.Routes.class)
public class BareHandler {

    private static final byte[] VALUE =
            "v".repeat(Requests.VALUE_BYTES).getBytes(StandardCharsets.US_ASCII);

    public static void main(String[] arguments) {
        SpringApplication.run(BareHandler.class, arguments);
    }

    /** The two routes. */
    @Configuration(proxyBeanMethods = false)
    static class Routes {

        @Bean
        RouterFunction<ServerResponse> routes() {
            return RouterFunctions.route()
                    .GET(
                            "/bare/{key}",
                            request ->
                                    ServerResponse.ok()
                                            .contentType(MediaType.APPLICATION_OCTET_STREAM)
                                            .bodyValue(VALUE))
                    .PUT(
                            "/bare/{key}",
                            request ->
                                    request.bodyToMono(byte[].class)
                                            .flatMap(
                                                    body ->
                                                            body.length == Requests.VALUE_BYTES
                                                                    ? ServerResponse.ok().build()
                                                                    : Mono.error(
                                                                            new IllegalStateException(
                                                                                    "cut off"))))
                    .build();
        }
    }
}
