package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.MetaApi.Follower;
import io.ebla.core.cluster.MetaApi.ReplicaCondition;
import io.ebla.core.cluster.MetaApi.TabletStatus;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.election.Ballot.Fitness;
import io.ebla.metaserver.election.Candidates;
import io.ebla.metaserver.liveness.Liveness;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** What the nodes' reports say, as questions that the leader's procedures ask. Of the leader's thread. */
final class Health implements Candidates {

    private final Liveness liveness;
    private final ProcedureSettings settings;
    private final Emptied emptied = new Emptied();

    Health(Liveness liveness, ProcedureSettings settings) {
        this.liveness = liveness;
        this.settings = settings;
    }

    @Override
    public Fitness fitness(NodeDescriptor node, TabletDescriptor tablet) {
        if (clockIsOff(node) || condition(node, tablet.id()) != ReplicaCondition.HEALTHY) {
            return Fitness.UNFIT;
        }
        boolean ending = liveness.isLeaving(node) || !lives(node);
        return ending ? Fitness.RELUCTANT : Fitness.FIT;
    }

    /** T2. */
    boolean clockIsOff(NodeDescriptor node) {
        return Math.abs(liveness.clockOffsetMillis(node)) > settings.maxClockOffsetMillis();
    }

    @Override
    public boolean reachable(NodeDescriptor node) {
        return lives(node);
    }

    /** Whether it is not down; one that is silent only for a moment lives. */
    boolean lives(NodeDescriptor node) {
        return liveness.state(node) != Liveness.State.DOWN;
    }

    /** Whether this leader has heard of that run. */
    boolean reported(NodeDescriptor node) {
        return liveness.heardLately(node);
    }

    boolean lives(ClusterState state, NodeId id) {
        NodeDescriptor node = state.nodes().get(id);
        return node != null && lives(node);
    }

    /** Whether it could take something new. */
    boolean stays(ClusterState state, NodeId id) {
        NodeDescriptor node = state.nodes().get(id);
        return node != null
                && reported(node)
                && !liveness.isLeaving(node)
                && !state.administration().isDrained(id);
    }

    /** Whether so few nodes live that nothing should be moved; emptied ones that are gone were not needed. */
    boolean fewLive(ClusterState state) {
        int live = 0;
        int known = 0;
        for (NodeDescriptor node : state.nodes().values()) {
            boolean lives = lives(node);
            live += lives ? 1 : 0;
            known += lives || !emptied.contains(state, node.id()) ? 1 : 0;
        }
        return live < settings.liveShare() * known;
    }

    ReplicaCondition condition(NodeDescriptor node, TabletId tablet) {
        return liveness.status(node, tablet)
                .map(TabletStatus::condition)
                .orElse(ReplicaCondition.HEALTHY);
    }

    /** What a node says of that replica, and not of another it may have of the tablet. */
    Optional<TabletStatus> status(
            ClusterState state, TabletDescriptor tablet, ReplicaDescriptor replica) {
        NodeDescriptor node = state.nodes().get(replica.node());
        return node == null
                ? Optional.empty()
                : liveness.status(node, tablet.id())
                        .filter(status -> replica.id().equals(status.replica()));
    }

    /** What the recorded run of the master says of itself. */
    Optional<TabletStatus> masterStatus(ClusterState state, TabletDescriptor tablet) {
        Mastership master = tablet.master();
        NodeDescriptor node = master == null ? null : state.nodes().get(master.node());
        return node == null || !node.incarnation().equals(master.incarnation())
                ? Optional.empty()
                : liveness.status(node, tablet.id());
    }

    /** Whether the master of the present epoch knows its EPOCH_START committed (E11). */
    boolean started(ClusterState state, TabletDescriptor tablet) {
        return masterStatus(state, tablet)
                .filter(status -> status.startedEpoch() == tablet.epoch())
                .isPresent();
    }

    /** Whether enough electors have been heard of that an election can succeed. */
    boolean electable(
            ClusterState state, TabletDescriptor tablet, Predicate<ReplicaDescriptor> without) {
        return tablet.electorates().stream()
                .allMatch(
                        set ->
                                set.stream()
                                                .filter(each -> each.opened() && !each.lost())
                                                .filter(without.negate())
                                                .filter(each -> heard(state, each))
                                                .count()
                                        >= TabletDescriptor.quorumOf(set.size()));
    }

    private boolean heard(ClusterState state, ReplicaDescriptor replica) {
        NodeDescriptor node = state.nodes().get(replica.node());
        return node != null && reported(node);
    }

    /** Operations a second that a tablet's masters were asked for lately, smoothed. */
    double load(TabletId tablet) {
        return liveness.loadPerSecond(tablet);
    }

    /** Whether that was measured for long enough to be told by. */
    boolean isLoadKnown(TabletId tablet) {
        return liveness.isLoadKnown(tablet);
    }

    /** Whether a learner has nearly all of the log, as it says itself and its master does. */
    boolean caughtUp(ClusterState state, TabletDescriptor tablet, ReplicaDescriptor learner) {
        Optional<TabletStatus> own = status(state, tablet, learner);
        Optional<TabletStatus> master = masterStatus(state, tablet);
        if (!learner.opened() || learner.lost() || own.isEmpty() || master.isEmpty()) {
            return false;
        }
        long headIndex = master.get().durableIndex();
        return own.get().condition() == ReplicaCondition.HEALTHY
                && own.get().durableIndex() > 0
                && own.get().durableIndex() >= headIndex - settings.catchUpEntries()
                && followers(master.get()).stream()
                        .filter(each -> each.node().equals(learner.node()))
                        .anyMatch(each -> near(each));
    }

    private boolean near(Follower follower) {
        return follower.durableIndex() > 0 && follower.lagEntries() <= settings.catchUpEntries();
    }

    private static List<Follower> followers(TabletStatus status) {
        return status.followers();
    }
}
