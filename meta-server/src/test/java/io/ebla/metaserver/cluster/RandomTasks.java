package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.metaserver.cluster.ClusterTask.Kind;
import io.ebla.metaserver.cluster.ClusterTask.Phase;
import java.util.List;
import java.util.Random;

/** What operators and the leader may ask of nodes and of the whole, in any order, also twice. */
final class RandomTasks {

    private final Random random;
    private int tasks;

    RandomTasks(Random random) {
        this.random = random;
    }

    ClusterCommand begun(ClusterState state, long at) {
        Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
        boolean ofNode = kind == Kind.DRAIN || kind == Kind.UNDRAIN;
        NodeId node = ofNode ? NodeId.of("t" + random.nextInt(6)) : null;
        String id = "task" + (random.nextInt(10) == 0 ? random.nextInt(tasks + 1) : tasks++);
        return new ClusterCommand.BeginTask(ClusterTask.begun(id, kind, node, 0, at, ""), at);
    }

    ClusterCommand forgotten(ClusterState state, long at) {
        List<NodeDescriptor> nodes = List.copyOf(state.nodes().values());
        if (nodes.isEmpty()) {
            return steps(state, at);
        }
        NodeDescriptor node = nodes.get(random.nextInt(nodes.size()));
        Incarnation run = random.nextInt(10) == 0 ? Incarnation.of("another") : node.incarnation();
        return new ClusterCommand.ForgetNode(node.id(), run, at);
    }

    ClusterCommand steps(ClusterState state, long at) {
        List<ClusterTask> known = state.administration().tasks();
        String id = known.isEmpty() ? "none" : known.get(random.nextInt(known.size())).id();
        Phase phase = Phase.values()[random.nextInt(Phase.values().length)];
        return new ClusterCommand.StepTask(id, phase, "", at);
    }
}
