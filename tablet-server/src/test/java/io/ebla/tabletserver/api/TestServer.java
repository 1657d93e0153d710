package io.ebla.tabletserver.api;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.TabletServerConfiguration;
import io.ebla.tabletserver.TabletServerProperties;
import io.ebla.tabletserver.network.NodeNetwork;
import io.ebla.tabletserver.oplog.FileJournalDisk;
import io.ebla.tabletserver.oplog.InMemoryOplog;
import io.ebla.tabletserver.oplog.OplogObserver;
import io.ebla.tabletserver.oplog.OplogSettings;
import io.ebla.tabletserver.oplog.SegmentOplog;
import io.ebla.tabletserver.store.InMemoryTabletStores;
import io.ebla.tabletserver.store.RocksSettings;
import io.ebla.tabletserver.store.RocksTabletStores;
import io.ebla.tabletserver.tablet.DataDirectory;
import io.ebla.tabletserver.tablet.HostSettings;
import io.ebla.tabletserver.tablet.Storage;
import io.ebla.tabletserver.tablet.TabletHost;
import io.ebla.tabletserver.tablet.TabletObserver;
import io.ebla.tabletserver.tablet.TabletSettings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.util.FileSystemUtils;

/**
 * A tablet server with its real engine and real sockets in this JVM, and metadata in memory. The
 * journal can be held back and refused, the wall clock put forward.
 */
final class TestServer implements AutoCloseable {

    /** More than any request is given, and than a busy machine takes for many rows. */
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private static final DocumentedStatuses DOCUMENTS = DocumentedStatuses.load();

    private final Path data;
    private final ReactiveWebServerApplicationContext context;
    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(PATIENCE)
                    .build();

    private TestServer(Path data, ReactiveWebServerApplicationContext context) {
        this.data = data;
        this.context = context;
    }

    /** @param settings further properties, {@code name=value} */
    static TestServer start(String... settings) {
        return start(Application.class, settings);
    }

    /** As it runs in the cluster, its metrics and health included, but for the metadata. */
    static TestServer startWhole(String... settings) {
        TestServer server = start(WholeApplication.class, settings);
        server.meta().register();
        return server;
    }

    /** Several of them in one cluster, each its own node with a network of its own. */
    static List<TestServer> startCluster(int nodes, String... settings) {
        List<TestServer> cluster = new ArrayList<>();
        for (int i = 1; i <= nodes; i++) {
            List<String> all = new ArrayList<>(List.of(settings));
            all.add("ebla.node-id=t" + i);
            all.add("ebla.grpc-port=0");
            cluster.add(startWhole(all.toArray(String[]::new)));
        }
        cluster.stream().skip(1).forEach(node -> node.meta().join(cluster.get(0).meta()));
        return cluster;
    }

