package io.ebla.clustertest.failover;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Who masters what and who leads, as the cluster itself says. One thread. */
final class Topology {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE =
            Duration.ofSeconds(Integer.getInteger("readySeconds", 90));

    private final ClusterProcesses cluster;

    Topology(ClusterProcesses cluster) {
        this.cluster = cluster;
    }

    /** The master of a tablet drawn by chance; waits until each has one. */
    ClusterNode aMaster(Random random) {
        List<String> masters = new ArrayList<>();
        boolean known = Eventually.happens(PATIENCE, () -> readMasters(masters));
        if (!known) {
            throw new AssertionError("tablets without a master: " + masters);
        }
        return cluster.node(masters.get(random.nextInt(masters.size())));
    }

    /** A tablet server drawn by chance, other than the given. */
    ClusterNode another(ClusterNode than, Random random) {
        List<ClusterNode> others =
                cluster.tabletServers().stream().filter(node -> node != than).toList();
        return others.get(random.nextInt(others.size()));
    }

    private boolean readMasters(List<String> masters) {
        masters.clear();
        for (JsonNode tablet : readTablets()) {
            if (tablet.has("master")) {
                masters.add(tablet.get("master").asString());
            }
        }
        return masters.size() == Rows.TABLETS.size();
    }

    /** The tablets as a node that answers describes them; none if none does. */
    private Iterable<JsonNode> readTablets() {
        for (ClusterNode node : running()) {
            Answer answer = ask(node, "/v1/tables/" + Rows.TABLE + "/tablets");
            if (answer.status() == 200) {
                return JSON.readTree(answer.body()).get("tablets");
            }
        }
        return List.of();
    }

    /** Waits until every copy has what its master had when asked first; what lacks is told. */
    Optional<String> awaitCopies(int tablets) {
        Map<String, Long> wanted = new HashMap<>();
        List<String> behind = new ArrayList<>();
        boolean level =
                Eventually.happens(
                        PATIENCE,
                        () -> {
                            behind.clear();
                            behind.addAll(readBehind(wanted));
                            return behind.isEmpty() && wanted.size() == tablets;
                        });
        return level ? Optional.empty() : Optional.of(behind + " behind " + wanted);
    }

    private List<String> readBehind(Map<String, Long> wanted) {
        List<String> behind = new ArrayList<>();
        for (JsonNode tablet : readTablets()) {
            String id = tablet.get("id").asString();
            String master = tablet.path("master").asString("");
            for (JsonNode replica : tablet.get("replicas")) {
                long applied = replica.path("appliedIndex").asLong(0);
                if (applied > 0 && replica.path("node").asString("").equals(master)) {
                    wanted.putIfAbsent(id, applied);
                }
            }
            for (JsonNode replica : tablet.get("replicas")) {
                long applied = replica.path("appliedIndex").asLong(0);
                if (applied < wanted.getOrDefault(id, Long.MAX_VALUE)) {
                    behind.add(id + " " + replica);
                }
            }
        }
        return behind;
    }

    /** The leader of the metadata; waits until there is one. */
    ClusterNode metaLeader() {
        String[] leader = new String[1];
        boolean known =
                Eventually.happens(
                        PATIENCE,
                        () -> {
                            leader[0] = readLeader().orElse(null);
                            return leader[0] != null;
                        });
        if (!known) {
            throw new AssertionError("nobody leads the metadata");
        }
        return cluster.node(leader[0]);
    }

    private Optional<String> readLeader() {
        for (ClusterNode node : running()) {
            Answer answer = ask(node, "/v1/cluster");
            if (answer.status() == 200) {
                JsonNode described = JSON.readTree(answer.body());
                if (!described.path("stale").asBoolean(false)
                        && described.path("meta").has("leader")) {
                    return Optional.of(described.path("meta").get("leader").asString());
                }
            }
        }
        return Optional.empty();
    }

    private List<ClusterNode> running() {
        return cluster.tabletServers().stream().filter(ClusterNode::runs).toList();
    }

    private static Answer ask(ClusterNode node, String path) {
        return new Api(node.uri(), Duration.ofSeconds(1), Duration.ofSeconds(5)).get(path);
    }
}
