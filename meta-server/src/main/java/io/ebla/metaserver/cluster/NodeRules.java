package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.MetaApi.Retired;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.ErrorCode;
import java.util.HashMap;
import java.util.Map;
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
     * <p>What it holds that the metadata does not name is left alone: unknown is not dropped (L7).
     *
     * <p>The masterships of a former run end (E1), and so do those over lost replicas. A lost member goes
     * on counting in its replica set (E3).
     */
    static Change register(ClusterState state, ClusterCommand.RegisterNode command) {
        NodeDescriptor node = command.node();
        ClusterState.Draft draft = state.draft();
        draft.nodes.put(node.id(), node);
        NodeDescriptor before = state.nodes().get(node.id());
        StoreId store = before == null ? node.store() : before.store();
        Set<Holding> holdings = Set.copyOf(command.holdings());
        for (TabletDescriptor tablet : state.tablets().values()) {
            rewrite(
                    draft,
                    tablet,
                    node,
                    replica ->
                            inspect(
                                    draft,
                                    replica,
                                    holdings.contains(new Holding(tablet.id(), replica.id())),
                                    store,
                                    node.store()));
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
        boolean living =
                tablet.electors().stream()
                        .anyMatch(replica -> replica.node().equals(node.id()) && !replica.lost());
        if (!living || !master.incarnation().equals(node.incarnation())) {
            draft.put(tablet.withEpoch(tablet.epoch(), null));
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
            if (!found) {
                return replica;
            }
            draft.strayed.remove(replica.id());
            return new ReplicaDescriptor(
                    replica.node(), replica.id(), true, false, replica.learner());
        }
        if (held && now.equals(before)) {
            return replica.asOpened();
        }
        if (!replica.opened() && !held) {
            return replica;
        }
        draft.strayed.put(replica.id(), before);
        return replica.asLost();
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
            TabletDescriptor tablet = draft.tablets.get(holding.tablet());
            if (tablet != null) {
                rewrite(draft, tablet, node, replica -> open(replica, holding.replica()));
            } else {
                SplitRules.opened(draft, node.id(), holding, command.at());
                MergeRules.opened(draft, node.id(), holding, command.at());
            }
        }
        return Change.to(draft.finish(), state);
    }

    private static ReplicaDescriptor open(ReplicaDescriptor replica, ReplicaId opened) {
        return replica.id().equals(opened) && !replica.lost() ? replica.asOpened() : replica;
    }

    static Change dropped(ClusterState state, ClusterCommand.TabletsDropped command) {
        ClusterState.Draft draft = state.draft();
        for (TabletId tablet : command.tablets()) {
            if (!MergeRules.mayBeMadeYet(draft, tablet)
                    && draft.acknowledgeDrop(tablet, command.node())) {
                SplitRules.parentRemoved(draft, tablet, command.node());
                MergeRules.parentRemoved(draft, tablet, command.node());
            }
        }
        for (ReplicaId replica : command.replicas()) {
            Retired retired = draft.retired.get(replica);
            if (retired != null && retired.node().equals(command.node())) {
                draft.retired.remove(replica);
                MergeRules.parentRemoved(draft, retired.tablet(), command.node());
            }
        }
        return Change.to(draft.finish(), state);
    }

    /** Rewrites what the node has of the tablet, in the present and in the former replica set alike. */
    private static void rewrite(
            ClusterState.Draft draft,
            TabletDescriptor tablet,
            NodeDescriptor node,
            UnaryOperator<ReplicaDescriptor> rewrite) {
        Map<ReplicaDescriptor, ReplicaDescriptor> rewritten = new HashMap<>();
        UnaryOperator<ReplicaDescriptor> ofNode =
                replica ->
                        replica.node().equals(node.id())
                                ? rewritten.computeIfAbsent(replica, rewrite)
                                : replica;
        draft.put(
                tablet.withReplicas(
                        tablet.replicas().stream().map(ofNode).toList(),
                        tablet.previousReplicas().stream().map(ofNode).toList()));
    }
}
