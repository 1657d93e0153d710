package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.contract.ErrorCode;
import io.ebla.metaserver.cluster.ClusterTask.Kind;
import io.ebla.metaserver.cluster.ClusterTask.Phase;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Draining of nodes, and when there is to be balance. A node is given nothing from the command on that
 * drains it; what is taken back by another ends the first.
 */
final class TaskRules {

    private TaskRules() {}

    static Change begin(ClusterState state, ClusterCommand.BeginTask command) {
        ClusterTask task = command.task();
        Administration now = state.administration();
        if (now.last(each -> each.id().equals(task.id())).isPresent()) {
            return Change.to(state, state);
        }
        boolean forgotten = task.kind() == Kind.UNDRAIN && now.isDrained(task.node());
        if (task.node() != null && !forgotten && !state.nodes().containsKey(task.node())) {
            return Change.refused(
                    state, ErrorCode.NODE_NOT_FOUND, "there is no node " + task.node());
        }
        Optional<String> busy = busy(now, task);
        if (busy.isPresent() || task.phase() != task.kind().first()) {
            return Change.refused(
                    state,
                    ErrorCode.OPERATION_IN_PROGRESS,
                    busy.orElse("a task begins with its first phase"));
        }
        Optional<String> crowded =
                task.kind() == Kind.DRAIN ? withoutRoom(state, task.node()) : Optional.empty();
        if (crowded.isPresent()) {
            return Change.refused(state, ErrorCode.NOT_ENOUGH_NODES, crowded.get());
        }
        return next(state, begun(now, task, command.at()).with(task));
    }

    private static Optional<String> busy(Administration now, ClusterTask task) {
        return switch (task.kind()) {
            case DRAIN ->
                    now.isDrained(task.node())
                            ? Optional.of("node " + task.node() + " is drained already")
                            : Optional.empty();
            case REBALANCE ->
                    now.balancingPaused() || now.running(Kind.REBALANCE, null).isPresent()
                            ? Optional.of("balancing is paused, or under way already")
                            : Optional.empty();
            default -> Optional.empty();
        };
    }

    /** Whether nodes that are not drained would be too few; which of them live the rules do not know. */
    private static Optional<String> withoutRoom(ClusterState state, NodeId leaver) {
        long others =
                state.nodes().keySet().stream()
                        .filter(each -> !each.equals(leaver))
                        .filter(each -> !state.administration().isDrained(each))
                        .count();
        return state.tablets().values().stream()
                .filter(tablet -> tablet.replicaOn(leaver).isPresent())
                .map(tablet -> state.tables().get(tablet.table()))
                .filter(table -> table.replicas() > others)
                .map(
                        table ->
                                "table %s keeps %d copies, and without %s there are %d nodes for them"
                                        .formatted(table.name(), table.replicas(), leaver, others))
                .findFirst();
    }

    private static Administration begun(Administration now, ClusterTask task, long atMillis) {
        return switch (task.kind()) {
            case DRAIN -> now.draining(task.node(), true);
            case UNDRAIN ->
                    aborted(now, Kind.DRAIN, task.node(), "taken back", atMillis)
                            .draining(task.node(), false);
            case PAUSE_BALANCING ->
                    aborted(now, Kind.REBALANCE, null, "paused", atMillis).pausing(true);
            case RESUME_BALANCING -> now.pausing(false);
            case REBALANCE -> now;
        };
    }

    private static Administration aborted(
            Administration now, Kind kind, NodeId node, String why, long atMillis) {
        return now.running(kind, node)
                .map(task -> now.replacing(task.at(Phase.ABORTED, why, atMillis)))
                .orElse(now);
    }

    /**
     * A drain that is given up is taken back; one is done only when no tablet counts on the node. That it
     * has removed its files, too, or will not be heard of, is for the proposer to know.
     */
    static Change step(ClusterState state, ClusterCommand.StepTask command) {
        Administration now = state.administration();
        Optional<ClusterTask> found = now.last(each -> each.id().equals(command.id()));
        if (found.isEmpty() || !found.get().phase().precedes(command.phase())) {
            return Change.to(state, state);
        }
        ClusterTask task = found.get();
        boolean drain = task.kind() == Kind.DRAIN;
        boolean cleared = command.phase() == Phase.CLEARING || command.phase() == Phase.DONE;
        boolean early =
                drain && cleared && counted(state, task.node()) > 0
                        || !drain && command.phase() == Phase.CLEARING;
        if (early) {
            return Change.refused(
                    state,
                    ErrorCode.OPERATION_IN_PROGRESS,
                    task.kind() + " is not yet " + command.phase());
        }
        Administration stepped =
                now.replacing(task.at(command.phase(), command.detail(), command.at()));
        boolean takenBack = drain && command.phase() == Phase.ABORTED;
        return next(state, takenBack ? stepped.draining(task.node(), false) : stepped);
    }

    /**
     * It stays drained until that is taken back, and what it has yet to remove stays known: should it come
     * back it is given nothing, and is told.
     */
    static Change forget(ClusterState state, ClusterCommand.ForgetNode command) {
        NodeDescriptor node = state.nodes().get(command.node());
        boolean due =
                node != null
                        && node.incarnation().equals(command.incarnation())
                        && state.administration().isDrained(node.id())
                        && counted(state, node.id()) == 0;
        if (!due) {
            return Change.to(state, state);
        }
        ClusterState.Draft draft = state.draft();
        draft.nodes.remove(node.id());
        return Change.to(draft.finish(), state);
    }

    /** Replicas that tablets have on a node, in their present or their former sets. */
    static int counted(ClusterState state, NodeId node) {
        int count = 0;
        for (TabletDescriptor tablet : state.tablets().values()) {
            for (List<ReplicaDescriptor> set :
                    List.of(tablet.replicas(), tablet.previousReplicas())) {
                count += (int) set.stream().filter(each -> each.node().equals(node)).count();
            }
        }
        return count;
    }

    /** Whether a node has anything of a tablet, be it only to be removed. */
    static boolean holds(ClusterState state, NodeId node) {
        return counted(state, node) > 0
                || state.retired().values().stream().anyMatch(each -> each.node().equals(node))
                || state.dropped().values().stream().anyMatch(each -> each.contains(node));
    }

    /** Whether one of these replicas would be on a node that is to hold nothing. */
    static boolean onDrained(ClusterState state, Stream<ReplicaDescriptor> replicas) {
        return replicas.anyMatch(each -> state.administration().isDrained(each.node()));
    }

    private static Change next(ClusterState state, Administration administration) {
        ClusterState.Draft draft = state.draft();
        draft.administration = administration;
        return Change.to(draft.finish(), state);
    }
}
