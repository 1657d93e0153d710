package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.NodeId;
import io.ebla.metaserver.cluster.ClusterState;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Drained nodes that no tablet has a replica on: nobody misses one of them. Counted once for a state.
 *
 * <p>Confined to the leader's thread.
 */
final class Emptied {

    private ClusterState seen;
    private Set<NodeId> nodes = Set.of();

    boolean contains(ClusterState state, NodeId node) {
        if (state != seen) {
            seen = state;
            nodes =
                    state.administration().drained().stream()
                            .filter(each -> state.replicasOn(each) == 0)
                            .collect(Collectors.toSet());
        }
        return nodes.contains(node);
    }
}
