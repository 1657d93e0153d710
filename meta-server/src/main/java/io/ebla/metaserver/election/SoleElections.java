package io.ebla.metaserver.election;

import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.metaserver.cluster.ClusterCommand.SoleMaster;
import io.ebla.metaserver.cluster.ClusterState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Decides who becomes master of tablets with one copy: a pure calculation over the metadata.
 *
 * <p>There is nobody to fence and no log to compare: the run that holds the replica,
 * or that may make it because it was never opened, is the winner. A lost disk copy has no successor -
 * the tablet stays without a master rather than come back empty (E10). A lost memory copy was the whole
 * quorum: the tablet starts again, empty, with a new replica (L6).
 */
public final class SoleElections {

    private SoleElections() {}

    /** The masterships that a node's present run should have and has not. */
    public static List<SoleMaster> soleMastersOn(
            ClusterState state, NodeId id, Supplier<ReplicaId> newReplicas) {
        NodeDescriptor node = state.nodes().get(id);
        List<SoleMaster> masters = new ArrayList<>();
        if (node != null) {
            for (TabletDescriptor tablet : state.tablets().values()) {
                soleMaster(state, tablet, node, newReplicas).ifPresent(masters::add);
            }
        }
        return masters;
    }

    /** The mastership of one tablet that a node's present run should have and has not. */
    public static Optional<SoleMaster> soleMaster(
            ClusterState state,
            TabletDescriptor tablet,
            NodeDescriptor node,
            Supplier<ReplicaId> newReplicas) {
        if (!tablet.sole() || masters(tablet, node)) {
            return Optional.empty();
        }
        ReplicaDescriptor only = tablet.members().get(0);
        if (!only.node().equals(node.id())) {
            return Optional.empty();
        }
        TableDescriptor table = state.tables().get(tablet.table());
        if (only.lost() && table.store() != StoreKind.MEMORY) {
            return Optional.empty();
        }
        ReplicaDescriptor next =
                only.lost()
                        ? new ReplicaDescriptor(node.id(), newReplicas.get(), false, false)
                        : only;
        return Optional.of(
                new SoleMaster(tablet.id(), tablet.epoch(), node.id(), node.incarnation(), next));
    }

    private static boolean masters(TabletDescriptor tablet, NodeDescriptor node) {
        Mastership master = tablet.master();
        return master != null
                && master.node().equals(node.id())
                && master.incarnation().equals(node.incarnation());
    }
}