    private static TestServer start(Class<?> application, String... settings) {
        Path data;
        try {
            data = Files.createTempDirectory("ebla-test");
        } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
        List<String> arguments = new ArrayList<>();
        arguments.add("--server.port=0");
        arguments.add("--server.address=127.0.0.1");
        arguments.add("--ebla.data=" + data);
        arguments.add("--spring.main.banner-mode=off");
        arguments.add("--logging.level.root=warn");
        arguments.add("--logging.level.reactor.netty.http.server=error");
        if (Arrays.stream(settings).noneMatch(each -> each.startsWith("ebla.limits.timeout="))) {
            // What an answer is waited for, unless a request says: a busy machine takes its time.
            arguments.add("--ebla.limits.timeout=20s");
        }
        for (String setting : settings) {
            arguments.add("--" + setting);
        }
        return new TestServer(
                data,
                (ReactiveWebServerApplicationContext)
                        new SpringApplicationBuilder(application)
                                .web(WebApplicationType.REACTIVE)
                                .run(arguments.toArray(String[]::new)));
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableConfigurationProperties(TabletServerProperties.class)
    @Import(RoutesConfiguration.class)
    static class Application {

        @Bean
        ManualWall clock() {
            return new ManualWall();
        }

        @Bean(destroyMethod = "close")
        DataDirectory dataDirectory(TabletServerProperties properties) {
            return DataDirectory.open(properties.data(), NodeId.of("dev"));
        }

        @Bean
        SteerableOplog journal(TabletServerProperties properties, Clock clock) throws IOException {
            OplogSettings small =
                    OplogSettings.defaults().withSegmentBytes(16 << 20).withFreeSpace(0, 1000);
            return SteerableOplog.before(
                    SegmentOplog.open(
                            FileJournalDisk.open(properties.data().resolve("journal")),
                            small,
                            clock,
                            OplogObserver.NONE,
                            () -> {}));
        }

        @Bean(destroyMethod = "close")
        TabletHost tabletHost(
                DataDirectory data,
                TabletServerProperties properties,
                SteerableOplog journal,
                Clock clock) {
            HostSettings settings = settings(properties.tablet());
            TabletHost host =
                    new TabletHost(
                            new TabletHost.Parts(
                                    data,
                                    Incarnation.of(UUID.randomUUID().toString()),
                                    clock,
                                    new Storage(
                                            journal.oplog(),
                                            new RocksTabletStores(
                                                    properties.data(), RocksSettings.DEFAULTS)),
                                    new Storage(
                                            new InMemoryOplog(64 << 20, 10_000, 64 << 20),
                                            new InMemoryTabletStores()),
                                    TabletObserver.NONE,
                                    reason -> {
                                        throw new AssertionError("asked to exit: " + reason);
                                    }),
                            settings);
            host.start();
            return host;
        }

        private static HostSettings settings(TabletServerProperties.Tablet tablet) {
            HostSettings usual = HostSettings.DEFAULTS;
            TabletSettings ofTablet = TabletSettings.DEFAULTS;
            return new HostSettings(
                    new TabletSettings(
                            tablet.mailboxOperations(),
                            ofTablet.mailboxBytes(),
                            tablet.groupOperations(),
                            ofTablet.groupBytes(),
                            ofTablet.groupsInFlight(),
                            ofTablet.readWaits(),
                            ofTablet.idempotencyRetentionMillis(),
                            ofTablet.expiryIntervalMillis(),
                            ofTablet.expiryRows(),
                            ofTablet.retryAfterMillis()),
                    usual.workers(),
                    usual.readThreads(),
                    usual.readQueue(),
                    usual.tickMillis(),
                    usual.flushCheckMillis(),
                    usual.flushAboveBytes(),
                    usual.idleFlushMillis(),
                    usual.drainMillis(),
                    usual.failedGraceMillis());
        }

        @Bean
        FakeMeta meta(TabletHost host, Clock clock) {
            FakeMeta meta = new FakeMeta(host, null, clock);
            meta.register();
            return meta;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(TabletServerConfiguration.class)
    static class WholeApplication {

        /** Puts a journal that can be steered in the place of the real one. */
        static final class Steering implements BeanPostProcessor {

            private SteerableOplog journal;

            @Override
            public Object postProcessAfterInitialization(Object bean, String name) {
                if (bean instanceof SegmentOplog real) {
                    journal = SteerableOplog.before(real);
                    return journal.oplog();
                }
                return bean;
            }
        }

        @Bean
        static Steering steering() {
            return new Steering();
        }

        @Bean
        FakeMeta meta(TabletHost host, NodeNetwork network, Clock clock) {
            return new FakeMeta(host, network, clock);
        }
    }

    int port() {
        return context.getWebServer().getPort();
    }

    SteerableOplog journal() {
        WholeApplication.Steering whole =
                context.getBeanProvider(WholeApplication.Steering.class).getIfAvailable();
        return whole == null ? context.getBean(SteerableOplog.class) : whole.journal;
    }

    ManualWall wall() {
        return context.getBean(ManualWall.class);
    }

    FakeMeta meta() {
        return context.getBean(FakeMeta.class);
    }

    <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    TabletHost host() {
        return context.getBean(TabletHost.class);
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .timeout(PATIENCE);
    }

    /** Every answer has to be one that the documents foresee. */
    HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return documented(client.send(request.build(), BodyHandlers.ofString()));
    }

    HttpResponse<byte[]> sendForBytes(HttpRequest.Builder request) throws Exception {
        return documented(client.send(request.build(), BodyHandlers.ofByteArray()));
    }

    private <T> HttpResponse<T> documented(HttpResponse<T> answer) {
        DOCUMENTS.check(answer.request().method(), answer.uri().getRawPath(), answer.statusCode());
        return answer;
    }

    HttpClient client() {
        return client;
    }

    HttpResponse<String> get(String path) throws Exception {
        return send(request(path));
    }

    HttpResponse<String> put(String path, String contentType, String body) throws Exception {
        return send(
                request(path)
                        .header("Content-Type", contentType)
                        .PUT(HttpRequest.BodyPublishers.ofString(body)));
    }

    HttpResponse<String> putJson(String path, String body) throws Exception {
        return put(path, "application/json", body);
    }

    HttpResponse<String> delete(String path) throws Exception {
        return send(request(path).DELETE());
    }

    /** Makes a table; its creation must succeed. */
    void createTable(String name, String options) throws Exception {
        HttpResponse<String> answer = putJson("/v1/tables/" + name, options);
        if (answer.statusCode() != 201) {
            throw new AssertionError(answer.statusCode() + " " + answer.body());
        }
    }

    @Override
    public void close() throws IOException {
        context.close();
        FileSystemUtils.deleteRecursively(data);
    }
}
