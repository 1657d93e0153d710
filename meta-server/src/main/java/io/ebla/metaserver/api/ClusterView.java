package io.ebla.metaserver.api;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.liveness.Liveness;
import java.util.List;
import java.util.Locale;

/** The cluster as its users see it: the metadata, and what was heard of the nodes. */
final class ClusterView {

    private final MetadataTablet metadata;
    private final Liveness liveness;

    ClusterView(MetadataTablet metadata, Liveness liveness) {
        this.metadata = metadata;
        this.liveness = liveness;
    }

    MetaApi.ClusterDescription describe() {
        ClusterState state = metadata.state();
        MetadataTablet.Membership members = metadata.membership();
        String leader = members.leader().isEmpty() ? null : members.leader();
        List<MetaApi.NodeState> nodes =
                state.nodes().values().stream().map(node -> describe(state, node)).toList();
        return new MetaApi.ClusterDescription(
                new MetaApi.MetaMembers(leader, members.members()), nodes, List.of(), null);
    }

    private MetaApi.NodeState describe(ClusterState state, NodeDescriptor node) {
        int replicas = 0;
        int masters = 0;
        for (TabletDescriptor tablet : state.tablets().values()) {
            if (tablet.replicaOn(node.id()).isPresent()) {
                replicas++;
            }
            if (tablet.master() != null && tablet.master().node().equals(node.id())) {
                masters++;
            }
        }
        return new MetaApi.NodeState(
                node.id(),
                node.address(),
                blankToNull(node.grpcAddress()),
                blankToNull(node.zone()),
                liveness.state(node).name().toLowerCase(Locale.ROOT),
                replicas,
                masters,
                liveness.tablets(node.id()).stream().mapToLong(MetaApi.TabletStatus::bytes).sum());
    }

    private static String blankToNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
