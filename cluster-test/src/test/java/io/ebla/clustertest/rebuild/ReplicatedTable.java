package io.ebla.clustertest.rebuild;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A table of one tablet with several copies on a cluster of processes: writes to it, and tells where its
 * replicas stand and what they hold. Every write must be committed, if need be by sending it again: on a busy
 * machine a master may lose its lease, and the same row once more is no other row. One thread.
 */
public final class ReplicatedTable {

    /** For what a busy machine of two cores does in a few seconds when it is left alone. */
    static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final JsonMapper JSON = new JsonMapper();
    private static final int BULK_BYTES = 2 << 20;

    private final ClusterProcesses cluster;
    private final String name;
    private final Random random = new Random(42);
    private final Map<String, Api> apis = new HashMap<>();
    private int rows;
    private String position = "";

    private ReplicatedTable(ClusterProcesses cluster, String name) {
        this.cluster = cluster;
        this.name = name;
    }

    /** Makes it, by way of any node, once enough of them are known. */
    public static ReplicatedTable make(ClusterProcesses cluster, String name, String options) {
        ReplicatedTable table = new ReplicatedTable(cluster, name);
        table.await("table " + name, () -> table.anyone().put("/v1/tables/" + name, options).ok());
        return table;
    }

    /** Makes tables until one is not mastered by that node. */
    public static ReplicatedTable notMasteredBy(
            ClusterNode node, ClusterProcesses cluster, String options) {
        for (int i = 0; ; i++) {
            ReplicatedTable table = make(cluster, "t" + i, options);
            if (!table.master().id().equals(node.id())) {
                return table;
            }
        }
    }

    public String name() {
        return name;
    }

    /** How many rows there are. */
    int rows() {
        return rows;
    }

    // ---------------------------------------------------------------- where its replicas stand

    /** The first tablet server that runs. */
    private Api anyone() {
        return cluster.tabletServers().stream()
                .filter(ClusterNode::runs)
                .findFirst()
                .map(this::api)
                .orElseThrow();
    }

    Api api(ClusterNode node) {
        return apis.computeIfAbsent(
                node.id(),
                id -> new Api(node.uri(), Duration.ofSeconds(2), Duration.ofSeconds(30)));
    }

    /** The one tablet as a node describes it. */
    JsonNode tablet(Api at) {
        Answer answer = at.get("/v1/tables/" + name + "/tablets");
        assertThat(answer.status()).as(() -> answer + "\n" + cluster.tails()).isEqualTo(200);
        return JSON.readTree(answer.body()).get("tablets").get(0);
    }

    /** Waits until there is one that runs. */
    public ClusterNode master() {
        ClusterNode[] found = new ClusterNode[1];
        await(
                "a master of " + name,
                () -> {
                    found[0] = cluster.node(tablet(anyone()).path("master").asString(""));
                    return found[0] != null && found[0].runs();
                });
        return found[0];
    }

    /** The nodes with a replica that is not a learner. */
    List<String> members() {
        return StreamSupport.stream(tablet(anyone()).get("replicas").spliterator(), false)
                .filter(replica -> !replica.get("role").asString().equals("learner"))
                .map(replica -> replica.get("node").asString())
                .sorted()
                .toList();
    }

    /** Waits until a node has applied what the master has, as both say themselves. */
    public void awaitCaughtUp(ClusterNode slave) {
        await(
                slave.id() + " has caught up",
                () -> {
                    long master = applied(master());
                    return master > 0 && applied(slave) >= master;
                });
    }

    private long applied(ClusterNode node) {
        for (JsonNode replica : tablet(api(node)).get("replicas")) {
            if (replica.get("node").asString().equals(node.id())) {
                return replica.path("appliedIndex").asLong(-1);
            }
        }
        return -1;
    }

    /** Waits, and shows the cluster when in vain. */
    public void await(String what, BooleanSupplier event) {
        assertThat(Eventually.happens(PATIENCE, event))
                .as(() -> what + "\n" + cluster.tails())
                .isTrue();
    }

    // ---------------------------------------------------------------- rows

    /** Writes new rows one by one. */
    public void write(int count) {
        for (int i = 0; i < count; i++) {
            write(pk(rows++), value(500));
        }
    }

    /** Writes a row that is there again. */
    void overwrite(int row) {
        write(pk(row), value(700));
    }

    private void write(String pk, String value) {
        String path = Api.row(name, pk, null) + "?timeout=20s";
        Answer[] answer = new Answer[1];
        await(
                "the write of " + pk,
                () -> (answer[0] = anyone().put(path, "\"" + value + "\"")).committed());
        position = answer[0].header("Ebla-Position");
    }

    /** Deletes the last row. */
    void deleteLast() {
        String path = Api.row(name, pk(--rows), null) + "?timeout=20s";
        await("the last row is deleted", () -> isDeleted(anyone().delete(path)));
    }

    /** Or was by one that was sent before and not answered. */
    private static boolean isDeleted(Answer answer) {
        return answer.committed() || answer.status() == 404;
    }

    /** Writes new rows of small and large values until so many bytes are written. */
    public void fill(int bytes) {
        int left = bytes;
        while (left > 0) {
            StringBuilder lines = new StringBuilder();
            int lineCount = 0;
            while (lines.length() < Math.min(BULK_BYTES, left)) {
                String value = value(rows % 3 == 0 ? 9_000 : 1_000);
                lines.append("{\"pk\":\"" + pk(rows++) + "\",\"data\":\"" + value + "\"}\n");
                lineCount++;
            }
            String path = "/v1/tables/" + name + "/rows?timeout=30s";
            int lineTotal = lineCount;
            await(
                    lineTotal + " rows are written",
                    () -> {
                        Answer answer =
                                api(master()).post(path, "application/x-ndjson", lines.toString());
                        return answer.status() == 200
                                && JSON.readTree(answer.body()).get("written").asInt() == lineTotal;
                    });
            left -= lines.length();
        }
    }

    /** Its rows are gone: waits until it says so, and is served. */
    void empty() {
        await(
                name + " is empty",
                () -> {
                    Answer answer = anyone().get("/v1/tables/" + name + "/rows?timeout=5s");
                    return answer.status() == 200
                            && JSON.readTree(answer.body()).get("rows").isEmpty();
                });
        rows = 0;
    }

    private static String pk(int row) {
        return String.format("row%07d", row);
    }

    private String value(int bytes) {
        return random.ints(bytes, 'a', 'z' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /** All rows as a node tells them, a line each. */
    List<String> scan(ClusterNode node, String read) {
        String path = "/v1/tables/" + name + "/rows?timeout=30s&read=" + read;
        Answer answer = api(node).get(path, "Accept", "application/x-ndjson");
        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
        return answer.body().lines().collect(Collectors.toList());
    }

    /**
     * What a node tells of its own replica is, version for version, what the master tells; and a read of the
     * last position written finds the row.
     */
    public void assertSameRows(ClusterNode slave) {
        awaitCaughtUp(slave);
        List<String> master = scan(master(), "strong");
        assertThat(master).hasSize(rows).noneMatch(line -> line.startsWith("{\"error\""));
        assertThat(scan(slave, "local")).isEqualTo(master);
        String session = Api.row(name, pk(rows - 1), null) + "?read=session";
        Answer answer = api(slave).get(session, "Ebla-Position", position);
        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
    }
}
