package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeApi.FenceAnswer;
import io.ebla.core.cluster.NodeApi.FenceResult;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterRules;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaMessage.Append;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Rules of epochs, elections and replica sets, taken away; see {@link RemovedRule}. */
enum RemovedElectionRule implements RemovedRule {

    /** A restarted process takes the mastership of the run before it for its own. */
    E1_MASTERSHIP_NAMES_A_RUN(RandomScenario.MASTERS_RESTART, 100) {
        @Override
        public ClusterMap map(GroupNode node, ClusterMap map) {
            return Maps.with(map, tablet -> takenFor(node, tablet));
        }

        private TabletDescriptor takenFor(GroupNode node, TabletDescriptor tablet) {
            Mastership master = tablet.master();
            return master == null || !master.node().equals(node.id)
                    ? tablet
                    : tablet.withEpoch(
                            tablet.epoch(),
                            new Mastership(tablet.epoch(), node.id, node.incarnation()));
        }
    },

    /**
     * A winner is told before it is recorded, and an election that another leader resumes keeps its epoch.
     * Either alone is made good by the other.
     */
    E2_RECORDED_BEFORE_TOLD_AND_RESUMED_ANEW(RandomScenario.META_LEADERS, 300) {
        @Override
        public boolean tellsBeforeWritten(ClusterCommand command) {
            return command instanceof ClusterCommand.RecordWinners;
        }

        @Override
        public ClusterState seen(ClusterState state) {
            return Maps.with(state, tablet -> resumed(state, tablet));
        }

        /** Above what was given out it takes an epoch as ever. */
        @Override
        public ClusterCommand proposed(ClusterState state, ClusterCommand command) {
            return command instanceof ClusterCommand.BeginElections begin
                    ? new ClusterCommand.BeginElections(
                            begin.epochs().stream().map(each -> above(state, each)).toList(),
                            begin.at())
                    : command;
        }

        private ClusterCommand.NewEpoch above(ClusterState state, ClusterCommand.NewEpoch given) {
            long epoch = state.tablets().get(given.tablet()).epoch();
            return given.epoch() > epoch
                    ? new ClusterCommand.NewEpoch(given.tablet(), epoch, given.epoch())
                    : given;
        }

        private TabletDescriptor resumed(ClusterState state, TabletDescriptor tablet) {
            boolean open = tablet.master() == null && state.elections().containsKey(tablet.id());
            return open ? tablet.withEpoch(tablet.epoch() - 1, null) : tablet;
        }
    },

    /** A replica change is over as soon as it is written: the former set is asked nothing. */
    E3_BOTH_SETS(ReplicaScenario.CHANGE_UNHEARD, 20) {
        @Override
        public ClusterState applied(ClusterCommand command, ClusterState after) {
            TabletDescriptor tablet = after.tablets().get(LocalGroup.TABLET);
            return tablet == null || tablet.previousReplicas().isEmpty()
                    ? after
                    : ClusterRules.apply(
                                    after,
                                    new ClusterCommand.SettleReplicas(
                                            List.of(
                                                    new ClusterCommand.Settled(
                                                            tablet.id(), tablet.epoch())),
                                            0))
                            .state();
        }
    },

    /** A learner counts in quorums, in the place of a member that it has not taken yet. */
    E3_LEARNERS_COUNT_NOWHERE(RandomScenario.MOVES, 300) {
        @Override
        public ClusterMap map(GroupNode node, ClusterMap map) {
            return Maps.with(map, RemovedElectionRule::counting);
        }
    },

    /** A promise is answered before it is on the disk. */
    E4_PROMISE_IS_DURABLE(LeaseScenario.FORGOTTEN_PROMISES, 5) {
        @Override
        public Oplog oplog(GroupNode node, Oplog oplog) {
            return HastyOplog.of(oplog, "promise");
        }
    },

    /** Entries are acknowledged before they are on the disk. */
    E4_ACKNOWLEDGED_IS_DURABLE(RandomScenario.OF_THREE, 300) {
        @Override
        public Oplog oplog(GroupNode node, Oplog oplog) {
            return HastyOplog.of(oplog, "append", "follow");
        }
    },

    /** Any log of a majority is as good as another. */
    E5_LONGEST_LOG_WINS(RandomScenario.OF_THREE, 100) {
        @Override
        public FenceAnswer answer(GroupNode from, FenceAnswer answer) {
            return with(answer, 0, 0);
        }
    },

