package io.ebla.metaserver.api;

import io.ebla.core.cluster.ClusterDescription;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.liveness.Liveness;
import java.util.List;
import java.util.Locale;

/** The cluster as its users see it: the metadata, and what was heard of the nodes. */
final class ClusterView {

    private final MetadataTablet metadata;
    private final Liveness liveness;
    private final OperationsView operations;

    ClusterView(MetadataTablet metadata, Liveness liveness) {
        this.metadata = metadata;
        this.liveness = liveness;
        this.operations = new OperationsView(liveness);
    }

    ClusterDescription describe() {
        ClusterState state = metadata.state();
        MetadataTablet.Membership members = metadata.membership();
        String leader = members.leader().isEmpty() ? null : members.leader();
        List<ClusterDescription.NodeState> nodes =
                state.nodes().values().stream().map(node -> describe(state, node)).toList();
        return new ClusterDescription(
                new ClusterDescription.MetaMembers(leader, members.members()),
                nodes,
                operations.of(state),
                null);
    }

    /** @throws EblaException {@code operation_not_found} */
    ClusterDescription.Operation operation(String id) {
        return operations.of(metadata.state()).stream()
                .filter(operation -> operation.id().equals(id))
                .findFirst()
                .orElseThrow(
                        () ->
                                new EblaException(
                                        ErrorCode.OPERATION_NOT_FOUND,
                                        "no operation " + id + "; ended ones are soon forgotten"));
    }

    private ClusterDescription.NodeState describe(ClusterState state, NodeDescriptor node) {
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
        return new ClusterDescription.NodeState(
                node.id(),
                node.address(),
                blankToNull(node.grpcAddress()),
                blankToNull(node.zone()),
                state(state, node),
                replicas,
                masters,
                liveness.tablets(node.id()).stream().mapToLong(MetaApi.TabletStatus::bytes).sum());
    }

    private String state(ClusterState state, NodeDescriptor node) {
        Liveness.State seen = liveness.state(node);
        boolean goes = liveness.isLeaving(node) || state.administration().isDrained(node.id());
        return seen == Liveness.State.UP && goes
                ? "draining"
                : seen.name().toLowerCase(Locale.ROOT);
    }

    private static String blankToNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
