package io.ebla.clustertest.rebuild;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The map as a meta-server tells it to nodes: it names what users are not told, such as replicas. */
public record MapOfMeta(String text) {

    private static final JsonMapper JSON = new JsonMapper();

    public static MapOfMeta of(ClusterProcesses cluster) {
        Answer answer =
                new Api(cluster.metaServers().get(0).uri())
                        .get(
                                "/internal/v1/meta/map?generation=0&version=0&waitMillis=0",
                                "Ebla-Cluster-Secret",
                                ClusterProcesses.SECRET);
        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
        return new MapOfMeta(answer.body());
    }

    /** The name of the only replica on a node. */
    public String replica(ClusterNode node) {
        String found = "";
        for (JsonNode tablet : JSON.readTree(text).get("tablets")) {
            for (JsonNode replica : tablet.get("replicas")) {
                if (replica.get("node").asString().equals(node.id())) {
                    found = replica.get("id").asString();
                }
            }
        }
        return found;
    }
}
