package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.MergeOperation.Phase;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/**
 * Commands about merges: what a leader proposes and nodes report, early, late, twice, and of other merges.
 */
final class RandomMerges {

    private final Random random;
    private final Function<NodeId, NodeDescriptor> runs;
    private int operations;

    RandomMerges(Random random, Function<NodeId, NodeDescriptor> runs) {
        this.random = random;
        this.runs = runs;
    }

    ClusterCommand begin(ClusterState state, long at) {
        TabletId tablet =
                state.tablets().isEmpty() || random.nextInt(10) == 0
                        ? new TabletId(1 + random.nextInt(30))
                        : any(state.tablets().keySet());
        return new MergeCommand.Begin("m" + operations++, tablet, at);
    }

    /** As a rule the next phase, judged from the one that it is in. */
    ClusterCommand step(ClusterState state, long at) {
        if (state.merges().isEmpty()) {
            return begin(state, at);
        }
        MergeOperation merge = some(state);
        boolean wild = random.nextInt(4) == 0;
        Phase from = wild ? any(List.of(Phase.values())) : merge.phase();
        Phase next =
                wild || from.ended() || random.nextInt(4) == 0
                        ? any(List.of(Phase.values()))
                        : Phase.values()[from.ordinal() + 1];
        return new MergeCommand.Step(merge.id(), from, next, "", at);
    }

    ClusterCommand swap(ClusterState state, long at) {
        return state.merges().isEmpty()
                ? begin(state, at)
                : new MergeCommand.Swap(some(state).id(), at);
    }

    /** One node says that it has the merged tablet open. */
    ClusterCommand opened(ClusterState state, long at) {
        if (state.merges().isEmpty()) {
            return begin(state, at);
        }
        MergeOperation merge = some(state);
        TabletDescriptor left = state.tablets().get(merge.left());
        if (left == null) {
            return step(state, at);
        }
        ReplicaDescriptor replica = any(left.replicas());
        Holding holding = new Holding(merge.into(), replica.id().ofChild(merge.into()));
        NodeDescriptor node = state.nodes().get(replica.node());
        NodeDescriptor says = node == null ? runs.apply(replica.node()) : node;
        return new ClusterCommand.ReplicasOpened(
                says.id(), says.incarnation(), List.of(holding), at);
    }

    /** One that runs, if there is any. */
    private MergeOperation some(ClusterState state) {
        List<MergeOperation> running =
                state.merges().values().stream().filter(each -> !each.phase().ended()).toList();
        boolean over = running.isEmpty() || random.nextInt(6) == 0;
        return over ? any(state.merges().values()) : any(running);
    }

    private <T> T any(Collection<T> of) {
        return of.stream().skip(random.nextInt(of.size())).findFirst().orElseThrow();
    }
}
