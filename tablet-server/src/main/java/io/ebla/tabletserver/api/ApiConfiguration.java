package io.ebla.tabletserver.api;

import io.ebla.tabletserver.membership.MetaClient;
import io.ebla.tabletserver.tablet.TabletHost;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The REST API of a tablet server that belongs to a cluster. */
@Configuration(proxyBeanMethods = false)
@Import(RoutesConfiguration.class)
public class ApiConfiguration {

    @Bean
    MetaTables metaTables(MetaClient meta) {
        return new ClusterTables(meta);
    }

    @Bean
    TableResource clusterResource(MetaClient meta, TabletHost host) {
        return new ClusterHandler(meta::cluster, host).resource();
    }

    @Bean
    TableResource metaMembersResource(MetaClient meta) {
        return new MetaMembersHandler(meta).members();
    }

    @Bean
    TableResource operationsResource(MetaClient meta) {
        return new MetaMembersHandler(meta).operations();
    }

    @Bean
    TableResource drainResource(MetaClient meta) {
        return new ClusterTasksHandler(meta).drain();
    }

    @Bean
    TableResource undrainResource(MetaClient meta) {
        return new ClusterTasksHandler(meta).undrain();
    }

    @Bean
    TableResource balancingResource(MetaClient meta) {
        return new ClusterTasksHandler(meta).balancing();
    }
}
