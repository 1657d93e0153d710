package io.ebla.metaserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

/** A whole meta-server, spoken to over a socket as a tablet server does. */
class MetaServerTest {

    private static final TableName BOOKS = TableName.of("books");

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final JsonMapper json = JsonMapper.shared();

    @TempDir Path directory;
    private ConfigurableApplicationContext context;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(MetaServerConfiguration.class)
    static class Application {}

    @BeforeEach
    void start() {
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
                                "spring.main.banner-mode=off")
                        .run();
        context.getBean(io.ebla.metaserver.raft.RaftMetadataTablet.class).firstReady().join();
    }

    @AfterEach
    void stop() {
        context.close();
    }

    @Test
    void aTableIsCreatedOnceWithAMasterForEachTablet() throws Exception {
        ClusterMap empty = register("t1", "store-1", "run-1");
        assertThat(empty.tables()).isEmpty();
        MetaApi.TableCreated created = create(BOOKS, "67", "6e");
        assertThat(created.created()).isTrue();
        assertThat(created.map().tablets())
                .extracting(TabletDescriptor::fromHex)
                .containsExactly("", "67", "6e");
        assertThat(created.map().tablets())
                .allSatisfy(
                        tablet -> {
                            assertThat(tablet.epoch()).isEqualTo(1);
                            assertThat(tablet.master().incarnation())
                                    .isEqualTo(Incarnation.of("run-1"));
                        });
        assertThat(create(BOOKS, "67", "6e").created()).isFalse();
        HttpResponse<String> other = post("tables", table(BOOKS, StoreKind.DISK, 1, "68"));
        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(problem(other).code()).isEqualTo("table_exists");
    }

    @Test
    void whatCannotBeIsRefusedWithItsCode() throws Exception {
        HttpResponse<String> none = post("tables", table(BOOKS, StoreKind.DISK, 1));
        assertThat(none.statusCode()).isEqualTo(422);
        assertThat(problem(none).code()).isEqualTo("not_enough_nodes");
        register("t1", "store-1", "run-1");
        assertThat(problem(post("tables", table(BOOKS, StoreKind.DISK, 2))).code())
                .isEqualTo("not_enough_nodes");
        assertThat(post("tables", table(BOOKS, StoreKind.DISK, 1, "6e", "67")).statusCode())
                .isEqualTo(400);
        assertThat(post("tables", table(BOOKS, StoreKind.DISK, 1, "zz")).statusCode())
                .isEqualTo(400);
        assertThat(send("POST", "tables", "{").statusCode()).isEqualTo(400);
        assertThat(send("POST", "tables", "null").statusCode()).isEqualTo(400);
        assertThat(send("POST", "tables", "").statusCode()).isEqualTo(400);
        assertThat(send("DELETE", "tables/books", null).statusCode()).isEqualTo(404);
        assertThat(send("DELETE", "tables/NO", null).statusCode()).isEqualTo(400);
        assertThat(send("GET", "map?version=x", null).statusCode()).isEqualTo(400);
        assertThat(problem(heartbeat("t9", "run-1")).code()).isEqualTo("node_not_found");
    }

    @Test
    void whoDoesNotKnowTheSecretIsTurnedAway() throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri("map")).GET();
        for (String secret : List.of("", "sesam", "sesame2")) {
            HttpResponse<String> refused =
                    http.send(
                            request.copy().header(MetaApi.SECRET_HEADER, secret).build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(refused.statusCode()).isEqualTo(401);
            assertThat(problem(refused).code()).isEqualTo("unauthorized");
        }
        assertThat(http.send(request.build(), HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(401);
    }

    @Test
    void aRestartedNodeIsMasterAgainInANewEpochWhereItHoldsTheReplica() throws Exception {
        register("t1", "store-1", "run-1");
        List<TabletDescriptor> tablets = create(BOOKS, "67").map().tablets();
        Holding first = holding(tablets.get(0));
        Holding second = holding(tablets.get(1));
        opened("t1", "run-1", first, second);

        ClusterMap map = register("t1", "store-1", "run-2", first);
        TabletDescriptor held = map.tablets().get(0);
        assertThat(held.epoch()).isEqualTo(2);
        assertThat(held.master().incarnation()).isEqualTo(Incarnation.of("run-2"));
        TabletDescriptor gone = map.tablets().get(1);
        assertThat(gone.master()).isNull();
        assertThat(gone.replicas().get(0).lost()).isTrue();

        ClusterMap again = register("t1", "store-1", "run-2", first);
        assertThat(again).isEqualTo(map);
        ClusterMap found = register("t1", "store-1", "run-3", first, second);
        assertThat(found.tablets()).allSatisfy(tablet -> assertThat(tablet.master()).isNotNull());
        assertThat(found.tablets()).extracting(TabletDescriptor::epoch).containsExactly(3L, 2L);
    }

    @Test
    void aLostMemoryReplicaStartsAgainEmpty() throws Exception {
        register("t1", "store-1", "run-1");
        MetaApi.TableCreated created = created(post("tables", table(BOOKS, StoreKind.MEMORY, 1)));
        ReplicaDescriptor before = created.map().tablets().get(0).replicas().get(0);
        opened("t1", "run-1", holding(created.map().tablets().get(0)));
        TabletDescriptor after = register("t1", "store-1", "run-2").tablets().get(0);
        assertThat(after.epoch()).isEqualTo(2);
        assertThat(after.master()).isNotNull();
        assertThat(after.replicas().get(0).id()).isNotEqualTo(before.id());
        assertThat(after.replicas().get(0).opened()).isFalse();
    }

    @Test
    void droppedTabletsAreListedUntilTheNodeHasRemovedThem() throws Exception {
        register("t1", "store-1", "run-1");
        TabletId tablet = create(BOOKS).map().tablets().get(0).id();
        assertThat(send("DELETE", "tables/books", null).statusCode()).isEqualTo(204);
        ClusterMap map = map(0, 0, 0);
        assertThat(map.tablets()).isEmpty();
        assertThat(map.dropped()).containsExactly(tablet);
        MetaApi.Dropped done = new MetaApi.Dropped(NodeId.of("t1"), List.of(tablet));
        assertThat(post("tablets/dropped", done).statusCode()).isEqualTo(204);
        assertThat(map(0, 0, 0).dropped()).isEmpty();
        assertThat(create(BOOKS).map().tablets().get(0).id()).isNotEqualTo(tablet);
    }

    @Test
    void aWaitForANewerMapEndsWithTheChangeOrTheTime() throws Exception {
        ClusterMap known = register("t1", "store-1", "run-1");
        CompletableFuture<HttpResponse<String>> waiting =
                http.sendAsync(
                        request("GET", mapPath(known.generation(), known.version(), 30_000), null),
                        HttpResponse.BodyHandlers.ofString());
        create(BOOKS);
        ClusterMap newer =
                json.readValue(waiting.get(10, TimeUnit.SECONDS).body(), ClusterMap.class);
        assertThat(newer.newerThan(known)).isTrue();
        HttpResponse<String> nothing =
                send("GET", mapPath(newer.generation(), newer.version(), 50), null);
        assertThat(nothing.statusCode()).isEqualTo(204);
    }

    @Test
    void theDefaultTtlOfATableChanges() throws Exception {
        register("t1", "store-1", "run-1");
        create(BOOKS);
        HttpResponse<String> changed =
                send("PATCH", "tables/books", "{\"ttlMillis\":5000,\"replicas\":null}");
        assertThat(json.readValue(changed.body(), TableDescriptor.class).ttlMillis())
                .isEqualTo(5000);
        assertThat(send("PATCH", "tables/books", "{\"ttlMillis\":-1}").statusCode()).isEqualTo(400);
        assertThat(send("PATCH", "tables/none", "{\"ttlMillis\":1}").statusCode()).isEqualTo(404);
    }

    @Test
    void aNodeOfAnotherClusterAndANamesakeAreRefused() throws Exception {
        register("t1", "store-1", "run-1");
        NodeDescriptor stranger = node("t2", "store-2", "run-1");
        HttpResponse<String> refused =
                post("nodes", new MetaApi.Register(stranger, "another-cluster", List.of()));
        assertThat(problem(refused).code()).isEqualTo("forbidden");
        NodeDescriptor namesake = node("t1", "store-9", "run-9");
        HttpResponse<String> taken = post("nodes", new MetaApi.Register(namesake, "", List.of()));
        assertThat(taken.statusCode()).isEqualTo(409);
    }

    @Test
    void theClusterIsDescribed() throws Exception {
        register("t1", "store-1", "run-1");
        TabletId tablet = create(BOOKS).map().tablets().get(0).id();
        MetaApi.Heartbeat heartbeat =
                new MetaApi.Heartbeat(
                        Incarnation.of("run-1"),
                        System.currentTimeMillis(),
                        List.of(
                                new MetaApi.TabletStatus(
                                        tablet,
                                        ReplicaId.of("r1"),
                                        1,
                                        true,
                                        1,
                                        MetaApi.ReplicaCondition.HEALTHY,
                                        7,
                                        7,
                                        7,
                                        3,
                                        4096,
                                        List.of())));
        assertThat(post("nodes/t1/heartbeat", heartbeat).statusCode()).isEqualTo(200);
        MetaApi.ClusterDescription cluster =
                json.readValue(
                        send("GET", "cluster", null).body(), MetaApi.ClusterDescription.class);
        assertThat(cluster.meta().leader()).isEqualTo("m1");
        assertThat(cluster.meta().members()).containsExactly("m1");
        assertThat(cluster.nodes())
                .containsExactly(
                        new MetaApi.NodeState(
                                NodeId.of("t1"), "127.0.0.1:8080", null, null, "up", 1, 1, 4096));
        assertThat(cluster.operations()).isEmpty();
    }

    @Test
    void copiesAndFirstMastersAreSpreadOverTheNodes() throws Exception {
        for (String node : List.of("t1", "t2", "t3")) {
            register(node, "store-" + node, "run-" + node);
        }
        List<TabletDescriptor> tablets =
                created(post("tables", table(BOOKS, StoreKind.DISK, 3, "67", "6e")))
                        .map()
                        .tablets();
        assertThat(tablets)
                .allSatisfy(
                        tablet ->
                                assertThat(tablet.replicas())
                                        .extracting(ReplicaDescriptor::node)
                                        .doesNotHaveDuplicates()
                                        .hasSize(3));
        assertThat(tablets).extracting(tablet -> tablet.master().node()).doesNotHaveDuplicates();
        assertThat(send("PATCH", "tables/books", "{\"replicas\":5}").statusCode()).isEqualTo(422);
        assertThat(
                        json.readValue(
                                        send("PATCH", "tables/books", "{\"replicas\":1}").body(),
                                        TableDescriptor.class)
                                .replicas())
                .isEqualTo(1);
    }

    @Test
    void aMasterIsMovedOnlyToAMember() throws Exception {
        register("t1", "store-1", "run-1");
        register("t2", "store-2", "run-1");
        TabletId tablet = create(BOOKS).map().tablets().get(0).id();
        String path = "tablets/" + tablet + "/master";
        assertThat(post("tablets/99/master", new MetaApi.MoveMaster(NodeId.of("t2"))).statusCode())
                .isEqualTo(404);
        assertThat(post(path, new MetaApi.MoveMaster(NodeId.of("t9"))).statusCode()).isEqualTo(404);
        assertThat(post(path, new MetaApi.MoveMaster(NodeId.of("t1"))).statusCode()).isEqualTo(400);
        assertThat(post(path, new MetaApi.MoveMaster(NodeId.of("t2"))).statusCode()).isEqualTo(400);
    }

    @Test
    void aLeavingNodeIsToldHowManyMastershipsItHasToHandOver() throws Exception {
        register("t1", "store-1", "run-1");
        create(BOOKS);
        HttpResponse<String> left =
                post("nodes/t1/leaving", new MetaApi.Leaving(Incarnation.of("run-1")));
        assertThat(json.readValue(left.body(), MetaApi.Left.class).masterships())
                .as("the only copy stays where it is")
                .isZero();
        assertThat(
                        post("nodes/t1/leaving", new MetaApi.Leaving(Incarnation.of("run-9")))
                                .statusCode())
                .isEqualTo(404);
        MetaApi.ClusterDescription cluster =
                json.readValue(
                        send("GET", "cluster", null).body(), MetaApi.ClusterDescription.class);
        assertThat(cluster.nodes().get(0).state()).isEqualTo("draining");
    }

    @Test
    void manyTabletsAreElectedAtOnce() throws Exception {
        register("t1", "store-1", "run-1");
        List<String> splits = new ArrayList<>();
        for (int i = 1; i < 1000; i++) {
            splits.add("%04x".formatted(i + 0x1000));
        }
        List<TabletDescriptor> tablets =
                create(BOOKS, splits.toArray(String[]::new)).map().tablets();
        assertThat(tablets).hasSize(1000);
        Holding[] holdings = tablets.stream().map(MetaServerTest::holding).toArray(Holding[]::new);
        opened("t1", "run-1", holdings);
        long before = map(0, 0, 0).version();
        ClusterMap map = register("t1", "store-1", "run-2", holdings);
        assertThat(map.version()).as("one registration, one election").isEqualTo(before + 2);
        assertThat(map.tablets()).allSatisfy(tablet -> assertThat(tablet.epoch()).isEqualTo(2));
    }

    private ClusterMap register(String id, String store, String run, Holding... holdings)
            throws Exception {
        HttpResponse<String> answer =
                post("nodes", new MetaApi.Register(node(id, store, run), "", List.of(holdings)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json.readValue(answer.body(), ClusterMap.class);
    }

    private void opened(String node, String run, Holding... replicas) throws Exception {
        MetaApi.Opened request =
                new MetaApi.Opened(NodeId.of(node), Incarnation.of(run), List.of(replicas));
        assertThat(post("tablets/opened", request).statusCode()).isEqualTo(200);
    }

    private MetaApi.TableCreated create(TableName name, String... splitAt) throws Exception {
        return created(post("tables", table(name, StoreKind.DISK, 1, splitAt)));
    }

    private MetaApi.TableCreated created(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json.readValue(answer.body(), MetaApi.TableCreated.class);
    }

    private HttpResponse<String> heartbeat(String node, String run) throws Exception {
        return post(
                "nodes/" + node + "/heartbeat",
                new MetaApi.Heartbeat(Incarnation.of(run), System.currentTimeMillis(), List.of()));
    }

    private ClusterMap map(long generation, long version, long waitMillis) throws Exception {
        return json.readValue(
                send("GET", mapPath(generation, version, waitMillis), null).body(),
                ClusterMap.class);
    }

    private static String mapPath(long generation, long version, long waitMillis) {
        return "map?generation=" + generation + "&version=" + version + "&waitMillis=" + waitMillis;
    }

    private MetaApi.Problem problem(HttpResponse<String> answer) {
        assertThat(answer.headers().firstValue("Content-Type"))
                .contains("application/problem+json");
        return json.readValue(answer.body(), MetaApi.Problem.class);
    }

    private static MetaApi.CreateTable table(
            TableName name, StoreKind store, int replicas, String... splitAt) {
        return new MetaApi.CreateTable(name, replicas, store, 0, List.of(splitAt));
    }

    private static Holding holding(TabletDescriptor tablet) {
        return new Holding(tablet.id(), tablet.replicas().get(0).id());
    }

    private static NodeDescriptor node(String id, String store, String run) {
        return new NodeDescriptor(
                NodeId.of(id), StoreId.of(store), Incarnation.of(run), "127.0.0.1:8080", "", "");
    }

    private HttpResponse<String> post(String path, Object body) throws Exception {
        return send("POST", path, json.writeValueAsString(body));
    }

    private HttpResponse<String> send(String method, String path, String body)
            throws IOException, InterruptedException {
        return http.send(request(method, path, body), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest request(String method, String path, String body) {
        return HttpRequest.newBuilder(uri(path))
                .timeout(Duration.ofSeconds(20))
                .header(MetaApi.SECRET_HEADER, "sesame")
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private URI uri(String path) {
        String port = context.getEnvironment().getProperty("local.server.port");
        return URI.create("http://127.0.0.1:" + port + MetaApi.ROOT + "/" + path);
    }
}
