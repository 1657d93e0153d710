package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.NewLearner;
import io.ebla.metaserver.cluster.SplitCommand;
import io.ebla.metaserver.cluster.SplitOperation;
import io.ebla.metaserver.cluster.SplitOperation.Phase;
import java.util.List;
import java.util.Random;

/** What operators ask of the {@link SimulatedMeta} about where things are. */
final class SimulatedOrders {

    private static final List<String> SPLIT_AT = List.of("b", "c", "d", "x", "y");

    private final SimulatedMeta meta;
    private final Random random;

    SimulatedOrders(SimulatedMeta meta, Random random) {
        this.meta = meta;
        this.random = random;
    }

    /** Some replica is to go there. */
    void move(GroupNode to) {
        TabletDescriptor tablet = meta.anyTablet();
        List<ReplicaDescriptor> members = tablet.members();
        NodeId from = members.get(random.nextInt(members.size())).node();
        NewLearner learner =
                NewLearner.move(
                        tablet.id(), tablet.epoch(), from, to.id, ReplicaId.of(meta.name()), "");
        meta.submit(new ClusterCommand.AddLearners(List.of(learner), 0));
    }

    /** A tablet that has some rows on either side, in the middle or where it is said. */
    void split(boolean middle) {
        TabletDescriptor tablet = meta.anyTablet();
        List<String> within =
                SPLIT_AT.stream()
                        .map(key -> KeyRange.boundOfPk(RowKey.of(key).pk()).toString())
                        .filter(at -> at.compareTo(tablet.fromHex()) > 0)
                        .filter(at -> tablet.toHex().isEmpty() || at.compareTo(tablet.toHex()) < 0)
                        .toList();
        if (!within.isEmpty()) {
            String at = middle ? "" : within.get(random.nextInt(within.size()));
            meta.submit(new SplitCommand.Begin(meta.name(), tablet.id(), at, meta.wallMillis()));
        }
    }

    /** As if some split took too long. */
    void cancelSplit() {
        for (SplitOperation split : meta.state().splits().values()) {
            if (split.phase() == Phase.SPLITTING) {
                meta.submit(
                        new SplitCommand.Step(
                                split.id(),
                                Phase.SPLITTING,
                                Phase.CANCELLING,
                                "",
                                "it took too long",
                                meta.wallMillis()));
                return;
            }
        }
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
