package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.MetaApi.TabletStatus;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.cluster.ReplicaOperation;
import io.ebla.metaserver.placement.Balance.Item;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The tablets as balance looks at them: where they are when what is under way is done, and what they weigh.
 */
final class BalanceItems {

    private final Health health;
    private final ClusterState state;
    private final Set<TabletId> resting;
    private final Attempts attempts;

    /** @param resting tablets for which nothing is to be done now */
    BalanceItems(Health health, ClusterState state, Set<TabletId> resting, Attempts attempts) {
        this.health = health;
        this.state = state;
        this.resting = resting;
        this.attempts = attempts;
    }

    List<Item> all() {
        Map<TabletId, HandOver> handOvers = new HashMap<>();
        for (HandOver each : state.handOvers().values()) {
            if (!each.phase().ended()) {
                handOvers.put(each.tablet(), each);
            }
        }
        List<Item> items = new ArrayList<>(state.tablets().size());
        for (TabletDescriptor tablet : state.tablets().values()) {
            items.add(item(tablet, handOvers.get(tablet.id())));
        }
        return items;
    }

    /** As it is when what is under way is done. */
    private Item item(TabletDescriptor tablet, HandOver handOver) {
        List<NodeId> nodes =
                new ArrayList<>(tablet.members().stream().map(ReplicaDescriptor::node).toList());
        for (ReplicaDescriptor replica : tablet.replicas()) {
            if (replica.learner() && !nodes.contains(replica.node())) {
                replaced(tablet, replica).ifPresent(nodes::remove);
                nodes.add(replica.node());
            }
        }
        NodeId master = tablet.master() == null ? null : tablet.master().node();
        boolean onlyCopyMoves = master != null && nodes.size() == 1 && !nodes.contains(master);
        NodeId next = onlyCopyMoves ? nodes.get(0) : handOver == null ? master : handOver.to();
        return new Item(
                tablet.id(),
                nodes,
                next,
                bytes(tablet),
                health.load(tablet.id()),
                isLoadKnown(tablet),
                !resting.contains(tablet.id()) && master != null && isCounted(tablet),
                attempts.barred(tablet.id()));
    }

    private long bytes(TabletDescriptor tablet) {
        return tablet.members().stream()
                .flatMap(each -> health.status(state, tablet, each).stream())
                .mapToLong(TabletStatus::bytes)
                .max()
                .orElse(0);
    }

    /** Of a master that says nothing, and has not for so long that it counts as lost, there is none. */
    private boolean isLoadKnown(TabletDescriptor tablet) {
        return health.masterStatus(state, tablet).isEmpty() || health.isLoadKnown(tablet.id());
    }

    /** After a split bytes are a guess, and a store that is not counted is not copied. */
    private boolean isCounted(TabletDescriptor tablet) {
        return health.masterStatus(state, tablet).map(TabletStatus::counted).orElse(true);
    }

    /** The node whose replica a learner takes the place of: as it was told, or else a lost one's. */
    private Optional<NodeId> replaced(TabletDescriptor tablet, ReplicaDescriptor learner) {
        ReplicaOperation operation = state.replicaOperations().get(learner.id().value());
        return operation != null && operation.from() != null
                ? Optional.of(operation.from())
                : tablet.members().stream()
                        .filter(ReplicaDescriptor::lost)
                        .map(ReplicaDescriptor::node)
                        .findFirst();
    }
}
