package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.ClusterTask.Phase;
import io.ebla.metaserver.placement.Loads;
import io.ebla.metaserver.placement.Placement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Ends drains: well when the node holds nothing any more, and by giving them up when there has been no
 * room for what it holds for long. The moves themselves are steps of each tablet ({@link ReplicaPlan}),
 * and its masterships are handed over ({@link HandOverPlan}), because the node is drained.
 *
 * <p>Confined to the leader's thread.
 */
final class DrainDriver {

    private final Health health;
    private final Clock clock;
    private final long patienceMillis;
    private final Lasting<String> stuck;

    DrainDriver(Health health, Clock clock, BalanceSettings settings) {
        this.health = health;
        this.clock = clock;
        this.patienceMillis = settings.drainMillis();
        this.stuck = new Lasting<>(clock);
    }

    void abandon() {
        stuck.clear();
    }

    /** @param tablets those of the state that are not at rest: all that a drained node has */
    List<ClusterCommand> due(ClusterState state, List<TabletDescriptor> tablets) {
        List<ClusterCommand> commands = new ArrayList<>();
        for (ClusterTask task : state.administration().tasks()) {
            if (task.kind() == ClusterTask.Kind.DRAIN && !task.phase().ended()) {
                step(state, tablets, task).ifPresent(commands::add);
            }
        }
        stuck.forgetUnseen();
        return commands;
    }

    private Optional<ClusterCommand> step(
            ClusterState state, List<TabletDescriptor> tablets, ClusterTask task) {
        if (task.phase() == Phase.CLEARING) {
            return state.holdsNothing(task.node())
                    ? Optional.of(to(task, Phase.DONE, ""))
                    : Optional.empty();
        }
        if (state.replicasOn(task.node()) == 0) {
            return Optional.of(to(task, Phase.CLEARING, ""));
        }
        Optional<String> why = withoutRoom(state, tablets, task.node());
        return why.isPresent() && stuck.atLeast(task.id(), patienceMillis)
                ? Optional.of(to(task, Phase.ABORTED, why.get()))
                : Optional.empty();
    }

    private ClusterCommand to(ClusterTask task, Phase phase, String detail) {
        return new ClusterCommand.StepTask(task.id(), phase, detail, clock.wallMillis());
    }

    private Optional<String> withoutRoom(
            ClusterState state, List<TabletDescriptor> tablets, NodeId node) {
        if (health.fewLive(state)) {
            return Optional.of("too few nodes live to move anything");
        }
        List<Placement.Candidate> candidates =
                Loads.candidates(state, each -> health.stays(state, each.id()));
        for (TabletDescriptor tablet : tablets) {
            boolean waits =
                    tablet.members().stream().anyMatch(each -> each.node().equals(node))
                            && tablet.replicas().stream().noneMatch(ReplicaDescriptor::learner);
            List<NodeId> holders = tablet.replicas().stream().map(ReplicaDescriptor::node).toList();
            if (waits && Placement.oneMore(candidates, holders).isEmpty()) {
                return Optional.of("there is no other node for tablet " + tablet.id());
            }
        }
        return Optional.empty();
    }
}
