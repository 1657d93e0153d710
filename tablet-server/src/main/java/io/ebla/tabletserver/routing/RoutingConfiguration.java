package io.ebla.tabletserver.routing;

import io.ebla.core.time.Clock;
import io.ebla.tabletserver.network.NodeChannels;
import io.ebla.tabletserver.tablet.TabletHost;
import io.grpc.BindableService;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** How requests find their tablets, on this node and others. A node without a network knows itself only. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RoutingProperties.class)
public class RoutingConfiguration {

    /**
     * Where answers to other nodes are formed, and what is late is noticed: threads of rows only, so that a
     * flood of them delays no deadline of anything else.
     */
    @Bean(destroyMethod = "dispose")
    Scheduler rowsScheduler() {
        return Schedulers.newParallel(
                "ebla-rows", Math.max(2, Runtime.getRuntime().availableProcessors()), true);
    }

    @Bean
    RemoteNodes remoteNodes(
            ObjectProvider<NodeChannels> channels,
            RoutingProperties settings,
            Clock clock,
            Scheduler rowsScheduler,
            ObjectProvider<RoutingObserver> observer) {
        return nodes(channels, settings, clock, rowsScheduler, observer);
    }

    private static RemoteNodes nodes(
            ObjectProvider<NodeChannels> channels,
            RoutingProperties settings,
            Clock clock,
            Scheduler scheduler,
            ObjectProvider<RoutingObserver> observer) {
        return new RemoteNodes(
                node -> {
                    NodeChannels ways = channels.getIfAvailable();
                    return ways == null ? Optional.empty() : ways.channel(node);
                },
                settings.settings(),
                clock,
                scheduler,
                observer.getIfAvailable(() -> RoutingObserver.NONE));
    }

    @Bean
    WaitingRoom waitingRoom(RoutingProperties settings, Clock clock, Scheduler rowsScheduler) {
        return new WaitingRoom(settings.waiting(), rowsScheduler, clock);
    }

    /** Its bulkheads and breakers are not those of rows. */
    @Bean
    TabletStatuses tabletStatuses(
            TabletHost host,
            ObjectProvider<NodeChannels> channels,
            RoutingProperties settings,
            Clock clock,
            ObjectProvider<RoutingObserver> observer) {
        return new TabletStatuses(
                host.self(),
                host::statuses,
                nodes(channels, settings, clock, Schedulers.parallel(), observer),
                settings.settings().statusPatienceMillis());
    }

    @Bean
    Routing routing(
            TabletHost host,
            RemoteNodes nodes,
            WaitingRoom waiting,
            Clock clock,
            ObjectProvider<RoutingObserver> observer) {
        return new Routing(
                host.self(),
                host.directory(),
                nodes,
                waiting,
                clock,
                observer.getIfAvailable(() -> RoutingObserver.NONE));
    }

    @Bean
    BindableService rowsService(
            TabletHost host, TabletStatuses statuses, Scheduler rowsScheduler, Clock clock) {
        return new RowsService(
                host.directory(), statuses, host.readExecutor(), rowsScheduler, clock);
    }
}
