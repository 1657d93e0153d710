package io.ebla.tabletserver.api;

import static io.ebla.tabletserver.api.RowsHttpTest.assertProblem;
import static io.ebla.tabletserver.api.RowsHttpTest.header;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.network.NodeNetwork;
import io.ebla.tabletserver.tablet.TabletFigures;
import io.ebla.tabletserver.tablet.TabletHost;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Requests on their way while masters, maps and connections change: what becomes of them, honestly. */
@TestMethodOrder(OrderAnnotation.class)
class FailoverRoutingHttpTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String THREE = "{\"replicas\":3}";
    private static final String TWO = "{\"replicas\":2}";
    private static final NodeId T2 = NodeId.of("t2");
    private static final NodeId T3 = NodeId.of("t3");

    private static List<TestServer> nodes;

    @BeforeAll
    static void start() {
        nodes = TestServer.startCluster(3);
    }

    @AfterAll
    static void stop() throws Exception {
        for (TestServer node : nodes) {
            node.close();
        }
    }

    /** The last one: the first node's network does not come back. */
    @Test
    @Order(Integer.MAX_VALUE)
    void aWriteWhoseMasterDiesIsUnknownAndUnderAKeyDoneOnceAndOtherReplicasAreRead()
            throws Exception {
        TestServer asked = nodes.get(2);
        asked.createTable("left", TWO); // on t1 and t2
        asked.createTable("dying", THREE);
        String left = "/v1/tables/left/rows/a";
        HttpResponse<String> put = asked.putJson(left + "?acks=all&timeout=30s", "1");
        assertThat(put.statusCode()).isEqualTo(201);
        Waiting.until(() -> tablet(asked, "left").replicas().stream().allMatch(it -> it.opened()));
        String row = "/v1/tables/dying/rows/";
        assertThat(asked.putJson(row + "a?acks=all&timeout=30s", "1").statusCode()).isEqualTo(201);
        long before = appended(asked, "dying");
        nodes.get(0).journal().hold();
        nodes.get(1).journal().hold();
        CompletableFuture<HttpResponse<String>> plain =
                sent(asked, asked.request(row + "b?timeout=60s"));
        CompletableFuture<HttpResponse<String>> keyed =
                sent(asked, keyed(asked, row + "c?timeout=60s"));
        Waiting.until(() -> appended(asked, "dying") >= before + 2 && underWay(asked) == 2);
        nodes.get(0).bean(NodeNetwork.class).close();
        HttpResponse<String> lost = plain.get();
        assertProblem(lost, 503, "no_master");
        assertThat(header(lost, "Ebla-Outcome")).isEqualTo("unknown");
        assertThat(JSON.readTree(lost.body()).get("retryable").booleanValue()).isFalse();
        nodes.get(1).journal().release();
        List<TabletHost> living = List.of(nodes.get(1).host(), asked.host());
        nodes.get(0).meta().elect(tablet(asked, "dying").id(), T3, living);
        doneOnce(asked, row + "c?timeout=30s", keyed.get());
        readElsewhere(asked, left, header(put, "Ebla-Position"));
        nodes.get(0).journal().release();
        speaksForNobody(nodes.get(0), left);
    }

    /** A master that is cut off from its followers knows by its lease that another may be elected. */
    private static void speaksForNobody(TestServer cutOff, String row) throws Exception {
        Waiting.until(() -> Scrape.of(cutOff).sum("ebla_lease_held", "table=\"left\"") == 0);
        HttpResponse<String> strong =
                Waiting.answer(millis -> cutOff.get(row + "?timeout=" + millis + "ms"));
        assertProblem(strong, 503, "no_quorum");
        assertThat(header(strong, "Retry-After")).isNotNull();
        assertThat(cutOff.get(row + "?read=local").statusCode()).isEqualTo(200);
    }

    private static double underWay(TestServer node) {
        return Scrape.of(node).sum("ebla_routing_calls", "node=\"t1\"");
    }

    private static void doneOnce(TestServer asked, String row, HttpResponse<String> done)
            throws Exception {
        assertThat(done.statusCode()).as(done.body()).isEqualTo(201);
        assertThat(header(done, "Idempotent-Replay")).as("it was sent once").isNull();
        HttpResponse<String> again =
                asked.send(
                        keyed(asked, row)
                                .header("Content-Type", "application/json")
                                .PUT(BodyPublishers.ofString("1")));
        assertThat(again.statusCode()).isEqualTo(201);
        assertThat(header(again, "Idempotent-Replay")).isEqualTo("true");
        assertThat(header(again, "ETag")).isEqualTo(header(done, "ETag"));
    }

    private static void readElsewhere(TestServer asked, String row, String position)
            throws Exception {
        for (int i = 0; i < 6; i++) {
            HttpResponse<String> local = asked.get(row + "?read=local&timeout=30s");
            assertThat(local.statusCode()).as(local.body()).isEqualTo(200);
            HttpResponse<String> session =
                    asked.send(
                            asked.request(row + "?read=session&timeout=30s")
                                    .header("Ebla-Position", position));
            assertThat(session.statusCode()).as(session.body()).isEqualTo(200);
        }
        HttpResponse<String> strong =
                Waiting.answer(millis -> asked.get(row + "?timeout=" + millis + "ms"));
        assertProblem(strong, 503, "no_master");
        assertThat(header(strong, "Retry-After")).isNotNull();
    }

    private static HttpRequest.Builder keyed(TestServer node, String path) {
        return node.request(path).header("Idempotency-Key", "once");
    }

    private static CompletableFuture<HttpResponse<String>> sent(
            TestServer node, HttpRequest.Builder put) {
        HttpRequest request =
                put.header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString("1"))
                        .build();
        return node.client().sendAsync(request, BodyHandlers.ofString());
    }

    /** The index up to which that node's replica of the table's one tablet has its log. */
    private static long appended(TestServer node, String table) {
        return node.host().figures().stream()
                .filter(tablet -> tablet.table().value().equals(table))
                .mapToLong(TabletFigures::appendedIndex)
                .findFirst()
                .orElse(0);
    }

    @Test
    void aNodeWithAnOldMapAsksTheWrongOneAndThenTheRight() throws Exception {
        TestServer asked = nodes.get(2);
        asked.createTable("old", TWO); // on t1 and t2
        String row = "/v1/tables/old/rows/a?timeout=60s";
        assertThat(asked.putJson(row + "&acks=all", "1").statusCode()).isEqualTo(201);
        TabletId tablet = tablet(asked, "old").id();
        nodes.get(0).meta().deafen(T3);
        try {
            List<TabletHost> voters = List.of(nodes.get(0).host(), nodes.get(1).host());
            nodes.get(0).meta().elect(tablet, T2, voters);
            double before = Scrape.of(asked).sum("ebla_routing_repeats_total");
            CompletableFuture<HttpResponse<String>> write = sent(asked, asked.request(row));
            Waiting.until(() -> Scrape.of(asked).sum("ebla_routing_repeats_total") > before);
            assertThat(write).as("it waits for a map that names the master").isNotDone();
            nodes.get(0).meta().hears();
            assertThat(write.get().statusCode()).as(write.get().body()).isEqualTo(200);
            assertThat(asked.get(row).statusCode()).isEqualTo(200);
        } finally {
            nodes.get(0).meta().hears();
        }
    }

    @Test
    void theRestOfARequestsTimeGoesWithItToTheMaster() throws Exception {
        TestServer asked = nodes.get(2);
        asked.createTable("timed", THREE);
        String row = "/v1/tables/timed/rows/a";
        assertThat(asked.putJson(row + "?acks=all&timeout=30s", "1").statusCode()).isEqualTo(201);
        HttpResponse<String> late = unsynced(asked, row + "?timeout=400ms");
        // As often as a busy machine does not bring it to the master and a copy in that time.
        for (int millis = 800; millis < 10_000 && !isAccepted(late); millis *= 2) {
            Waiting.until(() -> isWritten(asked, row + "?timeout=20s"));
            late = unsynced(asked, row + "?timeout=" + millis + "ms");
        }
        assertProblem(late, 504, "ack_timeout");
        assertThat(header(late, "Ebla-Outcome"))
                .as("only the master knows that one copy is there")
                .isEqualTo("accepted");
        HttpResponse<String> over = asked.putJson(row + "?timeout=1ms", "3");
        assertThat(over.statusCode()).isIn(200, 503, 504);
    }

    /** A write while nothing becomes durable on the master and one of the others. */
    private static HttpResponse<String> unsynced(TestServer asked, String path) throws Exception {
        nodes.get(0).journal().hold();
        nodes.get(1).journal().hold();
        try {
            return asked.putJson(path, "2");
        } finally {
            nodes.get(0).journal().release();
            nodes.get(1).journal().release();
        }
    }

    private static boolean isWritten(TestServer asked, String path) {
        try {
            return asked.putJson(path, "1").statusCode() == 200;
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    private static boolean isAccepted(HttpResponse<String> answer) {
        return "accepted".equals(header(answer, "Ebla-Outcome"));
    }

    @Test
    void withoutAMasterItIsAskedForUntilTheRequestsTimeIsOver() throws Exception {
        TestServer asked = nodes.get(1);
        asked.createTable("orphan", THREE);
        String row = "/v1/tables/orphan/rows/a";
        assertThat(asked.putJson(row + "?acks=all&timeout=30s", "1").statusCode()).isEqualTo(201);
        TabletId tablet = tablet(asked, "orphan").id();
        nodes.get(0).meta().depose(tablet);
        Waiting.until(() -> tablet(asked, "orphan").master() == null);
        HttpResponse<String> refused = asked.putJson(row + "?timeout=200ms", "2");
        assertProblem(refused, 503, "no_master");
        assertThat(header(refused, "Ebla-Outcome")).isEqualTo("not_applied");
        assertThat(header(refused, "Retry-After")).isNotNull();
        CompletableFuture<HttpResponse<String>> waiting =
                sent(asked, asked.request(row + "?timeout=60s"));
        Waiting.until(() -> Scrape.of(asked).sum("ebla_routing_waiting") == 1);
        List<TabletHost> all = nodes.stream().map(TestServer::host).toList();
        nodes.get(0).meta().elect(tablet, T3, all);
        assertThat(waiting.get().statusCode()).as(waiting.get().body()).isEqualTo(200);
        Waiting.until(() -> Scrape.of(asked).sum("ebla_routing_waiting") == 0);
    }

    @Test
    void manyReadsGoToEachNodeInOneCall() throws Exception {
        TestServer asked = nodes.get(1);
        asked.createTable("many", "{\"splitAt\":[\"h\",\"p\"]}");
        StringBuilder keys = new StringBuilder();
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            String pk = (char) ('a' + i % 26) + Integer.toString(i);
            lines.append("{\"pk\":\"" + pk + "\",\"data\":" + i + "}\n");
            keys.append(i == 0 ? "" : ",").append("{\"pk\":\"" + pk + "\"}");
        }
        JsonNode written = BulkHttpTest.bulk(asked, "many", lines.toString());
        assertThat(written.get("written").asInt()).isEqualTo(200);
        Scrape before = Scrape.of(asked);
        HttpResponse<String> read = many(asked, keys + ",{\"pk\":\"none\"}");
        assertThat(read.statusCode()).as(read.body()).isEqualTo(200);
        JsonNode rows = JSON.readTree(read.body()).get("rows");
        assertThat(rows.size()).isEqualTo(201);
        for (int i = 0; i < 200; i++) {
            assertThat(rows.get(i).get("data").asInt()).isEqualTo(i);
        }
        assertThat(rows.get(200).isNull()).isTrue();
        Scrape after = Scrape.of(asked);
        assertThat(forwards(after, "get_all") - forwards(before, "get_all")).isEqualTo(2);
        assertThat(forwards(after, "get") - forwards(before, "get")).isZero();

        TabletId first = tablet(asked, "many").id();
        nodes.get(0).meta().depose(first);
        CompletableFuture<HttpResponse<String>> waiting =
                CompletableFuture.supplyAsync(() -> unchecked(asked, keys.toString()));
        Waiting.until(() -> Scrape.of(asked).sum("ebla_routing_waiting") > 0);
        nodes.get(0).meta().elect(first);
        assertThat(waiting.get().statusCode()).as(waiting.get().body()).isEqualTo(200);
    }

    private static double forwards(Scrape scrape, String operation) {
        return scrape.sum("ebla_routing_forwards_total", "operation=\"" + operation + "\"");
    }

    private static HttpResponse<String> unchecked(TestServer node, String keys) {
        try {
            return many(node, keys);
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    private static HttpResponse<String> many(TestServer node, String keys) throws Exception {
        return node.send(
                node.request("/v1/tables/many/get?timeout=30s")
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString("{\"keys\":[" + keys + "]}")));
    }

    private static TabletDescriptor tablet(TestServer node, String table) {
        return node.host().directory().map().tablets().stream()
                .filter(it -> it.table().value().equals(table))
                .findFirst()
                .orElseThrow();
    }
}
