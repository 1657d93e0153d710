package io.ebla.metaserver.ops;

import io.ebla.metaserver.api.MetaRoutes;
import io.ebla.metaserver.cluster.MetadataTablet;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.PropertySource;
import org.springframework.core.annotation.Order;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;

/**
 * What a process that is a meta-server and nothing else shows to those who run it: health, metrics and
 * {@code /v1/cluster}. Beside a tablet server in one process that one shows itself and the cluster.
 */
@Configuration(proxyBeanMethods = false)
@Import(MetaMetricsConfiguration.class)
@PropertySource("classpath:ebla-meta-ops.properties")
public class MetaOpsConfiguration {

    @Bean
    HealthIndicator metadataHealthIndicator(MetadataTablet metadata) {
        return new MetadataHealth(metadata);
    }

    /** After all others: it answers what nobody else knows. */
    @Bean
    @Order(100)
    RouterFunction<ServerResponse> publicRoutes(MetaRoutes routes) {
        return routes.publicRoutes();
    }
}
