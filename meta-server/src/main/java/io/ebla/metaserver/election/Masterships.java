package io.ebla.metaserver.election;

import io.ebla.core.cluster.NodeId;
import io.ebla.metaserver.cluster.ClusterState;
import java.util.HashMap;
import java.util.Map;

/** How many tablets each node masters, counting on while winners are chosen. */
final class Masterships {

    private final Map<NodeId, Integer> counts = new HashMap<>();

    static Masterships of(ClusterState state) {
        Masterships masterships = new Masterships();
        state.tablets().values().stream()
                .filter(tablet -> tablet.master() != null)
                .forEach(tablet -> masterships.add(tablet.master().node()));
        return masterships;
    }

    void add(NodeId node) {
        counts.merge(node, 1, Integer::sum);
    }

    int of(NodeId node) {
        return counts.getOrDefault(node, 0);
    }
}
