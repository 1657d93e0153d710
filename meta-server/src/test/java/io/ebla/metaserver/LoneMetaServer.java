package io.ebla.metaserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.metaserver.raft.RaftMetadataTablet;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

/** A whole meta-server that is one alone, and what a tablet server says to it over a socket. */
final class LoneMetaServer implements AutoCloseable {

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final JsonMapper json = JsonMapper.shared();
    private final ConfigurableApplicationContext context;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(MetaServerConfiguration.class)
    static class Application {}

    /** @param properties beyond those of all, {@code name=value} */
    LoneMetaServer(Path directory, String... properties) {
        context =
                new SpringApplicationBuilder(Application.class)
                        .web(WebApplicationType.REACTIVE)
                        .properties(
                                "server.port=0",
                                "server.address=127.0.0.1",
                                "ebla.node-id=m1",
                                "ebla.data=" + directory,
                                "ebla.cluster-secret=sesame",
                                "ebla.liveness.suspect-after=1h",
                                "ebla.liveness.down-after=1h",
                                "ebla.procedure.probe=1h",
                                "ebla.balancing.automatic=false",
                                "ebla.administration.rate=200",
                                "spring.reactor.netty.shutdown-quiet-period=0s",
                                "spring.main.banner-mode=off")
                        .run(Stream.of(properties).map(each -> "--" + each).toArray(String[]::new));
        context.getBean(RaftMetadataTablet.class).firstReady().join();
    }

    HttpClient http() {
        return http;
    }

    ClusterMap register(String id, String store, String run, Holding... holdings) throws Exception {
        HttpResponse<String> answer =
                post("nodes", new MetaApi.Register(node(id, store, run), "", List.of(holdings)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json.readValue(answer.body(), ClusterMap.class);
    }

    void opened(String node, String run, Holding... replicas) throws Exception {
        MetaApi.Opened request =
                new MetaApi.Opened(NodeId.of(node), Incarnation.of(run), List.of(replicas));
        assertThat(post("tablets/opened", request).statusCode()).isEqualTo(200);
    }

    MetaApi.TableCreated create(TableName name, String... splitAt) throws Exception {
        return created(post("tables", table(name, StoreKind.DISK, 1, splitAt)));
    }

    MetaApi.TableCreated created(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json.readValue(answer.body(), MetaApi.TableCreated.class);
    }

    HttpResponse<String> heartbeat(String node, String run) throws Exception {
        return post(
                "nodes/" + node + "/heartbeat",
                MetaApi.Heartbeat.ofAll(
                        Incarnation.of(run), System.currentTimeMillis(), 1, List.of()));
    }

    ClusterMap map(long generation, long version, long waitMillis) throws Exception {
        return json.readValue(
                send("GET", mapPath(generation, version, waitMillis), null).body(),
                ClusterMap.class);
    }

    static String mapPath(long generation, long version, long waitMillis) {
        return "map?generation=" + generation + "&version=" + version + "&waitMillis=" + waitMillis;
    }

    MetaApi.Problem problem(HttpResponse<String> answer) {
        assertThat(answer.headers().firstValue("Content-Type"))
                .contains("application/problem+json");
        return json.readValue(answer.body(), MetaApi.Problem.class);
    }

    static MetaApi.CreateTable table(
            TableName name, StoreKind store, int replicas, String... splitAt) {
        return new MetaApi.CreateTable(name, replicas, store, 0, List.of(splitAt));
    }

    static Holding holding(TabletDescriptor tablet) {
        return new Holding(tablet.id(), tablet.replicas().get(0).id());
    }

    static NodeDescriptor node(String id, String store, String run) {
        return new NodeDescriptor(
                NodeId.of(id), StoreId.of(store), Incarnation.of(run), "127.0.0.1:1", "", "");
    }

    HttpResponse<String> post(String path, Object body) throws Exception {
        return send("POST", path, json.writeValueAsString(body));
    }

    HttpResponse<String> send(String method, String path, String body)
            throws IOException, InterruptedException {
        return http.send(request(method, path, body), HttpResponse.BodyHandlers.ofString());
    }

    HttpRequest request(String method, String path, String body) {
        return HttpRequest.newBuilder(uri(path))
                .timeout(Duration.ofSeconds(60))
                .header(MetaApi.SECRET_HEADER, "sesame")
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    URI uri(String path) {
        String port = context.getEnvironment().getProperty("local.server.port");
        return URI.create("http://127.0.0.1:" + port + MetaApi.ROOT + "/" + path);
    }

    @Override
    public void close() {
        context.close();
    }
}
