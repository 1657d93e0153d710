package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.MetaApi.ReplicaCondition;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.election.Ballot.Fitness;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Finds masters that had better not be: those of nodes that are about to stop or are drained, whose disk
 * is full or whose clock is off, those outside of their tablet's new replica set (E5), and those whose
 * replica moves, if there is one to follow that stays. A bounded number is handed over at a time; a tablet
 * whose hand-over was aborted is left alone for a while.
 *
 * <p>Confined to the leader's thread.
 */
final class HandOverPlan {

    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Health health;
    private final Clock clock;
    private final Supplier<String> ids;
    private final int most;
    private final Map<TabletId, Long> notBeforeNanos = new HashMap<>();

    HandOverPlan(Health health, Clock clock, Supplier<String> ids, int most) {
        this.health = health;
        this.clock = clock;
        this.ids = ids;
        this.most = most;
    }

    void abandon() {
        notBeforeNanos.clear();
    }

    /** @param tablets those of the state that are not at rest */
    List<HandOver> due(ClusterState state, List<TabletDescriptor> tablets) {
        int running = 0;
        Map<NodeId, Integer> masters = null;
        for (HandOver each : state.handOvers().values()) {
            running += each.phase().ended() ? 0 : 1;
        }
        List<HandOver> begun = new ArrayList<>();
        long now = clock.monotonicNanos();
        for (TabletDescriptor tablet : tablets) {
            if (running + begun.size() >= most) {
                return begun;
            }
            boolean considered =
                    tablet.electors().size() > 1
                            && tablet.master() != null
                            && notBeforeNanos.getOrDefault(tablet.id(), now) - now <= 0
                            && hadBetterNot(state, tablet)
                            && health.started(state, tablet)
                            && state.handOverOf(tablet.id()).isEmpty()
                            && !state.isSealing(tablet.id());
            if (considered) {
                masters = masters == null ? masterships(state) : masters;
                Optional<NodeId> to =
                        successor(state, tablet, masters)
                                .filter(
                                        node ->
                                                !moves(state, tablet, node)
                                                        || mustNot(state, tablet));
                if (to.isPresent()) {
                    masters.merge(to.get(), 1, Integer::sum);
                    notBeforeNanos.put(tablet.id(), now + PAUSE_NANOS);
                    begun.add(handOver(tablet, to.get()));
                }
            }
        }
        return begun;
    }

    private static Map<NodeId, Integer> masterships(ClusterState state) {
        Map<NodeId, Integer> masters = new HashMap<>();
        state.tablets().values().stream()
                .filter(tablet -> tablet.master() != null)
                .forEach(tablet -> masters.merge(tablet.master().node(), 1, Integer::sum));
        return masters;
    }

    private HandOver handOver(TabletDescriptor tablet, NodeId to) {
        return new HandOver(
                ids.get(),
                tablet.id(),
                tablet.epoch(),
                tablet.master().node(),
                to,
                HandOver.Phase.ASKING,
                clock.wallMillis(),
                0,
                "");
    }

    private boolean hadBetterNot(ClusterState state, TabletDescriptor tablet) {
        NodeDescriptor node = state.nodes().get(tablet.master().node());
        ReplicaCondition condition = health.condition(node, tablet.id());
        boolean answers =
                condition == ReplicaCondition.HEALTHY || condition == ReplicaCondition.DISK_FULL;
        return answers
                && health.reported(node)
                && (mustNot(state, tablet) || isMoved(state, tablet));
    }

    /** Whether anybody else is the better master, also one who will have to hand over in turn. */
    private boolean mustNot(ClusterState state, TabletDescriptor tablet) {
        NodeDescriptor node = state.nodes().get(tablet.master().node());
        return health.fitness(node, tablet) != Fitness.FIT
                || outside(tablet)
                || state.administration().isDrained(node.id());
    }

    /** Whether another replica can take over from the master's, which is to go. */
    private boolean isMoved(ClusterState state, TabletDescriptor tablet) {
        return tablet.replicas().stream()
                .filter(ReplicaDescriptor::learner)
                .filter(each -> health.caughtUp(state, tablet, each))
                .flatMap(each -> state.movedFrom(each).stream())
                .anyMatch(tablet.master().node()::equals);
    }

    /** Whether the replica there is to go as well, and would have to hand over again. */
    private static boolean moves(ClusterState state, TabletDescriptor tablet, NodeId node) {
        return tablet.replicas().stream()
                .filter(ReplicaDescriptor::learner)
                .flatMap(each -> state.movedFrom(each).stream())
                .anyMatch(node::equals);
    }

    /** Whether a former member leads, which it does only to hand over. */
    static boolean outside(TabletDescriptor tablet) {
        return tablet.members().stream()
                .noneMatch(each -> each.node().equals(tablet.master().node()) && !each.lost());
    }

    /**
     * A member that may lead and lives, preferably not the last that did not take it, one that stays, and
     * one of few.
     */
    private Optional<NodeId> successor(
            ClusterState state, TabletDescriptor tablet, Map<NodeId, Integer> masters) {
        Optional<NodeId> failed = failed(state, tablet);
        return tablet.members().stream()
                .filter(each -> each.opened() && !each.lost())
                .map(ReplicaDescriptor::node)
                .filter(node -> !node.equals(tablet.master().node()))
                .filter(node -> health.stays(state, node))
                .filter(node -> health.fitness(state.nodes().get(node), tablet) == Fitness.FIT)
                .min(
                        Comparator.comparing(
                                        (NodeId node) -> failed.filter(node::equals).isPresent())
                                .thenComparing(node -> moves(state, tablet, node))
                                .thenComparing(node -> masters.getOrDefault(node, 0))
                                .thenComparing(node -> node));
    }

    /** To whom the tablet's latest hand-over was, if it was aborted. */
    private static Optional<NodeId> failed(ClusterState state, TabletDescriptor tablet) {
        return state.handOvers().values().stream()
                .filter(each -> each.tablet().equals(tablet.id()))
                .max(Comparator.comparingLong(HandOver::startedAtMillis))
                .filter(each -> each.phase() == HandOver.Phase.ABORTED)
                .map(HandOver::to);
    }
}
