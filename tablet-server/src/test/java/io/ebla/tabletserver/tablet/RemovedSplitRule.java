package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterRules;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.SplitCommand;
import io.ebla.metaserver.cluster.SplitOperation;
import io.ebla.metaserver.cluster.SplitOperation.Phase;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.store.Division;
import io.ebla.tabletserver.store.TabletStore;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Rules of splits, taken away; see {@link RemovedRule}. */
enum RemovedSplitRule implements RemovedRule {

    /** Who has the children open is their master, whatever the master of their parent knows. */
    R1_WHO_SPLIT_IS_MASTER(ReshapeScenario.SPLIT_WHILE_THE_MASTER_SYNCS, 20) {
        @Override
        public ClusterState applied(ClusterCommand command, ClusterState after) {
            return command instanceof ClusterCommand.ReplicasOpened ? ofAnother(after) : after;
        }
    },

    /** The log of a child goes on behind another entry than the SPLIT. */
    R3_A_CHILDS_LOG_BEGINS_AT_THE_SPLIT(RandomScenario.SPLITS, 20) {
        @Override
        public Oplog oplog(GroupNode node, Oplog oplog) {
            return TamperedOplog.of(
                    oplog,
                    new TamperedOplog.Change() {
                        @Override
                        public void before(String method, Object[] arguments) {
                            if (method.equals("restart")
                                    && oplog.tail((TabletId) arguments[0]).isEmpty()) {
                                arguments[2] = (long) arguments[2] + 1;
                            }
                        }
                    });
        }
    },

    /** What a second leader hears of the middle takes the place of what the first one wrote down. */
    R4_THE_BOUND_IS_FIXED_ONCE(RandomScenario.SPLITS_IN_THE_MIDDLE, 60) {
        @Override
        public Tampering ofOneLife() {
            return new SecondBound();
        }
    },

    /** A tablet forgets that a split of it was cancelled. */
    R4_WHAT_IS_CANCELLED_NEVER_COMES(ReplicaScenario.CANCELLED_IS_ASKED_FOR, 5) {
        @Override
        public TabletStore store(GroupNode node, TabletStore store) {
            return new PlayedStore(store) {
                @Override
                public long cancelledSplit() {
                    return 0;
                }
            };
        }
    },

    /** A replica that is opened again does not know that its tablet has ended. */
    R4_ONLY_EPOCHS_BEGIN_BEHIND_A_SPLIT(RandomScenario.SPLITS, 150) {
        @Override
        public TabletStore store(GroupNode node, TabletStore store) {
            boolean ended = store.division().isPresent();
            return new PlayedStore(store) {
                @Override
                public Optional<Division> division() {
                    return ended ? Optional.empty() : super.division();
                }
            };
        }
    },

    /** The children take the parent's place as soon as its master has them open. */
    R2_A_MAJORITY_HAS_THE_CHILDREN(ReshapeScenario.SPLIT_BY_ONE_WHOSE_DISK_IS_LOST, 20) {
        @Override
        public ClusterState applied(ClusterCommand command, ClusterState after) {
            return command instanceof ClusterCommand.ReplicasOpened opened
                    ? swapped(opened, after)
                    : after;
        }
    },

    /** A parent that has ended answers strong reads by what it holds. */
    R4_WHO_APPLIED_SPLIT_SERVES_NOTHING(ReshapeScenario.SPLIT_UNHEARD, 20) {
        @Override
        public RowTablet clients(GroupNode node, RowTablet tablet) {
            return new PlayedTablet(node, tablet) {
                @Override
                ReadLevel level(ReadLevel asked, RowKey key) {
                    Tablet open = node.tablet(tablet.id());
                    boolean ended =
                            open != null
                                    && open.state() == TabletState.SERVING
                                    && open.pipeline().splitting().isSplit();
                    return ended ? ReadLevel.LOCAL : asked;
                }
            };
        }
    };

    private final Scenario scenario;
    private final int livesMax;

    RemovedSplitRule(Scenario scenario, int livesMax) {
        this.scenario = scenario;
        this.livesMax = livesMax;
    }

    @Override
    public Scenario scenario() {
        return scenario;
    }

    @Override
    public int livesMax() {
        return livesMax;
    }

    // ---------------------------------------------------------------- a second bound

    /**
     * Some time after the bound was written down another is, once for each split that was left to find it.
     */
    private static final class SecondBound implements Tampering {
        private final Set<String> known = new HashSet<>();
        private final Set<String> replaced = new HashSet<>();

