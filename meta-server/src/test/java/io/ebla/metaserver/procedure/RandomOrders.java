package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.cluster.NewLearner;
import java.util.List;
import java.util.Random;

/** What operators ask of a simulated cluster, whether or not it can be done. */
final class RandomOrders {

    private final SimulatedCluster cluster;
    private final Random random;
    private int ids;

    RandomOrders(SimulatedCluster cluster, Random random) {
        this.cluster = cluster;
        this.random = random;
    }

    void move(TabletId id) {
        TabletDescriptor tablet = cluster.tablet(id);
        NewLearner learner =
                NewLearner.move(
                        id,
                        tablet.epoch(),
                        anyMember(tablet),
                        cluster.nodes().get(random.nextInt(cluster.nodes().size())).id,
                        ReplicaId.of("ordered-" + ids++),
                        "");
        cluster.metadata.apply(new ClusterCommand.AddLearners(List.of(learner), now()));
    }

    void handOver(TabletId id) {
        TabletDescriptor tablet = cluster.tablet(id);
        NodeId to = anyMember(tablet);
        if (tablet.master() != null && !tablet.master().node().equals(to)) {
            HandOver handOver =
                    new HandOver(
                            "ordered-" + ids++,
                            id,
                            tablet.epoch(),
                            tablet.master().node(),
                            to,
                            HandOver.Phase.ASKING,
                            now(),
                            0,
                            "");
            cluster.metadata.apply(new ClusterCommand.BeginHandOvers(List.of(handOver), now()));
        }
    }

    void drainOrNot(NodeId node) {
        boolean drained = cluster.state().administration().isDrained(node);
        ClusterTask.Kind kind = drained ? ClusterTask.Kind.UNDRAIN : ClusterTask.Kind.DRAIN;
        begin(kind, node);
    }

    void undrainAll() {
        List.copyOf(cluster.state().administration().drained())
                .forEach(node -> begin(ClusterTask.Kind.UNDRAIN, node));
    }

    private void begin(ClusterTask.Kind kind, NodeId node) {
        ClusterTask task = ClusterTask.begun("ordered-" + ids++, kind, node, 0, now(), "");
        cluster.metadata.apply(new ClusterCommand.BeginTask(task, now()));
    }

    private NodeId anyMember(TabletDescriptor tablet) {
        List<ReplicaDescriptor> members = tablet.members();
        return members.get(random.nextInt(members.size())).node();
    }

    private long now() {
        return cluster.time.wallMillis();
    }
}
