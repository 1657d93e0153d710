package io.ebla.tabletserver.membership;

import io.ebla.core.failpoint.FailPoints;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.TabletServerProperties;
import io.ebla.tabletserver.network.ClusterSecret;
import io.ebla.tabletserver.network.NodeNetwork;
import io.ebla.tabletserver.network.NodeTls;
import io.ebla.tabletserver.tablet.TabletHost;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;

/** The tablet server's tie to the meta-servers. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(MembershipProperties.class)
public class MembershipConfiguration {

    @Bean(destroyMethod = "shutdownNow")
    ScheduledExecutorService membershipThread() {
        return Executors.newSingleThreadScheduledExecutor(
                task -> {
                    Thread thread = new Thread(task, "ebla-membership");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** Without configured meta-servers, the one in this process is asked, at the port it really has. */
    @Bean
    MetaClient metaClient(
            TabletServerProperties server,
            MembershipProperties settings,
            NodeTls tls,
            Environment environment,
            ScheduledExecutorService membershipThread) {
        MetaTransport transport =
                new MetaTransport(
                        () ->
                                server.meta().isEmpty()
                                        ? List.of(local(server, environment))
                                        : server.meta(),
                        server.clusterSecret(),
                        tls);
        return new MetaClient(transport, settings.callTimeout(), membershipThread);
    }

    @Bean
    LocalTablets localTablets(TabletHost host, NodeNetwork network) {
        return new LocalTablets(host, network.nodes());
    }

    @Bean
    ClusterFile clusterFile(TabletServerProperties server) {
        return new ClusterFile(server.data());
    }

    @Bean
    RouterFunction<ServerResponse> nodeRoutes(
            LocalTablets tablets, ClusterFile cluster, TabletServerProperties server) {
        return new NodeRoutes(
                        FailPoints.ON ? new HeldAnswers(tablets) : tablets,
                        tablets.self(),
                        cluster::clusterId,
                        new ClusterSecret(server.clusterSecret()))
                .routes();
    }

    @Bean
    Membership membership(
            LocalTablets tablets,
            ClusterFile cluster,
            MetaClient meta,
            MembershipProperties settings,
            Clock clock,
            ScheduledExecutorService membershipThread) {
        return new Membership(tablets, meta, cluster, clock, settings, membershipThread);
    }

    @Bean
    MembershipLifecycle membershipLifecycle(
            Membership membership,
            NodeNetwork network,
            TabletServerProperties server,
            Environment environment) {
        return new MembershipLifecycle(
                membership,
                it -> {
                    String address = advertised(server, environment);
                    it.start(address, host(address) + ":" + network.port(), server.zone());
                });
    }

    private static String host(String address) {
        return address.substring(0, address.lastIndexOf(':'));
    }

    private static String local(TabletServerProperties server, Environment environment) {
        return reachable(server.bind()) + ":" + port(server, environment);
    }

    private static int port(TabletServerProperties server, Environment environment) {
        return environment.getProperty("local.server.port", Integer.class, server.httpPort());
    }

    private static String advertised(TabletServerProperties server, Environment environment) {
        String advertise = server.advertise();
        if (advertise == null || advertise.isEmpty()) {
            return local(server, environment);
        }
        return advertise.contains(":") ? advertise : advertise + ":" + port(server, environment);
    }

    private static String reachable(String bind) {
        return bind.equals("0.0.0.0") || bind.equals("::") ? "127.0.0.1" : bind;
    }
}
