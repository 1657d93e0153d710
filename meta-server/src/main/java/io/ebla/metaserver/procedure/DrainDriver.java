package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.ClusterTask.Phase;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.placement.Loads;
import io.ebla.metaserver.placement.Placement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Ends drains, and forgets drained nodes that have been gone for long. A drain ends well when the node holds
 * nothing any more, or is gone since no tablet counts on it, and by giving it up when none of them has come
 * any further for long. The moves themselves are steps of each tablet ({@link ReplicaPlan}), and its
 * masterships are handed over ({@link HandOverPlan}), because the node is drained.
 *
 * <p>Confined to the leader's thread.
 */
final class DrainDriver {

    /**
     * How far those that move replicas are together: they share what may move at a time, so that one waits
     * for another. Learners come and go, and what follows the log never ends: neither counts as progress.
     *
     * @param drains their ids
     * @param left replicas that are still on their nodes
     * @param bytes the most that was there, since one left, of the snapshots that are fetched for others
     */
    private record Progress(List<String> drains, int left, long bytes) {

        Progress since(Progress before) {
            boolean same = before != null && before.left == left && before.drains.equals(drains);
            return same ? new Progress(drains, left, Math.max(before.bytes, bytes)) : this;
        }
    }

    private final Health health;
    private final Clock clock;
    private final long patienceMillis;
    private final long goneMillis;
    private final Lasting<Progress> stuck;
    private final Lasting<String> gone;
    private final Lasting<NodeDescriptor> departed;
    private Progress progress;

    DrainDriver(Health health, Clock clock, ProcedureSettings settings) {
        this.health = health;
        this.clock = clock;
        this.patienceMillis = settings.balance().drainMillis();
        this.goneMillis = settings.repairAfterMillis();
        this.stuck = new Lasting<>(clock);
        this.gone = new Lasting<>(clock);
        this.departed = new Lasting<>(clock);
    }

    void abandon() {
        stuck.clear();
        gone.clear();
        departed.clear();
        progress = null;
    }

    /** @param tablets those of the state that are not at rest: all that a drained node has */
    List<ClusterCommand> due(ClusterState state, List<TabletDescriptor> tablets) {
        List<ClusterTask> moving = new ArrayList<>();
        List<ClusterCommand> commands = new ArrayList<>();
        for (ClusterTask task : state.administration().tasks()) {
            if (task.kind() == ClusterTask.Kind.DRAIN && task.phase() == Phase.CLEARING) {
                cleared(state, task).ifPresent(commands::add);
            } else if (task.kind() == ClusterTask.Kind.DRAIN && task.phase() == Phase.MOVING) {
                moving.add(task);
            }
        }
        progress = moving.isEmpty() ? null : progress(state, tablets, moving).since(progress);
        boolean givesUp = progress != null && stuck.atLeast(progress, patienceMillis);
        for (ClusterTask task : moving) {
            if (state.replicasOn(task.node()) == 0) {
                commands.add(to(task, Phase.CLEARING, ""));
            } else if (givesUp) {
                commands.add(to(task, Phase.ABORTED, why(state, tablets, task.node())));
            }
        }
        state.administration()
                .drained()
                .forEach(node -> forgotten(state, node).ifPresent(commands::add));
        stuck.forgetUnseen();
        gone.forgetUnseen();
        departed.forgetUnseen();
        return commands;
    }

    /** Whoever drained it has removed it: it would be told of as down for ever. */
    private Optional<ClusterCommand> forgotten(ClusterState state, NodeId drained) {
        NodeDescriptor node = state.nodes().get(drained);
        boolean away =
                node != null
                        && !health.lives(state, drained)
                        && state.replicasOn(drained) == 0
                        && state.administration().running(ClusterTask.Kind.DRAIN, drained).isEmpty()
                        && departed.atLeast(node, goneMillis);
        return away
                ? Optional.of(
                        new ClusterCommand.ForgetNode(
                                drained, node.incarnation(), clock.wallMillis()))
                : Optional.empty();
    }

    /** What a node that does not come back had of tablets counts for nobody. */
    private Optional<ClusterCommand> cleared(ClusterState state, ClusterTask task) {
        if (state.holdsNothing(task.node())) {
            return Optional.of(to(task, Phase.DONE, ""));
        }
        boolean away = !health.lives(state, task.node()) && gone.atLeast(task.id(), goneMillis);
        return away
                ? Optional.of(
                        to(
                                task,
                                Phase.DONE,
                                "it is down, that its files are removed is not confirmed"))
                : Optional.empty();
    }

    private Progress progress(
            ClusterState state, List<TabletDescriptor> tablets, List<ClusterTask> moving) {
        int left = moving.stream().mapToInt(each -> state.replicasOn(each.node())).sum();
        long bytes = 0;
        for (TabletDescriptor tablet : tablets) {
            for (ReplicaDescriptor replica : tablet.replicas()) {
                bytes += state.movedFrom(replica).isPresent() ? fetched(state, tablet, replica) : 0;
            }
        }
        return new Progress(moving.stream().map(ClusterTask::id).toList(), left, bytes);
    }

    private long fetched(ClusterState state, TabletDescriptor tablet, ReplicaDescriptor learner) {
        return health.status(state, tablet, learner)
                .map(MetaApi.TabletStatus::rebuilding)
                .map(MetaApi.Rebuilding::bytes)
                .orElse(0L);
    }

    private ClusterCommand to(ClusterTask task, Phase phase, String detail) {
        return new ClusterCommand.StepTask(task.id(), phase, detail, clock.wallMillis());
    }

    private String why(ClusterState state, List<TabletDescriptor> tablets, NodeId node) {
        if (health.fewLive(state)) {
            return "too few nodes live to move anything";
        }
        List<Placement.Candidate> candidates =
                Loads.candidates(state, each -> health.stays(state, each.id()));
        for (TabletDescriptor tablet : tablets) {
            List<NodeId> holders = tablet.replicas().stream().map(ReplicaDescriptor::node).toList();
            boolean waits =
                    holders.contains(node)
                            && tablet.replicas().stream().noneMatch(ReplicaDescriptor::learner);
            if (waits && Placement.oneMore(candidates, holders).isEmpty()) {
                return "there is no other node for tablet " + tablet.id();
            }
        }
        return "for %d s no replica has left it, %d are there, of tablet %s and others%s"
                .formatted(
                        TimeUnit.MILLISECONDS.toSeconds(patienceMillis),
                        state.replicasOn(node),
                        tablets.stream()
                                .filter(each -> each.replicaOn(node).isPresent())
                                .map(each -> each.id().toString())
                                .findFirst()
                                .orElse("none"),
                        lastRefusal(state, node));
    }

    /** Of the hand-overs from it. */
    private static String lastRefusal(ClusterState state, NodeId node) {
        return state.handOvers().values().stream()
                .filter(each -> each.phase() == HandOver.Phase.ABORTED)
                .filter(each -> each.from().equals(node))
                .max(Comparator.comparingLong(HandOver::startedAtMillis))
                .map(each -> "; the last hand-over was aborted: " + each.detail())
                .orElse("");
    }
}
