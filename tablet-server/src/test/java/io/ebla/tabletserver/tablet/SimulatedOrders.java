package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.cluster.MergeCommand;
import io.ebla.metaserver.cluster.MergeOperation;
import io.ebla.metaserver.cluster.NewLearner;
import io.ebla.metaserver.cluster.SplitCommand;
import io.ebla.metaserver.cluster.SplitOperation;
import io.ebla.metaserver.cluster.SplitOperation.Phase;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** What operators ask of the {@link SimulatedMeta} about where things are. */
final class SimulatedOrders {

    private static final List<String> SPLIT_AT = List.of("b", "c", "d", "x", "y");

    private final SimulatedMeta meta;
    private final Random random;
    private long roomNotBeforeNanos;
    private final Set<String> considered = new HashSet<>();

    SimulatedOrders(SimulatedMeta meta, Random random) {
        this.meta = meta;
        this.random = random;
    }

    /** Some replica is to go there. */
    void move(GroupNode to) {
        move(meta.anyTablet(), to);
    }

    void move(TabletDescriptor tablet, GroupNode to) {
        List<ReplicaDescriptor> members = tablet.members();
        NodeId from = members.get(random.nextInt(members.size())).node();
        NewLearner learner =
                NewLearner.move(
                        tablet.id(), tablet.epoch(), from, to.id, ReplicaId.of(meta.name()), "");
        meta.submit(new ClusterCommand.AddLearners(List.of(learner), 0));
    }

    /** The master of some tablet is to be another. */
    void handOver(GroupNode to) {
        handOver(meta.anyTablet(), to);
    }

    void handOver(TabletDescriptor tablet, GroupNode to) {
        if (tablet.master() != null && !tablet.master().node().equals(to.id)) {
            meta.submit(handOver(meta.name(), tablet.id(), tablet, to.id));
        }
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

    /** What is refused as it cannot be (any more): somebody had an old map, or mistook a name. */
    void mistake(GroupNode node) {
        TabletDescriptor tablet = meta.anyTablet();
        String id = meta.name();
        meta.submit(
                switch (random.nextInt(6)) {
                    case 0 -> new SplitCommand.Begin(id, tablet.id(), outside(tablet), 0);
                    case 1 -> new SplitCommand.Begin(id, LocalGroup.TABLET, "", meta.wallMillis());
                    case 2 -> handOver(id, LocalGroup.TABLET, tablet, node.id);
                    case 3 -> handOver(id, tablet.id(), tablet, node.id);
                    case 4 -> undrain(id, node.id);
                    default -> new ClusterCommand.ForgetNode(node.id, node.incarnation(), 0);
                });
    }

    private static String outside(TabletDescriptor tablet) {
        return tablet.toHex().isEmpty() ? tablet.fromHex() : tablet.toHex();
    }

    private static ClusterCommand handOver(
            String id, TabletId of, TabletDescriptor known, NodeId to) {
        NodeId from = known.master() == null ? new NodeId("nobody") : known.master().node();
        return new ClusterCommand.BeginHandOvers(
                List.of(
                        new HandOver(
                                id,
                                of,
                                known.epoch(),
                                from,
                                to.equals(from) ? new NodeId("nowhere") : to,
                                HandOver.Phase.ASKING,
                                0,
                                0,
                                "")),
                0);
    }

    private static ClusterCommand undrain(String id, NodeId node) {
        return new ClusterCommand.BeginTask(
                ClusterTask.begun(id, ClusterTask.Kind.UNDRAIN, node, 0, 0, ""), 0);
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

    /** A tablet that is not the last. */
    void merge() {
        List<TabletDescriptor> all = meta.tablets();
        if (all.size() > 1) {
            TabletDescriptor left = all.get(random.nextInt(all.size() - 1));
            meta.submit(new MergeCommand.Begin(meta.name(), left.id(), meta.wallMillis()));
        }
    }

    /** Half of the merges take too long that are to be sealed now, by a moment. */
    void giveUpWhatIsSealed() {
        boolean seals =
                meta.state().merges().values().stream()
                        .filter(merge -> merge.phase() == MergeOperation.Phase.SEALING)
                        .anyMatch(merge -> considered.add(merge.id()));
        if (seals && random.nextBoolean()) {
            meta.group().after(random.nextInt(25) * Timeline.MILLI, this::giveUpMerge);
        }
    }

    /** As if some merge took too long. */
    void giveUpMerge() {
        for (MergeOperation merge : meta.state().merges().values()) {
            MergeOperation.Phase next =
                    switch (merge.phase()) {
                        case ALIGNING, COPYING -> MergeOperation.Phase.ABORTED;
                        case SEALING -> MergeOperation.Phase.UNSEALING;
                        default -> null;
                    };
            if (next != null) {
                meta.submit(
                        new MergeCommand.Step(
                                merge.id(),
                                merge.phase(),
                                next,
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

    /** Balance is to be, or is not to be for now. */
    void balance() {
        List<ClusterTask.Kind> kinds =
                List.of(
                        ClusterTask.Kind.REBALANCE,
                        ClusterTask.Kind.PAUSE_BALANCING,
                        ClusterTask.Kind.RESUME_BALANCING,
                        ClusterTask.Kind.RESUME_BALANCING);
        begin(kinds.get(random.nextInt(kinds.size())), null);
    }

    void undrainAll() {
        meta.state()
                .administration()
                .drained()
                .forEach(drained -> begin(ClusterTask.Kind.UNDRAIN, drained));
    }

    /** Where several nodes were drained, as their orders met, there may be too few for all copies. */
    void makeRoom() {
        boolean due = meta.group().nowNanos() >= roomNotBeforeNanos;
        if (due && meta.state().administration().drained().size() > 1) {
            roomNotBeforeNanos = meta.group().nowNanos() + 200 * Timeline.MILLI;
            undrainAll();
        }
    }

    private void begin(ClusterTask.Kind kind, NodeId node) {
        ClusterTask task = ClusterTask.begun(meta.name(), kind, node, 0, 0, "");
        meta.submit(new ClusterCommand.BeginTask(task, 0));
    }
}
