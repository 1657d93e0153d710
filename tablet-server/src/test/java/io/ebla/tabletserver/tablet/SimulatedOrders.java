package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.NewLearner;
import java.util.List;
import java.util.Random;

/** What operators ask of the {@link SimulatedMeta} about where things are. */
final class SimulatedOrders {

    private final SimulatedMeta meta;
    private final Random random;

    SimulatedOrders(SimulatedMeta meta, Random random) {
        this.meta = meta;
        this.random = random;
    }

    /** Some replica is to go there. */
    void move(GroupNode to) {
        TabletDescriptor tablet = meta.tablet();
        List<ReplicaDescriptor> members = tablet.members();
        NodeId from = members.get(random.nextInt(members.size())).node();
        NewLearner learner =
                NewLearner.move(
                        tablet.id(), tablet.epoch(), from, to.id, ReplicaId.of(meta.name()), "");
        meta.submit(new ClusterCommand.AddLearners(List.of(learner), 0));
    }

    /** At most one node is drained at a time, so that there is room. */
    void drainOrNot(GroupNode node) {
        if (meta.state().administration().drained().isEmpty()) {
            begin(ClusterTask.Kind.DRAIN, node.id);
        } else {
            undrainAll();
        }
    }

    void undrainAll() {
        meta.state()
                .administration()
                .drained()
                .forEach(drained -> begin(ClusterTask.Kind.UNDRAIN, drained));
    }

    private void begin(ClusterTask.Kind kind, NodeId node) {
        ClusterTask task = ClusterTask.begun(meta.name(), kind, node, 0, 0, "");
        meta.submit(new ClusterCommand.BeginTask(task, 0));
    }
}
