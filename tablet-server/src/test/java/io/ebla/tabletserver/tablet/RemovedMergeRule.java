package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterRules;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MergeCommand;
import io.ebla.metaserver.cluster.MergeOperation;
import io.ebla.metaserver.cluster.MergeOperation.Phase;
import io.ebla.tabletserver.store.Joining;
import io.ebla.tabletserver.store.Sealing;
import io.ebla.tabletserver.store.TabletStore;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Rules of merges, taken away; see {@link RemovedRule}. */
enum RemovedMergeRule implements RemovedRule {

    /** The merged tablet takes the place of both while the right one's master may serve still. */
    R7_BOTH_MASTERS_HAVE_IT_OPEN(ReshapeScenario.MERGED_WHILE_ONE_SYNCS, 20) {
        @Override
        public ClusterState applied(ClusterCommand command, ClusterState after) {
            return command instanceof ClusterCommand.ReplicasOpened ? withoutRight(after) : after;
        }
    },

    /** A tablet that is sealed answers strong reads by what it holds. */
    R6_WHO_IS_SEALED_SERVES_NOTHING(ReshapeScenario.MERGED_UNHEARD, 20) {
        @Override
        public RowTablet clients(GroupNode node, RowTablet tablet) {
            return new PlayedTablet(node, tablet) {
                @Override
                ReadLevel level(ReadLevel asked, RowKey key) {
                    Tablet open = node.tablet(tablet.id());
                    boolean sealed =
                            open != null
                                    && open.state() == TabletState.SERVING
                                    && GroupNode.leaseHolds(node, open)
                                    && open.pipeline().splitting().isShut();
                    return sealed ? ReadLevel.LOCAL : asked;
                }
            };
        }
    },

    /** A replica that is opened again does not know that its tablet is sealed. */
    R6_ONLY_EPOCHS_BEGIN_BEHIND_A_SEAL(RandomScenario.MERGES_ALONE, 150) {
        @Override
        public TabletStore store(GroupNode node, TabletStore store) {
            boolean sealed = store.sealing().isPresent();
            return new PlayedStore(store) {
                @Override
                public Optional<Sealing> sealing() {
                    return sealed ? Optional.empty() : super.sealing();
                }
            };
        }
    },

