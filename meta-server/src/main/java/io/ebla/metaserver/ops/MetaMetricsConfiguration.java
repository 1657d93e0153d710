package io.ebla.metaserver.ops;

import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.election.ElectionObserver;
import io.ebla.metaserver.liveness.Liveness;
import io.ebla.metaserver.procedure.OperationObserver;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Locale;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The metrics of a meta-server, beside a tablet server in one process too. */
@Configuration(proxyBeanMethods = false)
public class MetaMetricsConfiguration {

    @Bean
    ElectionObserver electionMetrics(MeterRegistry registry) {
        return new ElectionMetrics(registry);
    }

    @Bean
    OperationObserver operationMetrics(MeterRegistry registry) {
        return new OperationMetrics(registry);
    }

    /** What is under way, while this member leads. */
    @Bean
    MeterBinder operationGauges(MetadataTablet metadata) {
        return registry -> {
            Gauge.builder("ebla.meta.operations.running", () -> running(metadata))
                    .description(
                            "operations under way: splits, merges, replicas, hand-overs, tasks and members")
                    .register(registry);
            Gauge.builder("ebla.meta.nodes.drained", () -> drained(metadata))
                    .description("nodes that are to hold nothing")
                    .register(registry);
            Gauge.builder("ebla.meta.balancing.paused", () -> paused(metadata))
                    .description("1 while nothing is moved for the sake of balance")
                    .register(registry);
        };
    }

    private static long running(MetadataTablet metadata) {
        return metadata.leads()
                ? metadata.appliedState().stream().mapToLong(ClusterState::runningOperations).sum()
                : 0;
    }

    private static int drained(MetadataTablet metadata) {
        return metadata.appliedState()
                .map(state -> state.administration().drained().size())
                .orElse(0);
    }

    private static int paused(MetadataTablet metadata) {
        return metadata.appliedState()
                        .filter(state -> state.administration().balancingPaused())
                        .isPresent()
                ? 1
                : 0;
    }

    /** What this member has heard of the tablet servers, while it leads. */
    @Bean
    MeterBinder nodeGauges(MetadataTablet metadata, Liveness liveness) {
        return registry -> {
            for (Liveness.State state : Liveness.State.values()) {
                Gauge.builder("ebla.meta.nodes", () -> nodes(metadata, liveness, state))
                        .tag("state", state.name().toLowerCase(Locale.ROOT))
                        .description("tablet servers, as this member sees them while it leads")
                        .register(registry);
            }
        };
    }

    private static long nodes(MetadataTablet metadata, Liveness liveness, Liveness.State state) {
        if (!metadata.leads()) {
            return 0;
        }
        return metadata.appliedState().stream()
                .flatMap(it -> it.nodes().values().stream())
                .filter(node -> liveness.state(node) == state)
                .count();
    }

    @Bean
    MeterBinder metadataGauges(MetadataTablet metadata) {
        return registry -> {
            Gauge.builder("ebla.meta.leads", metadata, tablet -> tablet.leads() ? 1 : 0)
                    .description("1 on the member that leads the metadata group")
                    .register(registry);
            Gauge.builder("ebla.meta.members", metadata, MetaMetricsConfiguration::members)
                    .description("members of the metadata group that vote")
                    .register(registry);
            Gauge.builder("ebla.meta.version", metadata, MetaMetricsConfiguration::version)
                    .description("version of the metadata this member has applied")
                    .register(registry);
        };
    }

    private static double members(MetadataTablet metadata) {
        return metadata.membership().members().size();
    }

    private static double version(MetadataTablet metadata) {
        return metadata.appliedState().map(ClusterState::version).orElse(0L);
    }
}
