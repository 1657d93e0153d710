package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.NodeId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * What was asked of nodes and of the cluster as a whole.
 *
 * @param drained nodes that are to hold nothing: they are given nothing, and what they have is moved away
 * @param balancingPaused whether nothing is moved for the sake of balance
 * @param tasks oldest first; of the ended ones only the latest are kept, and those that drained a node that
 *     still is
 */
public record Administration(
        SortedSet<NodeId> drained, boolean balancingPaused, List<ClusterTask> tasks) {

    static final Administration NONE = new Administration(new TreeSet<>(), false, List.of());

    /** Ended tasks that are remembered, so that who asked for one can see what became of it. */
    static final int REMEMBERED_MAX = 50;

    public Administration {
        drained = Collections.unmodifiableSortedSet(new TreeSet<>(drained));
        tasks = List.copyOf(tasks);
    }

    public boolean isDrained(NodeId node) {
        return drained.contains(node);
    }

    /** The task of that kind, of that node, that has not ended. */
    public Optional<ClusterTask> running(ClusterTask.Kind kind, NodeId node) {
        return last(
                task ->
                        task.kind() == kind
                                && (node == null || node.equals(task.node()))
                                && !task.phase().ended());
    }

    /** The latest of those that are remembered. */
    public Optional<ClusterTask> last(Predicate<ClusterTask> which) {
        return tasks.stream().filter(which).reduce((earlier, later) -> later);
    }

    Administration with(ClusterTask begun) {
        List<ClusterTask> next = new ArrayList<>(tasks);
        next.add(begun);
        return new Administration(drained, balancingPaused, bounded(next));
    }

    /** The same with another phase of tasks of the same id. */
    Administration replacing(ClusterTask stepped) {
        return new Administration(
                drained,
                balancingPaused,
                bounded(
                        tasks.stream()
                                .map(each -> each.id().equals(stepped.id()) ? stepped : each)
                                .toList()));
    }

    Administration draining(NodeId node, boolean drain) {
        SortedSet<NodeId> next = new TreeSet<>(drained);
        if (drain) {
            next.add(node);
        } else {
            next.remove(node);
        }
        return new Administration(next, balancingPaused, tasks);
    }

    Administration pausing(boolean paused) {
        return new Administration(drained, paused, tasks);
    }

    private List<ClusterTask> bounded(List<ClusterTask> tasks) {
        long ended = tasks.stream().filter(each -> each.phase().ended()).count();
        List<ClusterTask> kept = new ArrayList<>();
        for (ClusterTask task : tasks) {
            boolean holds = task.kind() == ClusterTask.Kind.DRAIN && drained.contains(task.node());
            boolean forgotten = task.phase().ended() && ended > REMEMBERED_MAX && !holds;
            if (forgotten) {
                ended--;
            } else {
                kept.add(task);
            }
        }
        return kept;
    }
}
