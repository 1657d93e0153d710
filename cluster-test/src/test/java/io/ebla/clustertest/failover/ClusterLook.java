package io.ebla.clustertest.failover;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a cluster says of itself, asked at whoever answers. Any thread. */
final class ClusterLook {

    private static final JsonMapper JSON = new JsonMapper();

    private final ClusterProcesses cluster;

    ClusterLook(ClusterProcesses cluster) {
        this.cluster = cluster;
    }

    private Optional<JsonNode> read(String path) {
        for (ClusterNode node : cluster.tabletServers()) {
            Answer answer = node.runs() ? api(node).get(path) : null;
            if (answer != null && answer.status() == 200) {
                return Optional.of(JSON.readTree(answer.body()));
            }
        }
        return Optional.empty();
    }

    /** Asks for something, once, at the first that runs. */
    Answer post(String path, String body) {
        return send("POST", path, body);
    }

    /** Likewise. */
    Answer balancing(boolean paused) {
        return send("PUT", "/v1/cluster/balancing", "{\"paused\":" + paused + "}");
    }

    private Answer send(String method, String path, String body) {
        ClusterNode node =
                cluster.tabletServers().stream()
                        .filter(ClusterNode::runs)
                        .findFirst()
                        .orElseThrow();
        return api(node).send(method, path, body, "Content-Type", "application/json");
    }

    private static Api api(ClusterNode node) {
        return new Api(node.uri(), Duration.ofSeconds(1), Duration.ofSeconds(5));
    }

    /** The tablets of a table in key order; empty while nobody can tell. */
    List<JsonNode> tablets(String table) {
        List<JsonNode> tablets = new ArrayList<>();
        read("/v1/tables/" + table + "/tablets")
                .ifPresent(answer -> answer.get("tablets").forEach(tablets::add));
        return tablets;
    }

    /** All that the metadata knows of operations, as it is now; empty while nobody can tell. */
    Optional<List<JsonNode>> operations() {
        return current()
                .map(
                        described -> {
                            List<JsonNode> operations = new ArrayList<>();
                            described.get("operations").forEach(operations::add);
                            return operations;
                        });
    }

    private Optional<JsonNode> current() {
        return read("/v1/cluster")
                .filter(described -> !described.path("stale").asBoolean(false))
                .filter(described -> described.path("meta").has("leader"));
    }

    /** Why the cluster is not at rest; empty if it is. */
    String unrest(List<String> tables) {
        Optional<JsonNode> described = current();
        if (described.isEmpty()) {
            return "nobody leads the metadata";
        }
        for (JsonNode operation : described.get().get("operations")) {
            if (operation.get("state").asString().equals("running")) {
                return "it runs: " + operation;
            }
        }
        for (JsonNode node : described.get().get("nodes")) {
            if (!node.get("state").asString().equals("up")) {
                return "not up: " + node;
            }
        }
        for (String table : tables) {
            List<JsonNode> tablets = tablets(table);
            if (tablets.isEmpty()) {
                return "nobody knows table " + table;
            }
            for (JsonNode tablet : tablets) {
                if (!tablet.get("state").asString().equals("serving")
                        || tablet.get("replicas").size() != 3) {
                    return "not served by three: " + tablet;
                }
            }
        }
        return "";
    }

    /** Where the tablets of a table leave out or double a part of the key space; empty if they do not. */
    String uncovered(String table) {
        JsonNode before = null;
        for (JsonNode tablet : tablets(table)) {
            JsonNode end = before == null ? null : before.get("to");
            boolean next = before == null || end != null;
            if (!next || !Objects.equals(end, tablet.get("from"))) {
                return "between " + before + " and " + tablet;
            }
            before = tablet;
        }
        return before != null && !before.has("to") ? "" : "behind " + before;
    }
}