    /** The longer log wins, of whatever epoch its end is. */
    E5_EPOCH_BEFORE_INDEX(RandomScenario.LONELY_MASTERS, 600) {
        @Override
        public FenceAnswer answer(GroupNode from, FenceAnswer answer) {
            return with(answer, 0, answer.lastIndex());
        }
    },

    /** Whatever epoch the entry before has at the follower, it is taken for the right one. */
    E6_PREVIOUS_ENTRY_MATCHES(RandomScenario.OF_THREE, 150) {
        @Override
        public ReplicaMessage message(GroupNode target, ReplicaMessage message) {
            if (!(message instanceof Append append)
                    || target.tablet() == null
                    || append.previousIndex() > target.tablet().pipeline().appendedIndex()) {
                return message;
            }
            long here = target.tablet().parts().history().epochAt(append.previousIndex());
            return new Append(
                    append.tablet(),
                    append.epoch(),
                    append.to(),
                    Math.max(0, here),
                    append.previousIndex(),
                    append.entries(),
                    append.commitIndex(),
                    append.masterTimeMillis());
        }
    },

    /** A fence is answered, and its replica goes on taking what older masters send. */
    E7_FENCED_REFUSES_APPENDS(RandomScenario.LONELY_MASTERS, 200) {
        @Override
        public Optional<FenceAnswer> fence(GroupNode node, long epoch) {
            Tablet tablet = node.tablet();
            if (tablet == null || !tablet.state().follows() && !tablet.state().masters()) {
                return Optional.empty();
            }
            WritePipeline pipeline = tablet.pipeline();
            return Optional.of(
                    new FenceAnswer(
                            tablet.id(),
                            FenceResult.FENCED,
                            pipeline.assignment().replicas().self().id(),
                            epoch,
                            pipeline.epoch(),
                            pipeline.durableIndex(),
                            pipeline.committedIndex(),
                            0));
        }
    },

    /** A new disk goes on under the old names, and what it lost counts as held. */
    E10_A_REPLICA_IS_ITS_DATA(RandomScenario.NEW_DISKS, 150) {
        @Override
        public boolean keepsIdentity() {
            return true;
        }
    },

    /** What a quorum holds of an older epoch is committed before the new epoch has begun. */
    E11_EPOCH_START_COMMITS(RandomScenario.SLOW_INHERITANCE, 900) {
        @Override
        public Tampering ofOneLife() {
            return new EarlyCommit();
        }
    },

    /** A master is replaced as planned without having brought its successor to its head. */
    E12_TARGET_REACHES_THE_HEAD(RandomScenario.HAND_OVERS, 300) {
        @Override
        public Optional<NodeApi.HandedOver> handOver(GroupNode master, NodeId target) {
            return Optional.of(new NodeApi.HandedOver(true, ""));
        }
    };

    private final Scenario scenario;
    private final int livesMax;

    RemovedElectionRule(Scenario scenario, int livesMax) {
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

    private static FenceAnswer with(FenceAnswer answer, long lastEpoch, long lastIndex) {
        return new FenceAnswer(
                answer.tablet(),
                answer.result(),
                answer.replica(),
                answer.promisedEpoch(),
                lastEpoch,
                lastIndex,
                answer.committedIndex(),
                answer.timestampMillis());
    }

    /** With its learner as a member, and without a member that is not master. */
    private static TabletDescriptor counting(TabletDescriptor tablet) {
        List<ReplicaDescriptor> learners =
                tablet.replicas().stream().filter(ReplicaDescriptor::learner).toList();
        List<ReplicaDescriptor> slaves =
                tablet.members().stream()
                        .filter(each -> tablet.master() != null)
                        .filter(each -> !each.node().equals(tablet.master().node()))
                        .toList();
        if (learners.isEmpty() || slaves.isEmpty() || !learners.get(0).opened()) {
            return tablet;
        }
        List<ReplicaDescriptor> replicas = new ArrayList<>(tablet.replicas());
        replicas.remove(slaves.get(slaves.size() - 1));
        replicas.replaceAll(each -> each.equals(learners.get(0)) ? each.asMember() : each);
        return tablet.withReplicas(replicas, tablet.previousReplicas());
    }
}
