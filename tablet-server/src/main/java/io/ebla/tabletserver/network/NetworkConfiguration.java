package io.ebla.tabletserver.network;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.TabletServerProperties;
import io.ebla.tabletserver.replication.ReplicaNetwork;
import io.ebla.tabletserver.replication.SnapshotSource;
import io.ebla.tabletserver.replication.SnapshotViews;
import io.ebla.tabletserver.tablet.DataDirectory;
import io.ebla.tabletserver.tablet.TabletHost;
import io.grpc.BindableService;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslManagerBundle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The tablet server's tie to other tablet servers. Beans that are gRPC services are served to them. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(NetworkProperties.class)
public class NetworkConfiguration {

    /** With {@code ebla.ssl.bundle} both ends of every connection between nodes show a certificate. */
    @Bean
    NodeTls nodeTls(
            @Value("${ebla.ssl.bundle:}") String bundle, ObjectProvider<SslBundles> bundles) {
        if (bundle.isEmpty()) {
            return NodeTls.NONE;
        }
        SslManagerBundle managers = bundles.getObject().getBundle(bundle).getManagers();
        return NodeTls.mutual(managers.getKeyManagerFactory(), managers.getTrustManagerFactory());
    }

    @Bean
    NodeNetwork nodeNetwork(
            DataDirectory data,
            Incarnation incarnation,
            TabletServerProperties server,
            NetworkProperties settings,
            NodeTls tls,
            Clock clock) {
        return new NodeNetwork(
                new NodeNetwork.Parts(
                        new NodeIdentity(data.node(), data.store(), incarnation),
                        server.bind(),
                        server.grpcPort(),
                        new ClusterSecret(server.clusterSecret()),
                        tls,
                        clock,
                        settings.settings(),
                        settings.snapshots(),
                        Math.max(2, Runtime.getRuntime().availableProcessors())));
    }

    @Bean(destroyMethod = "")
    GrpcReplicaNetwork replicaNetwork(NodeNetwork network) {
        return network.replicas();
    }

    @Bean(destroyMethod = "")
    NodeChannels nodeChannels(NodeNetwork network) {
        return network.channels();
    }

    @Bean(destroyMethod = "")
    SnapshotSource snapshotSource(NodeNetwork network) {
        return network.snapshotSource();
    }

    /** A server that is told of no meta-servers is a whole Ebla in one process, and most often alone. */
    @Bean
    NetworkLifecycle networkLifecycle(
            NodeNetwork network,
            TabletHost host,
            ObjectProvider<ReplicaNetwork.Receiver> receiver,
            ObjectProvider<SnapshotViews> views,
            ObjectProvider<BindableService> services,
            TabletServerProperties server) {
        boolean lazily = server.meta().isEmpty() && server.grpcPort() != 0;
        return new NetworkLifecycle(
                network,
                it -> {
                    NodeNetwork.Served served =
                            new NodeNetwork.Served(
                                    receiver.getIfAvailable(Nobody::new),
                                    views.getIfAvailable(() -> tablet -> Optional.empty()),
                                    host.readExecutor(),
                                    services.orderedStream().toList());
                    if (lazily) {
                        it.serveOnceNotAlone(served);
                    } else {
                        it.serve(served);
                    }
                });
    }
}
