package io.ebla.cli.server;

import io.ebla.core.failpoint.FailPoints;
import io.ebla.metaserver.MetaServerConfiguration;
import io.ebla.metaserver.ops.MetaMetricsConfiguration;
import io.ebla.metaserver.ops.MetaOpsConfiguration;
import io.ebla.metaserver.raft.RaftMetadataTablet;
import io.ebla.tabletserver.TabletServerConfiguration;
import io.ebla.tabletserver.api.EdgeConfiguration;
import io.ebla.tabletserver.membership.Membership;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.core.env.ConfigurableEnvironment;

/** One Spring application with the roles it was asked for, from start to end. */
final class RunningServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RunningServer.class);

    private final ConfigurableApplicationContext context;

    private RunningServer(ConfigurableApplicationContext context) {
        this.context = context;
    }

    /**
     * Returns when the server serves.
     *
     * @param onEnd run once it has stopped, for whatever reason
     * @throws StartRefused if it cannot start
     */
    static RunningServer start(Role role, Map<String, String> properties, Runnable onEnd) {
        List<String> arguments = new ArrayList<>();
        properties.forEach((name, value) -> arguments.add("--" + name + "=" + value));
        SpringApplication application = new SpringApplication(sources(role));
        application.setWebApplicationType(WebApplicationType.REACTIVE);
        application.setBannerMode(Banner.Mode.OFF);
        application.setLogStartupInfo(false);
        application.addListeners(
                (ApplicationListener<ApplicationEnvironmentPreparedEvent>)
                        event -> {
                            ServerAddress.check(role, event.getEnvironment());
                            ServerAddress.secure(event.getEnvironment());
                        });
        application.addListeners(
                (ApplicationListener<ContextClosedEvent>)
                        event -> {
                            LOG.info("event=stopping");
                            onEnd.run();
                        });
        try {
            RunningServer server =
                    new RunningServer(application.run(arguments.toArray(String[]::new)));
            FailPoints.announce();
            server.awaitReady();
            return server;
        } catch (RuntimeException failure) {
            throw StartFailures.explain(failure);
        }
    }

    /**
     * A meta-server serves when it leads or follows a leader; a tablet server when it has registered and its
     * tablets serve.
     */
    private void awaitReady() {
        context.getBeanProvider(RaftMetadataTablet.class)
                .ifAvailable(metadata -> metadata.firstReady().join());
        context.getBeanProvider(Membership.class)
                .ifAvailable(membership -> membership.ready().join());
    }

    private static Class<?>[] sources(Role role) {
        List<Class<?>> sources = new ArrayList<>(List.of(ServerConfiguration.class));
        if (role != Role.META_SERVER) {
            sources.add(TabletServerConfiguration.class); // first: it takes the data directory
        }
        if (role != Role.TABLET_SERVER) {
            sources.add(MetaServerConfiguration.class);
        }
        if (role == Role.META_SERVER) {
            sources.add(MetaOpsConfiguration.class);
            sources.add(EdgeConfiguration.class);
        }
        if (role == Role.DEV) {
            sources.add(MetaMetricsConfiguration.class);
        }
        return sources.toArray(Class<?>[]::new);
    }

    /** Where clients reach it. */
    String url() {
        ConfigurableEnvironment environment = context.getEnvironment();
        return ServerAddress.url(environment);
    }

    @Override
    public void close() {
        context.close();
    }
}
