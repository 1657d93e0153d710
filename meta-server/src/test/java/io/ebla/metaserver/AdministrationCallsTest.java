package io.ebla.metaserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.ClusterDescription;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** What operators ask of where things are, over a socket, and how often they may. */
class AdministrationCallsTest {

    private static final TableName BOOKS = TableName.of("books");

    @TempDir private Path directory;
    private final JsonMapper json = JsonMapper.shared();
    private LoneMetaServer server;
    private TabletDescriptor tablet;

    @BeforeEach
    void start() throws Exception {
        server = new LoneMetaServer(directory);
        for (String node : List.of("t1", "t2", "t3")) {
            server.register(node, "store-" + node, "run-1");
        }
        tablet =
                server.created(
                                server.post(
                                        "tables", LoneMetaServer.table(BOOKS, StoreKind.DISK, 3)))
                        .map()
                        .tablets()
                        .get(0);
        for (ReplicaDescriptor each : tablet.replicas()) {
            server.opened(each.node().value(), "run-1", new Holding(tablet.id(), each.id()));
        }
        server.register("t4", "store-t4", "run-1");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private HttpResponse<String> move(String from, String to) throws Exception {
        return server.post(
                "tablets/" + tablet.id() + "/move",
                new MetaApi.MoveReplica(NodeId.of(from), NodeId.of(to)));
    }

    private HttpResponse<String> drain(String node, String how) throws Exception {
        return server.send("POST", "cluster/nodes/" + node + "/" + how, null);
    }

    private String begun(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        return json.readValue(answer.body(), MetaApi.Begun.class).operation();
    }

    private void refused(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(server.problem(answer).code()).isEqualTo(code);
    }

    private ClusterDescription.Operation operation(String id) throws Exception {
        HttpResponse<String> answer = server.send("GET", "cluster/operations/" + id, null);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json.readValue(answer.body(), ClusterDescription.Operation.class);
    }

    @Test
    void aMoveIsOneOperationHoweverOftenItIsAskedFor() throws Exception {
        String id = begun(move("t2", "t4"));
        assertThat(begun(move("t2", "t4"))).isEqualTo(id);
        ClusterDescription.Operation told = operation(id);
        assertThat(told.kind()).isEqualTo("move");
        assertThat(told.phase()).isEqualTo("building");
        assertThat(told.state()).isEqualTo("running");
        assertThat(told.detail()).contains("t2 to t4");
        refused(move("t3", "t4"), 409, "operation_in_progress");
    }

    @Test
    void whatCannotMoveIsRefused() throws Exception {
        refused(move("t1", "t9"), 404, "node_not_found");
        refused(move("t9", "t4"), 404, "node_not_found");
        refused(move("t4", "t1"), 400, "invalid_argument");
        refused(move("t1", "t2"), 400, "invalid_argument");
        refused(
                server.post(
                        "tablets/99/move",
                        new MetaApi.MoveReplica(NodeId.of("t1"), NodeId.of("t4"))),
                404,
                "tablet_not_found");
        begun(drain("t4", "drain"));
        refused(move("t1", "t4"), 409, "operation_in_progress");
        refused(server.send("PUT", "cluster/balancing", "{}"), 400, "invalid_argument");
    }

    @Test
    void aDrainIsOneOperationAndRefusedWhereThereIsNoRoom() throws Exception {
        String id = begun(drain("t4", "drain"));
        assertThat(begun(drain("t4", "drain"))).isEqualTo(id);
        assertThat(operation(id).kind()).isEqualTo("drain");
        refused(drain("t1", "drain"), 422, "not_enough_nodes");
        refused(drain("t9", "drain"), 404, "node_not_found");
        String back = begun(drain("t4", "undrain"));
        assertThat(begun(drain("t4", "undrain"))).isEqualTo(back);
        assertThat(operation(back).state()).isEqualTo("done");
        assertThat(begun(drain("t4", "drain"))).as("another one").isNotEqualTo(id);
        ClusterDescription cluster =
                json.readValue(
                        server.send("GET", "cluster", null).body(), ClusterDescription.class);
        assertThat(cluster.nodes().get(3).state()).isEqualTo("draining");
    }

    @Test
    void tooManyChangesInASecondAreTurnedAway() throws Exception {
        server.close();
        server = new LoneMetaServer(directory, "ebla.administration.rate=1");
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            answers.add(
                    server.http()
                            .sendAsync(
                                    server.request("PUT", "cluster/balancing", "{\"paused\":true}"),
                                    HttpResponse.BodyHandlers.ofString()));
        }
        List<HttpResponse<String>> refused =
                answers.stream()
                        .map(CompletableFuture::join)
                        .filter(answer -> answer.statusCode() != 202)
                        .toList();
        assertThat(refused).isNotEmpty();
        for (HttpResponse<String> answer : refused) {
            refused(answer, 429, "overloaded");
            assertThat(answer.headers().firstValue("Retry-After")).contains("1");
            assertThat(answer.headers().firstValue("Ebla-Outcome")).contains("not_applied");
        }
    }
}