    /** A tablet forgets that a merge of it was given up. */
    R6_WHAT_IS_GIVEN_UP_NEVER_COMES(RandomScenario.MERGES_GIVEN_UP, 150) {
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

    /** A merge that was given up comes all the same once enough have it open. */
    R6_GIVEN_UP_OR_DONE(RandomScenario.MERGES_GIVEN_UP, 300) {
        @Override
        public ClusterState applied(ClusterCommand command, ClusterState after) {
            return command instanceof ClusterCommand.ReplicasOpened opened
                    ? takenBack(opened, after)
                    : after;
        }
    },

    /** A merged tablet's log begins in epoch 1, and its master's in epoch 2, whatever there was before. */
    R6_ITS_EPOCH_IS_ABOVE_BOTH(ReshapeScenario.MERGED_UNHEARD, 20) {
        @Override
        public Tampering ofOneLife() {
            return new LowEpochs();
        }
    },

    /** What is deleted while the copy is made is not deleted there. */
    R5_DELETES_ARE_COPIED_TOO(RandomScenario.MERGES, 150) {
        @Override
        public Joining joining(GroupNode node, Joining joining) {
            return new WithoutDeletes(joining);
        }
    },

    /** Stores that a split left are made one before what is not theirs is out of them. */
    R5_ONLY_WHAT_IS_IN_ORDER_IS_JOINED(RandomScenario.MERGES, 300) {
        @Override
        public boolean joinsAnything() {
            return true;
        }

        @Override
        public TabletStore store(GroupNode node, TabletStore store) {
            return new PlayedStore(store) {
                @Override
                public boolean settled() {
                    return true;
                }
            };
        }
    };

    private final Scenario scenario;
    private final int livesMax;

    RemovedMergeRule(Scenario scenario, int livesMax) {
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

    // ---------------------------------------------------------------- a swap too early

    /** As if the left one's master were that of the right one, too. */
    private static ClusterState withoutRight(ClusterState state) {
        for (MergeOperation merge : state.merges().values()) {
            TabletDescriptor left = state.tablets().get(merge.left());
            TabletDescriptor right = state.tablets().get(merge.right());
            boolean due = merge.phase() == Phase.SEALING && left != null && right != null;
            if (due && left.master() != null) {
                Mastership played =
                        new Mastership(
                                right.epoch(), left.master().node(), left.master().incarnation());
                ClusterState other =
                        Maps.with(
                                state,
                                each ->
                                        each == right
                                                ? right.withEpoch(right.epoch(), played)
                                                : each);
                ClusterState swapped = swapped(other, merge);
                if (swapped != null) {
                    return swapped;
                }
            }
        }
        return state;
    }

    /** Null when it is not due. */
    private static ClusterState swapped(ClusterState state, MergeOperation merge) {
        ClusterState swapped =
                ClusterRules.apply(state, new MergeCommand.Swap(merge.id(), 0)).state();
        return swapped.tablets().containsKey(merge.into()) ? swapped : null;
    }

    /** What nodes have open when it is given up, or have a moment later, counts as before. */
    private static ClusterState takenBack(
            ClusterCommand.ReplicasOpened opened, ClusterState state) {
        for (MergeOperation merge : state.merges().values()) {
            if (merge.phase() == Phase.UNSEALING) {
                ClusterState again = Maps.with(state, inPhase(merge, Phase.SEALING));
                ClusterState counted = ClusterRules.apply(again, opened).state();
                MergeOperation now = counted.merges().get(merge.id());
                return now.phase() == Phase.SEALING
                        ? Maps.with(counted, inPhase(now, Phase.UNSEALING))
                        : counted;
            }
        }
        return state;
    }

    private static MergeOperation inPhase(MergeOperation merge, Phase phase) {
        return new MergeOperation(
                merge.id(),
                merge.table(),
                merge.left(),
                merge.right(),
                merge.into(),
                phase,
                merge.opened(),
                merge.startedAtMillis(),
                merge.phaseSinceMillis(),
                0,
                merge.detail());
    }

    // ---------------------------------------------------------------- low epochs

    /**
     * Both that keep it above are taken away. A master whose epoch is not above that of its log does not
     * begin, and whoever is elected instead gets one that is; a log that begins low does no harm beneath a
     * master of a high epoch.
     */
    private static final class LowEpochs implements Tampering {
        private static final long OF_ITS_LOG = 1;
        private static final long OF_ITS_MASTER = 2;

        private final Set<TabletId> known = new HashSet<>();

        @Override
        public Joining joining(GroupNode node, Joining joining) {
            return new PlayedJoining(joining) {
                @Override
                public TabletStore.Applied finish(Sealing left, Sealing right) {
                    return super.finish(low(left), low(right));
                }
            };
        }

        /** As if it had been of an old epoch: store and log begin in the higher one of both. */
        private static Sealing low(Sealing seal) {
            TabletStore.Applied at = seal.position();
            return new Sealing(
                    seal.into(),
                    seal.left(),
                    seal.right(),
                    new TabletStore.Applied(
                            OF_ITS_LOG, at.index(), at.timestampMillis(), at.rows(), at.bytes()));
        }

        @Override
        public ClusterState applied(ClusterCommand command, ClusterState after) {
            ClusterState state = after;
            for (MergeOperation merge : after.merges().values()) {
                TabletDescriptor merged = after.tablets().get(merge.into());
                if (merge.phase() == Phase.DONE && merged != null && known.add(merge.into())) {
                    Mastership master = merged.master();
                    Mastership low =
                            new Mastership(OF_ITS_MASTER, master.node(), master.incarnation());
                    state =
                            Maps.with(
                                    state,
                                    each ->
                                            each == merged
                                                    ? merged.withEpoch(OF_ITS_MASTER, low)
                                                    : each);
                }
            }
            return state;
        }
    }

    // ---------------------------------------------------------------- rows that stay

    /** They are counted as deleted, for a seal tells how many rows there are. */
    private static final class WithoutDeletes extends PlayedJoining {

        WithoutDeletes(Joining joining) {
            super(joining);
        }

        @Override
        public void follow(TabletId tablet, List<LogEntry> entries) {
            super.follow(tablet, entries.stream().map(WithoutDeletes::without).toList());
        }

        private static LogEntry without(LogEntry entry) {
            List<Mutation> mutations =
                    entry.mutations().stream().map(WithoutDeletes::without).toList();
            return new LogEntry(
                    entry.tablet(),
                    entry.epoch(),
                    entry.index(),
                    entry.previousEpoch(),
                    entry.commitHint(),
                    entry.timestampMillis(),
                    entry.kind(),
                    entry.principal(),
                    mutations);
        }

        private static Mutation without(Mutation mutation) {
            return mutation instanceof Mutation.Delete delete
                    ? new Mutation.Delete(RowKey.of("nobody's"), delete.replaced())
                    : mutation;
        }
    }
}
