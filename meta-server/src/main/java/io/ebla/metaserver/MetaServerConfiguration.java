package io.ebla.metaserver;

import io.ebla.core.time.SystemClock;
import io.ebla.metaserver.api.LeaderForward;
import io.ebla.metaserver.api.MetaRoutes;
import io.ebla.metaserver.api.Publication;
import io.ebla.metaserver.liveness.Liveness;
import io.ebla.metaserver.nodes.InternalHttp;
import io.ebla.metaserver.procedure.ProcedureConfiguration;
import io.ebla.metaserver.raft.RaftLifecycle;
import io.ebla.metaserver.raft.RaftMetadataTablet;
import io.ebla.metaserver.raft.RaftSettings;
import io.ebla.metaserver.raft.RaftTls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ScheduledExecutorService;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslManagerBundle;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.Order;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;

/** The meta-server as a role of the application. */
@Configuration(proxyBeanMethods = false)
@Import(ProcedureConfiguration.class)
@EnableConfigurationProperties(MetaServerProperties.class)
public class MetaServerConfiguration {

    /** Calls to other members that may block for seconds, one after the other. */
    @Bean(destroyMethod = "shutdownNow")
    ScheduledExecutorService metaGroupThread() {
        return Executors.newSingleThreadScheduledExecutor(
                task -> {
                    Thread thread = new Thread(task, "ebla-meta-group");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    @Bean(destroyMethod = "")
    RaftMetadataTablet metadataTablet(
            MetaServerProperties properties,
            RaftTls raftTls,
            @Qualifier("metaGroupThread") ScheduledExecutorService metaGroupThread)
            throws IOException {
        return new RaftMetadataTablet(
                settings(properties), raftTls, new SystemClock(), metaGroupThread);
    }

    /** With {@code ebla.ssl.bundle} members encrypt what they say to each other, and show certificates. */
    @Bean
    RaftTls raftTls(
            @Value("${ebla.ssl.bundle:}") String bundle, ObjectProvider<SslBundles> bundles) {
        if (bundle.isEmpty()) {
            return RaftTls.NONE;
        }
        SslManagerBundle managers = bundles.getObject().getBundle(bundle).getManagers();
        return RaftTls.mutual(managers.getKeyManagers()[0], managers.getTrustManagers()[0]);
    }

    @Bean
    RaftLifecycle raftLifecycle(RaftMetadataTablet tablet) {
        return new RaftLifecycle(tablet, new SystemClock());
    }

    @Bean
    Liveness liveness(MetaServerProperties properties) {
        return new Liveness(
                new SystemClock(),
                properties.liveness().suspectAfter().toMillis(),
                properties.liveness().downAfter().toMillis());
    }

    /** With {@code ebla.ssl.bundle} calls to other servers are encrypted, and show a certificate. */
    @Bean
    InternalHttp internalHttp(
            @Value("${ebla.ssl.bundle:}") String bundle, ObjectProvider<SslBundles> bundles) {
        if (bundle.isEmpty()) {
            return InternalHttp.plain();
        }
        SslManagerBundle managers = bundles.getObject().getBundle(bundle).getManagers();
        return InternalHttp.mutual(
                managers.getKeyManagerFactory(), managers.getTrustManagerFactory());
    }

    @Bean
    LeaderForward leaderForward(
            RaftMetadataTablet tablet, MetaServerProperties properties, InternalHttp http) {
        return new LeaderForward(tablet, properties.clusterSecret(), http);
    }

    @Bean
    MetaRoutes metaCalls(
            RaftMetadataTablet tablet,
            LeaderForward leader,
            Liveness liveness,
            MetaServerProperties properties) {
        return new MetaRoutes(
                tablet,
                leader,
                liveness,
                new SystemClock(),
                properties.clusterSecret(),
                properties.replicasByDefault(),
                properties.administration().rate(),
                ForkJoinPool.commonPool());
    }

    @Bean
    @Order(-10)
    RouterFunction<ServerResponse> metaRoutes(MetaRoutes calls) {
        return calls.routes();
    }

    /** Once the port is known others are told where this member serves HTTP; one alone has no others. */
    @Bean
    ApplicationListener<WebServerInitializedEvent> publication(
            RaftMetadataTablet tablet,
            LeaderForward leader,
            MetaServerProperties properties,
            @Qualifier("metaGroupThread") ScheduledExecutorService metaGroupThread) {
        Publication publication =
                new Publication(tablet, leader, new SystemClock(), metaGroupThread);
        return event -> {
            boolean main = event.getApplicationContext().getServerNamespace() == null;
            if (main && !properties.peers().isEmpty()) {
                publication.begin(properties.advertised(event.getWebServer().getPort()));
            }
        };
    }

    private static RaftSettings settings(MetaServerProperties properties) {
        List<RaftSettings.Peer> peers = new ArrayList<>();
        int port = 0;
        for (String text : properties.peers()) {
            String[] parts = text.split("=", 2);
            peers.add(new RaftSettings.Peer(parts[0], parts[1]));
            if (parts[0].equals(properties.nodeId())) {
                port = Integer.parseInt(parts[1].substring(parts[1].lastIndexOf(':') + 1));
            }
        }
        return new RaftSettings(
                properties.nodeId(),
                properties.data().resolve("meta"),
                properties.bind(),
                port,
                peers,
                properties.bootstrap(),
                (int) properties.raft().electionTimeout().toMillis(),
                properties.raft().snapshotAfter());
    }
}
