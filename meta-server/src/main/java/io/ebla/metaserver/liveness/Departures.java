package io.ebla.metaserver.liveness;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.metaserver.cluster.ClusterState;

/**
 * What a node that is about to stop has to wait for: masterships that somebody who stays can take. When
 * all leave at once, none waits for another.
 */
public final class Departures {

    private final Liveness liveness;

    public Departures(Liveness liveness) {
        this.liveness = liveness;
    }

    /** How many masterships a node has still to hand over before it stops. */
    public int masterships(ClusterState state, NodeId leaver) {
        return (int)
                state.tablets().values().stream()
                        .filter(tablet -> tablet.master() != null)
                        .filter(tablet -> tablet.master().node().equals(leaver))
                        .filter(tablet -> anotherStays(state, tablet, leaver))
                        .count();
    }

    private boolean anotherStays(ClusterState state, TabletDescriptor tablet, NodeId leaver) {
        return tablet.members().stream()
                .filter(member -> member.opened() && !member.lost())
                .map(member -> state.nodes().get(member.node()))
                .anyMatch(
                        node ->
                                node != null
                                        && !node.id().equals(leaver)
                                        && !state.administration().isDrained(node.id())
                                        && liveness.mayBeGiven(node));
    }
}
