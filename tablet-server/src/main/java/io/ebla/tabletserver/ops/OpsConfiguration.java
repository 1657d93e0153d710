package io.ebla.tabletserver.ops;

import io.ebla.core.time.Clock;
import io.ebla.tabletserver.api.RequestObserver;
import io.ebla.tabletserver.network.GrpcReplicaNetwork;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.oplog.OplogObserver;
import io.ebla.tabletserver.routing.Routing;
import io.ebla.tabletserver.routing.RoutingObserver;
import io.ebla.tabletserver.store.StoreFigures;
import io.ebla.tabletserver.tablet.TabletHost;
import io.ebla.tabletserver.tablet.TabletObserver;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.PropertySource;

/** What a tablet server shows of itself: health, tablets, metrics. The engine knows none of it. */
@Configuration(proxyBeanMethods = false)
@PropertySource("classpath:ebla-ops.properties")
public class OpsConfiguration {

    @Bean
    OplogObserver journalMetrics(MeterRegistry registry) {
        return new JournalMetrics(registry);
    }

    @Bean
    TabletObserver tabletMetrics(MeterRegistry registry) {
        return new TabletMetrics(registry);
    }

    @Bean
    RequestObserver operationTimers(MeterRegistry registry) {
        return new OperationTimers(registry);
    }

    @Bean
    MeterBinder storeMetrics(StoreFigures figures, Clock clock) {
        return new StoreMetrics(figures, clock);
    }

    @Bean
    MeterBinder journalGauges(Oplog journal, TabletHost host) {
        return registry -> {
            Gauge.builder("ebla.journal.size", journal, Oplog::sizeBytes)
                    .baseUnit("bytes")
                    .register(registry);
            Gauge.builder("ebla.journal.open", journal, OpsConfiguration::open).register(registry);
            Gauge.builder("ebla.reads.queued", host, TabletHost::readQueueDepth).register(registry);
        };
    }

    @Bean
    MeterBinder settlingGauge(TabletHost host) {
        return registry ->
                Gauge.builder("ebla.store.unsettled", host, TabletHost::unsettledStores)
                        .register(registry);
    }

    private static double open(Oplog journal) {
        return journal.condition() == Oplog.Condition.OPEN ? 1 : 0;
    }

    /** Puts the tablets' gauges into whatever registry is scraped. */
    @Bean
    SmartInitializingSingleton tabletGauges(
            PrometheusRegistry registry, TabletHost host, StoreFigures stores) {
        return () -> registry.register(new TabletCollector(host, stores));
    }

    /** Likewise the counters of the network between nodes. */
    @Bean
    SmartInitializingSingleton networkCounters(
            PrometheusRegistry registry, GrpcReplicaNetwork network) {
        return () -> registry.register(new NetworkCollector(network));
    }

    @Bean
    RoutingObserver routingMetrics(MeterRegistry registry) {
        return new RoutingMetrics(registry);
    }

    @Bean
    SmartInitializingSingleton routingGauges(PrometheusRegistry registry, Routing routing) {
        return () -> registry.register(new RoutingCollector(routing));
    }

    @Bean
    SmartInitializingSingleton replicationFigures(PrometheusRegistry registry, TabletHost host) {
        return () -> {
            registry.register(new ReplicationCollector(host));
            registry.register(new ReplicationCounts(host.replicationCounters()));
        };
    }

    @Bean
    HealthIndicator journalHealthIndicator(Oplog journal) {
        return new JournalHealth(journal);
    }

    @Bean
    HealthIndicator membershipHealthIndicator(TabletHost host) {
        return new MembershipHealth(host);
    }

    @Bean
    TabletsEndpoint tabletsEndpoint(TabletHost host) {
        return new TabletsEndpoint(host);
    }
}
