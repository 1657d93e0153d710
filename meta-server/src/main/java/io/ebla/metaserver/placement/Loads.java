package io.ebla.metaserver.placement;

import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.metaserver.cluster.ClusterState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** What each node has to carry, counted from the metadata. */
public final class Loads {

    private Loads() {}

    /** The nodes that may be used, with what they hold. */
    public static List<Placement.Candidate> candidates(
            ClusterState state, Predicate<NodeDescriptor> usable) {
        Map<NodeId, Integer> replicas = new HashMap<>();
        Map<NodeId, Integer> masters = new HashMap<>();
        for (TabletDescriptor tablet : state.tablets().values()) {
            for (ReplicaDescriptor replica : tablet.replicas()) {
                if (!replica.lost()) {
                    replicas.merge(replica.node(), 1, Integer::sum);
                }
            }
            if (tablet.master() != null) {
                masters.merge(tablet.master().node(), 1, Integer::sum);
            }
        }
        return state.nodes().values().stream()
                .filter(usable)
                .map(
                        node ->
                                new Placement.Candidate(
                                        node.id(),
                                        node.zone(),
                                        replicas.getOrDefault(node.id(), 0),
                                        masters.getOrDefault(node.id(), 0)))
                .toList();
    }
}
