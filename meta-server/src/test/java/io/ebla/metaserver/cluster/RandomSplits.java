package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.SplitOperation.Phase;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/**
 * Commands about splits: what a leader proposes and nodes report, early, late, twice, and of other splits.
 */
final class RandomSplits {

    private final Random random;
    private final Function<NodeId, NodeDescriptor> runs;
    private int operations;

    RandomSplits(Random random, Function<NodeId, NodeDescriptor> runs) {
        this.random = random;
        this.runs = runs;
    }

    ClusterCommand begin(ClusterState state, long at) {
        TabletId tablet =
                state.tablets().isEmpty() || random.nextInt(10) == 0
                        ? new TabletId(1 + random.nextInt(30))
                        : any(state.tablets().keySet());
        boolean unasked = operations % 2 == 0;
        return new SplitCommand.Begin(
                "s" + operations++,
                tablet,
                random.nextBoolean() ? "" : bound(),
                false,
                unasked,
                at);
    }

    private String bound() {
        return String.format("%02x", 1 + random.nextInt(250))
                + (random.nextBoolean() ? String.format("%02x", 1 + random.nextInt(250)) : "");
    }

    ClusterCommand step(ClusterState state, long at) {
        if (state.splits().isEmpty()) {
            return begin(state, at);
        }
        SplitOperation split = any(state.splits().values());
        Phase phase = any(List.of(Phase.values()));
        Phase from = random.nextInt(8) == 0 ? any(List.of(Phase.values())) : split.phase();
        return new SplitCommand.Step(split.id(), from, phase, bound(), "", at);
    }

    ClusterCommand swap(ClusterState state, long at) {
        return state.splits().isEmpty()
                ? begin(state, at)
                : new SplitCommand.Swap(any(state.splits().values()).id(), at);
    }

    /** One node says which children it has open; as a rule of a split whose bound is known. */
    ClusterCommand opened(ClusterState state, long at) {
        if (state.splits().isEmpty()) {
            return begin(state, at);
        }
        SplitOperation split = any(state.splits().values());
        TabletDescriptor parent = state.tablets().get(split.tablet());
        if (parent == null || split.atHex().isEmpty()) {
            return step(state, at);
        }
        ReplicaDescriptor replica = any(parent.replicas());
        List<Holding> holdings = new ArrayList<>();
        for (TabletId child : List.of(split.low(), split.high())) {
            if (random.nextInt(8) > 0) {
                holdings.add(new Holding(child, replica.id().ofChild(child)));
            }
        }
        NodeDescriptor node = state.nodes().get(replica.node());
        NodeDescriptor says = node == null ? runs.apply(replica.node()) : node;
        return new ClusterCommand.ReplicasOpened(says.id(), says.incarnation(), holdings, at);
    }

    private <T> T any(Collection<T> of) {
        return of.stream().skip(random.nextInt(of.size())).findFirst().orElseThrow();
    }
}
