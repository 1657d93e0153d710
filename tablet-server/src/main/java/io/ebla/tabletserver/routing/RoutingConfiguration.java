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
import reactor.core.scheduler.Schedulers;

/** How requests find their tablets, on this node and others. A node without a network knows itself only. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RoutingProperties.class)
public class RoutingConfiguration {

    @Bean
    RemoteNodes remoteNodes(
            ObjectProvider<NodeChannels> channels,
            RoutingProperties settings,
            Clock clock,
            ObjectProvider<RoutingObserver> observer) {
        return new RemoteNodes(
                node -> {
                    NodeChannels ways = channels.getIfAvailable();
                    return ways == null ? Optional.empty() : ways.channel(node);
                },
                settings.settings(),
                clock,
                Schedulers.parallel(),
                observer.getIfAvailable(() -> RoutingObserver.NONE));
    }

    @Bean
    WaitingRoom waitingRoom(RoutingProperties settings, Clock clock) {
        return new WaitingRoom(settings.waiting(), Schedulers.parallel(), clock);
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
    BindableService rowsService(TabletHost host, Clock clock) {
        return new RowsService(host.directory(), host.readExecutor(), Schedulers.parallel(), clock);
    }
}