        @Override
        public ClusterState applied(ClusterCommand command, ClusterState after) {
            ClusterState state = after;
            for (SplitOperation split : after.splits().values()) {
                boolean found =
                        split.wantedHex().isEmpty()
                                && (split.phase() == Phase.SPLITTING
                                        || split.phase() == Phase.SPLIT);
                if (found && !known.add(split.id()) && replaced.add(split.id())) {
                    state = Maps.with(state, split(split, other(state, split), split.opened()));
                }
            }
            return state;
        }

        private static String other(ClusterState state, SplitOperation split) {
            TabletDescriptor tablet = state.tablets().get(split.tablet());
            return Stream.of("b", "c", "d", "x")
                    .map(key -> KeyRange.boundOfPk(RowKey.of(key).pk()).toString())
                    .filter(at -> !at.equals(split.atHex()))
                    .filter(at -> at.compareTo(tablet.fromHex()) > 0)
                    .filter(at -> tablet.toHex().isEmpty() || at.compareTo(tablet.toHex()) < 0)
                    .findFirst()
                    .orElse(split.atHex());
        }
    }

    private static SplitOperation split(SplitOperation split, String at, List<ReplicaId> opened) {
        return new SplitOperation(
                split.id(),
                split.tablet(),
                split.table(),
                split.wantedHex(),
                split.byLoad(),
                split.unasked(),
                at,
                split.low(),
                split.high(),
                split.phase(),
                opened,
                split.startedAtMillis(),
                split.endedAtMillis(),
                split.detail());
    }

    // ---------------------------------------------------------------- a swap without the master

    /** As if one of those who have the children open had split their parent. */
    private static ClusterState ofAnother(ClusterState state) {
        for (SplitOperation split : state.splits().values()) {
            TabletDescriptor parent = state.tablets().get(split.tablet());
            List<NodeId> open =
                    parent == null || parent.master() == null
                            ? List.of()
                            : split.openAtMajority(parent);
            if (!open.isEmpty() && !open.contains(parent.master().node())) {
                NodeId other = open.get(0);
                Mastership played =
                        new Mastership(
                                parent.epoch(), other, state.nodes().get(other).incarnation());
                ClusterState of =
                        Maps.with(
                                state,
                                each ->
                                        each == parent
                                                ? parent.withEpoch(parent.epoch(), played)
                                                : each);
                return ClusterRules.apply(of, new SplitCommand.Swap(split.id(), 0)).state();
            }
        }
        return state;
    }

    // ---------------------------------------------------------------- a swap without a majority

    /** As if the parent's master were its only member; the others are told of the children afterwards. */
    private static ClusterState swapped(ClusterCommand.ReplicasOpened opened, ClusterState state) {
        for (Holding holding : opened.replicas()) {
            for (SplitOperation split : state.splits().values()) {
                TabletDescriptor parent = state.tablets().get(split.tablet());
                boolean child =
                        split.phase() == Phase.SPLIT
                                && (split.low().equals(holding.tablet())
                                        || split.high().equals(holding.tablet()));
                if (child && parent != null && parent.master() != null) {
                    return swapped(state, split, parent);
                }
            }
        }
        return state;
    }

    private static ClusterState swapped(
            ClusterState state, SplitOperation split, TabletDescriptor parent) {
        NodeId master = parent.master().node();
        List<ReplicaDescriptor> alone =
                parent.replicas().stream().filter(each -> each.node().equals(master)).toList();
        ClusterState few = Maps.with(state, each -> each == parent ? with(parent, alone) : each);
        ClusterState swapped =
                ClusterRules.apply(few, new SplitCommand.Swap(split.id(), 0)).state();
        if (!swapped.tablets().containsKey(split.low())) {
            return state;
        }
        List<ReplicaDescriptor> others =
                parent.replicas().stream().filter(each -> !each.node().equals(master)).toList();
        ClusterState whole =
                Maps.with(
                        swapped,
                        each ->
                                split.low().equals(each.id()) || split.high().equals(each.id())
                                        ? with(each, all(each, others))
                                        : each);
        return Maps.droppedAlsoBy(
                whole, parent.id(), others.stream().map(ReplicaDescriptor::node).toList());
    }

    private static List<ReplicaDescriptor> all(
            TabletDescriptor child, List<ReplicaDescriptor> others) {
        return Stream.concat(
                        child.replicas().stream(),
                        others.stream()
                                .map(
                                        each ->
                                                new ReplicaDescriptor(
                                                        each.node(),
                                                        each.id().ofChild(child.id()),
                                                        false,
                                                        false)))
                .toList();
    }

    private static TabletDescriptor with(
            TabletDescriptor tablet, List<ReplicaDescriptor> replicas) {
        return new TabletDescriptor(
                tablet.id(),
                tablet.table(),
                tablet.fromHex(),
                tablet.toHex(),
                replicas,
                tablet.epoch(),
                tablet.master());
    }
}
