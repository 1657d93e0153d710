package io.ebla.tabletserver.api;

import io.ebla.tabletserver.TabletServerProperties;
import io.netty.channel.Channel;
import java.time.Duration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.PropertySource;
import org.springframework.http.client.ReactorResourceFactory;
import reactor.netty.NettyPipeline;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

/**
 * What stands around all handlers: limits, and errors that none of them sees. A process that is a meta-server
 * only has the same edge before its own handlers.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(TabletServerProperties.class)
@PropertySource("classpath:ebla-api.properties")
public class EdgeConfiguration {

    @Bean
    ApiLimits apiLimits(TabletServerProperties properties) {
        return ApiLimits.of(properties.limits());
    }

    @Bean
    UnhandledErrors unhandledErrors() {
        return new UnhandledErrors();
    }

    @Bean
    EmptyAcceptFilter emptyAcceptFilter() {
        return new EmptyAcceptFilter();
    }

    /** Static, as it has to be there before any other bean is made. */
    @Bean
    static BeanPostProcessor apiBeforeTheDispatcher(ObjectProvider<ApiRoutes> routes) {
        return ApiFront.of(routes);
    }

    /**
     * As many event loops as there are processors, where the library's least is four. No handler waits for a
     * disk on them, so that more loops than processors only make each of them find less to do when it wakes.
     */
    @Bean
    ReactorResourceFactory httpResources() {
        int loops = Math.max(2, Runtime.getRuntime().availableProcessors());
        ReactorResourceFactory resources = new ReactorResourceFactory();
        resources.setUseGlobalResources(false);
        resources.setLoopResourcesSupplier(() -> LoopResources.create("ebla-http", loops, true));
        resources.setShutdownQuietPeriod(Duration.ZERO);
        resources.setShutdownTimeout(Duration.ofSeconds(1));
        return resources;
    }

    /** Limits what is read of a request before any handler sees it, and answers it with problems. */
    @Bean
    WebServerFactoryCustomizer<NettyReactiveWebServerFactory> edgeOfTheServer(ApiLimits limits) {
        NettyServerCustomizer edge = server -> withEdge(server, limits);
        return factory -> factory.addServerCustomizers(edge);
    }

    private static HttpServer withEdge(HttpServer server, ApiLimits limits) {
        return server.httpRequestDecoder(
                        decoder ->
                                decoder.maxInitialLineLength(limits.requestLineBytes())
                                        .maxHeaderSize(limits.headerBytes()))
                .doOnChannelInit((observer, channel, address) -> addEdge(channel, limits));
    }

    private static void addEdge(Channel channel, ApiLimits limits) {
        if (channel.pipeline().get(NettyPipeline.HttpCodec) != null) {
            channel.pipeline()
                    .addAfter(NettyPipeline.HttpCodec, "ebla.edge", new EdgeErrors())
                    .addAfter(
                            NettyPipeline.HttpCodec,
                            "ebla.idle",
                            new IdleConnection(limits.idleMillis()));
        }
    }
}
