package io.ebla.metaserver;

import static io.ebla.metaserver.LoneMetaServer.holding;
import static io.ebla.metaserver.LoneMetaServer.mapPath;
import static io.ebla.metaserver.LoneMetaServer.node;
import static io.ebla.metaserver.LoneMetaServer.table;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.ClusterDescription;
import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** A whole meta-server, spoken to over a socket as a tablet server does. */
class MetaServerTest {

    private static final TableName BOOKS = TableName.of("books");

    private final JsonMapper json = JsonMapper.shared();

    @TempDir private Path directory;
    private LoneMetaServer server;

    @BeforeEach
    void start() {
        server = new LoneMetaServer(directory);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aTableIsCreatedOnceWithAMasterForEachTablet() throws Exception {
        ClusterMap empty = server.register("t1", "store-1", "run-1");
        assertThat(empty.tables()).isEmpty();
        MetaApi.TableCreated created = server.create(BOOKS, "67", "6e");
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
        assertThat(server.create(BOOKS, "67", "6e").created()).isFalse();
        HttpResponse<String> other = server.post("tables", table(BOOKS, StoreKind.DISK, 1, "68"));
        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(server.problem(other).code()).isEqualTo("table_exists");
    }

    @Test
    void whatCannotBeIsRefusedWithItsCode() throws Exception {
        HttpResponse<String> none = server.post("tables", table(BOOKS, StoreKind.DISK, 1));
        assertThat(none.statusCode()).isEqualTo(422);
        assertThat(server.problem(none).code()).isEqualTo("not_enough_nodes");
        server.register("t1", "store-1", "run-1");
        assertThat(server.problem(server.post("tables", table(BOOKS, StoreKind.DISK, 2))).code())
                .isEqualTo("not_enough_nodes");
        assertThat(server.post("tables", table(BOOKS, StoreKind.DISK, 1, "6e", "67")).statusCode())
                .isEqualTo(400);
        assertThat(server.post("tables", table(BOOKS, StoreKind.DISK, 1, "zz")).statusCode())
                .isEqualTo(400);
        assertThat(server.send("POST", "tables", "{").statusCode()).isEqualTo(400);
        assertThat(server.send("POST", "tables", "null").statusCode()).isEqualTo(400);
        assertThat(server.send("POST", "tables", "").statusCode()).isEqualTo(400);
        assertThat(server.send("DELETE", "tables/books", null).statusCode()).isEqualTo(404);
        assertThat(server.send("DELETE", "tables/NO", null).statusCode()).isEqualTo(400);
        assertThat(server.send("GET", "map?version=x", null).statusCode()).isEqualTo(400);
        assertThat(server.problem(server.heartbeat("t9", "run-1")).code())
                .isEqualTo("node_not_found");
    }

    @Test
    void whoDoesNotKnowTheSecretIsTurnedAway() throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.uri("map")).GET();
        for (String secret : List.of("", "sesam", "sesame2")) {
            HttpResponse<String> refused =
                    server.http()
                            .send(
                                    request.copy().header(MetaApi.SECRET_HEADER, secret).build(),
                                    HttpResponse.BodyHandlers.ofString());
            assertThat(refused.statusCode()).isEqualTo(401);
            assertThat(server.problem(refused).code()).isEqualTo("unauthorized");
        }
        assertThat(
                        server.http()
                                .send(request.build(), HttpResponse.BodyHandlers.ofString())
                                .statusCode())
                .isEqualTo(401);
    }

    @Test
    void aRestartedNodeIsMasterAgainInANewEpochWhereItHoldsTheReplica() throws Exception {
        server.register("t1", "store-1", "run-1");
        List<TabletDescriptor> tablets = server.create(BOOKS, "67").map().tablets();
        Holding first = holding(tablets.get(0));
        Holding second = holding(tablets.get(1));
        server.opened("t1", "run-1", first, second);

        ClusterMap map = server.register("t1", "store-1", "run-2", first);
        TabletDescriptor held = map.tablets().get(0);
        assertThat(held.epoch()).isEqualTo(2);
        assertThat(held.master().incarnation()).isEqualTo(Incarnation.of("run-2"));
        TabletDescriptor gone = map.tablets().get(1);
        assertThat(gone.master()).isNull();
        assertThat(gone.replicas().get(0).lost()).isTrue();

        ClusterMap again = server.register("t1", "store-1", "run-2", first);
        assertThat(again).isEqualTo(map);
        ClusterMap found = server.register("t1", "store-1", "run-3", first, second);
        assertThat(found.tablets()).allSatisfy(tablet -> assertThat(tablet.master()).isNotNull());
        assertThat(found.tablets()).extracting(TabletDescriptor::epoch).containsExactly(3L, 2L);
    }

    @Test
    void aLostMemoryReplicaStartsAgainEmpty() throws Exception {
        server.register("t1", "store-1", "run-1");
        MetaApi.TableCreated created =
                server.created(server.post("tables", table(BOOKS, StoreKind.MEMORY, 1)));
        ReplicaDescriptor before = created.map().tablets().get(0).replicas().get(0);
        server.opened("t1", "run-1", holding(created.map().tablets().get(0)));
        TabletDescriptor after = server.register("t1", "store-1", "run-2").tablets().get(0);
        assertThat(after.epoch()).isEqualTo(2);
        assertThat(after.master()).isNotNull();
        assertThat(after.replicas().get(0).id()).isNotEqualTo(before.id());
        assertThat(after.replicas().get(0).opened()).isFalse();
    }

    @Test
    void droppedTabletsAreListedUntilTheNodeHasRemovedThem() throws Exception {
        server.register("t1", "store-1", "run-1");
        TabletId tablet = server.create(BOOKS).map().tablets().get(0).id();
        assertThat(server.send("DELETE", "tables/books", null).statusCode()).isEqualTo(204);
        ClusterMap map = server.map(0, 0, 0);
        assertThat(map.tablets()).isEmpty();
        assertThat(map.dropped()).containsExactly(tablet);
        MetaApi.Dropped done = new MetaApi.Dropped(NodeId.of("t1"), List.of(tablet));
        assertThat(server.post("tablets/dropped", done).statusCode()).isEqualTo(204);
        assertThat(server.map(0, 0, 0).dropped()).isEmpty();
        assertThat(server.create(BOOKS).map().tablets().get(0).id()).isNotEqualTo(tablet);
    }

    @Test
    void aWaitForANewerMapEndsWithTheChangeOrTheTime() throws Exception {
        ClusterMap known = server.register("t1", "store-1", "run-1");
        CompletableFuture<HttpResponse<String>> waiting =
                server.http()
                        .sendAsync(
                                server.request(
                                        "GET",
                                        mapPath(known.generation(), known.version(), 30_000),
                                        null),
                                HttpResponse.BodyHandlers.ofString());
        server.create(BOOKS);
        ClusterMap newer =
                json.readValue(waiting.get(30, TimeUnit.SECONDS).body(), ClusterMap.class);
        assertThat(newer.newerThan(known)).isTrue();
        HttpResponse<String> nothing =
                server.send("GET", mapPath(newer.generation(), newer.version(), 50), null);
        assertThat(nothing.statusCode()).isEqualTo(204);
    }

    @Test
    void theDefaultTtlOfATableChanges() throws Exception {
        server.register("t1", "store-1", "run-1");
        server.create(BOOKS);
        HttpResponse<String> changed =
                server.send("PATCH", "tables/books", "{\"ttlMillis\":5000,\"replicas\":null}");
        assertThat(json.readValue(changed.body(), TableDescriptor.class).ttlMillis())
                .isEqualTo(5000);
        assertThat(server.send("PATCH", "tables/books", "{\"ttlMillis\":-1}").statusCode())
                .isEqualTo(400);
        assertThat(server.send("PATCH", "tables/none", "{\"ttlMillis\":1}").statusCode())
                .isEqualTo(404);
    }

    @Test
    void aNodeOfAnotherClusterAndANamesakeAreRefused() throws Exception {
        server.register("t1", "store-1", "run-1");
        NodeDescriptor stranger = node("t2", "store-2", "run-1");
        HttpResponse<String> refused =
                server.post("nodes", new MetaApi.Register(stranger, "another-cluster", List.of()));
        assertThat(server.problem(refused).code()).isEqualTo("forbidden");
        NodeDescriptor namesake = node("t1", "store-9", "run-9");
        HttpResponse<String> taken =
                server.post("nodes", new MetaApi.Register(namesake, "", List.of()));
        assertThat(taken.statusCode()).isEqualTo(409);
        assertThat(server.problem(taken).code()).isEqualTo("operation_in_progress");
    }

    @Test
    void theClusterIsDescribed() throws Exception {
        server.register("t1", "store-1", "run-1");
        TabletId tablet = server.create(BOOKS).map().tablets().get(0).id();
        MetaApi.Heartbeat heartbeat =
                MetaApi.Heartbeat.ofAll(
                        Incarnation.of("run-1"),
                        System.currentTimeMillis(),
                        1,
                        List.of(
                                new MetaApi.TabletStatus(
                                        tablet,
                                        ReplicaId.of("r1"),
                                        1,
                                        true,
                                        1,
                                        0,
                                        MetaApi.ReplicaCondition.HEALTHY,
                                        7,
                                        7,
                                        7,
                                        3,
                                        4096,
                                        List.of(),
                                        null,
                                        0,
                                        true)));
        assertThat(server.post("nodes/t1/heartbeat", heartbeat).statusCode()).isEqualTo(200);
        ClusterDescription cluster =
                json.readValue(
                        server.send("GET", "cluster", null).body(), ClusterDescription.class);
        assertThat(cluster.meta().leader()).isEqualTo("m1");
        assertThat(cluster.meta().members()).containsExactly("m1");
        assertThat(cluster.nodes())
                .containsExactly(
                        new ClusterDescription.NodeState(
                                NodeId.of("t1"), "127.0.0.1:1", null, null, "up", 1, 1, 4096));
        assertThat(cluster.operations()).isEmpty();
    }

    @Test
    void copiesAndFirstMastersAreSpreadOverTheNodes() throws Exception {
        for (String node : List.of("t1", "t2", "t3")) {
            server.register(node, "store-" + node, "run-" + node);
        }
        List<TabletDescriptor> tablets =
                server.created(server.post("tables", table(BOOKS, StoreKind.DISK, 3, "67", "6e")))
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
        assertThat(server.send("PATCH", "tables/books", "{\"replicas\":5}").statusCode())
                .isEqualTo(422);
        assertThat(
                        json.readValue(
                                        server.send("PATCH", "tables/books", "{\"replicas\":1}")
                                                .body(),
                                        TableDescriptor.class)
                                .replicas())
                .isEqualTo(1);
    }

    @Test
    void aMasterIsMovedOnlyToAMember() throws Exception {
        server.register("t1", "store-1", "run-1");
        server.register("t2", "store-2", "run-1");
        TabletId tablet = server.create(BOOKS).map().tablets().get(0).id();
        String path = "tablets/" + tablet + "/master";
        assertThat(
                        server.post("tablets/99/master", new MetaApi.MoveMaster(NodeId.of("t2")))
                                .statusCode())
                .isEqualTo(404);
        assertThat(server.post(path, new MetaApi.MoveMaster(NodeId.of("t9"))).statusCode())
                .isEqualTo(404);
        assertThat(server.post(path, new MetaApi.MoveMaster(NodeId.of("t1"))).statusCode())
                .isEqualTo(400);
        HttpResponse<String> alone = server.post(path, new MetaApi.MoveMaster(NodeId.of("t2")));
        assertThat(alone.statusCode()).isEqualTo(422);
        assertThat(server.problem(alone).code()).isEqualTo("unsupported_for_table");
    }

    @Test
    void aLeavingNodeIsToldHowManyMastershipsItHasToHandOver() throws Exception {
        server.register("t1", "store-1", "run-1");
        server.create(BOOKS);
        HttpResponse<String> left =
                server.post("nodes/t1/leaving", new MetaApi.Leaving(Incarnation.of("run-1")));
        assertThat(json.readValue(left.body(), MetaApi.Left.class).masterships())
                .as("the only copy stays where it is")
                .isZero();
        assertThat(
                        server.post(
                                        "nodes/t1/leaving",
                                        new MetaApi.Leaving(Incarnation.of("run-9")))
                                .statusCode())
                .isEqualTo(404);
        ClusterDescription cluster =
                json.readValue(
                        server.send("GET", "cluster", null).body(), ClusterDescription.class);
        assertThat(cluster.nodes().get(0).state()).isEqualTo("draining");
    }

    @Test
    void manyTabletsAreElectedAtOnce() throws Exception {
        server.register("t1", "store-1", "run-1");
        List<String> splits = new ArrayList<>();
        for (int i = 1; i < 1000; i++) {
            splits.add("%04x".formatted(i + 0x1000));
        }
        List<TabletDescriptor> tablets =
                server.create(BOOKS, splits.toArray(String[]::new)).map().tablets();
        assertThat(tablets).hasSize(1000);
        Holding[] holdings = tablets.stream().map(LoneMetaServer::holding).toArray(Holding[]::new);
        server.opened("t1", "run-1", holdings);
        long before = server.map(0, 0, 0).version();
        ClusterMap map = server.register("t1", "store-1", "run-2", holdings);
        assertThat(map.version()).as("one registration, one election").isEqualTo(before + 2);
        assertThat(map.tablets()).allSatisfy(tablet -> assertThat(tablet.epoch()).isEqualTo(2));
    }
}
