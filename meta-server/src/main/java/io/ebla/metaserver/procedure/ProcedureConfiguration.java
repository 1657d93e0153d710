package io.ebla.metaserver.procedure;

import io.ebla.core.time.SystemClock;
import io.ebla.metaserver.MetaServerProperties;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.election.ElectionObserver;
import io.ebla.metaserver.liveness.Liveness;
import io.ebla.metaserver.nodes.HttpNodeNetwork;
import io.ebla.metaserver.nodes.InternalHttp;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What the leading meta-server does by itself, on one thread. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({
    ProcedureProperties.class,
    ProcedureProperties.Repair.class,
    ProcedureProperties.Balancing.class,
    ProcedureProperties.Splitting.class,
    ProcedureProperties.Merging.class
})
public class ProcedureConfiguration {

    @Bean(destroyMethod = "shutdownNow")
    ScheduledExecutorService leaderThread() {
        return Executors.newSingleThreadScheduledExecutor(
                task -> {
                    Thread thread = new Thread(task, "ebla-leader");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    @Bean
    HttpNodeNetwork leaderNetwork(MetaServerProperties properties, InternalHttp http) {
        return new HttpNodeNetwork(properties.clusterSecret(), http);
    }

    @Bean
    LeaderProcedures leaderProcedures(
            MetadataTablet metadata,
            Liveness liveness,
            HttpNodeNetwork network,
            @Qualifier("leaderThread") ScheduledExecutorService leaderThread,
            ProcedureProperties properties,
            ProcedureProperties.Repair repair,
            ProcedureProperties.Balancing balancing,
            ProcedureProperties.Splitting splitting,
            ProcedureProperties.Merging merging,
            ObjectProvider<ElectionObserver> observer,
            ObjectProvider<OperationObserver> operations) {
        LeaderProcedures procedures =
                new LeaderProcedures(
                        new LeaderProcedures.Parts(
                                metadata,
                                liveness,
                                network,
                                new SystemClock(),
                                leaderThread,
                                () -> UUID.randomUUID().toString()),
                        properties.settings(repair, balancing, splitting, merging));
        observer.ifAvailable(procedures::observe);
        operations.ifAvailable(procedures::observe);
        return procedures;
    }

    @Bean
    ProcedureLifecycle procedureLifecycle(
            LeaderProcedures procedures,
            MetadataTablet metadata,
            @Qualifier("leaderThread") ScheduledExecutorService leaderThread) {
        return new ProcedureLifecycle(procedures, metadata, leaderThread);
    }
}
