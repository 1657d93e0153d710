package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.ErrorCode;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/** What nodes may say of themselves and of the replicas they hold. */
final class NodeRules {

    private NodeRules() {}

    /**
     * A replica is what its random id says, not where it should be (E10): one that was opened and is
     * not among the holdings is lost. Another data directory loses every replica of the former one,
     * whatever it holds, for a copy may be stale; the former directory, brought back, has them again.
     *
     * <p>The masterships of a former run end (E1), and so do those over lost replicas.
     */
    static Change register(ClusterState state, ClusterCommand.RegisterNode command) {
        NodeDescriptor node = command.node();
        ClusterState.Draft draft = state.draft();
        draft.nodes.put(node.id(), node);
        NodeDescriptor before = state.nodes().get(node.id());
        StoreId store = before == null ? node.store() : before.store();
        Set<Holding> holdings = Set.copyOf(command.holdings());
        for (TabletDescriptor tablet : state.tablets().values()) {
            boolean held =
                    tablet.replicaOn(node.id())
                            .map(replica -> new Holding(tablet.id(), replica.id()))
                            .filter(holdings::contains)
                            .isPresent();
            replace(
                    draft,
                    tablet,
                    node,
                    replica -> inspect(draft, replica, held, store, node.store()));
            endMastership(draft, tablet.id(), node);
        }
        return Change.to(draft.finish(), state);
    }

    private static void endMastership(ClusterState.Draft draft, TabletId id, NodeDescriptor node) {
        TabletDescriptor tablet = draft.tablets.get(id);
        Mastership master = tablet.master();
        if (master == null || !master.node().equals(node.id())) {
            return;
        }
        boolean lost = tablet.replicaOn(node.id()).map(ReplicaDescriptor::lost).orElse(true);
        if (lost || !master.incarnation().equals(node.incarnation())) {
            draft.tablets.put(id, MastershipRules.withoutMaster(tablet));
        }
    }

    private static ReplicaDescriptor inspect(
            ClusterState.Draft draft,
            ReplicaDescriptor replica,
            boolean held,
            StoreId before,
            StoreId now) {
        if (replica.lost()) {
            boolean found = held && now.equals(draft.strayed.get(replica.id()));
            if (found) {
                draft.strayed.remove(replica.id());
            }
            return found
                    ? new ReplicaDescriptor(replica.node(), replica.id(), true, false)
                    : replica;
        }
        if (held && now.equals(before)) {
            return new ReplicaDescriptor(replica.node(), replica.id(), true, false);
        }
        if (!replica.opened() && !held) {
            return replica;
        }
        draft.strayed.put(replica.id(), before);
        return new ReplicaDescriptor(replica.node(), replica.id(), replica.opened(), true);
    }

    static Change opened(ClusterState state, ClusterCommand.ReplicasOpened command) {
        NodeDescriptor node = state.nodes().get(command.node());
        if (node == null || !node.incarnation().equals(command.incarnation())) {
            return Change.refused(
                    state,
                    ErrorCode.NODE_NOT_FOUND,
                    "node "
                            + command.node()
                            + " is not registered with incarnation "
                            + command.incarnation());
        }
        ClusterState.Draft draft = state.draft();
        for (Holding holding : command.replicas()) {
            TabletDescriptor tablet = state.tablets().get(holding.tablet());
            if (tablet != null) {
                replace(draft, tablet, node, replica -> open(replica, holding.replica()));
            }
        }
        return Change.to(draft.finish(), state);
    }

    private static ReplicaDescriptor open(ReplicaDescriptor replica, ReplicaId opened) {
        return replica.id().equals(opened) && !replica.lost()
                ? new ReplicaDescriptor(replica.node(), replica.id(), true, false)
                : replica;
    }

    static Change dropped(ClusterState state, ClusterCommand.TabletsDropped command) {
        ClusterState.Draft draft = state.draft();
        for (TabletId tablet : command.tablets()) {
            draft.acknowledgeDrop(tablet, command.node());
        }
        return Change.to(draft.finish(), state);
    }

    /** Rewrites the node's replica of the tablet, if it has one. */
    private static void replace(
            ClusterState.Draft draft,
            TabletDescriptor tablet,
            NodeDescriptor node,
            UnaryOperator<ReplicaDescriptor> rewrite) {
        if (tablet.replicaOn(node.id()).isEmpty()) {
            return;
        }
        List<ReplicaDescriptor> replicas =
                tablet.replicas().stream()
                        .map(
                                replica ->
                                        replica.node().equals(node.id())
                                                ? rewrite.apply(replica)
                                                : replica)
                        .toList();
        draft.tablets.put(tablet.id(), MastershipRules.withReplicas(tablet, replicas));
    }
}
