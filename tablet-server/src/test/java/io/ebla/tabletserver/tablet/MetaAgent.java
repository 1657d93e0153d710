package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.cluster.ToldStatuses;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.liveness.Liveness;
import java.util.ArrayList;
import java.util.List;

/**
 * What one run of a {@link GroupNode} tells the metadata: who it is and what it holds, how its replica is,
 * what it opened and what it removed.
 */
final class MetaAgent {

    private static final long BEAT_NANOS = 20 * Timeline.MILLI;

    private final SimulatedMeta meta;
    private final LocalGroup group;
    private final GroupNode node;
    private final Incarnation run;
    private final ToldStatuses told = new ToldStatuses();
    private boolean proposed;

    MetaAgent(SimulatedMeta meta, GroupNode node) {
        this.meta = meta;
        this.group = meta.group();
        this.node = node;
        this.run = node.incarnation();
    }

    static NodeDescriptor describe(GroupNode node) {
        return new NodeDescriptor(node.id, node.storeId(), node.incarnation(), "h:1", "", "");
    }

    void begin() {
        group.after(meta.micros(500, 15_000), this::beat);
    }

    private void beat() {
        if (!node.isUp() || !node.incarnation().equals(run)) {
            return;
        }
        if (meta.reaches(node) && meta.leader() != null) {
            speak(meta.leader());
        }
        group.after(BEAT_NANOS, this::beat);
    }

    private void speak(MetaLeader leader) {
        NodeDescriptor known = meta.state().nodes().get(node.id);
        if (known == null || !known.incarnation().equals(run)) {
            if (!proposed) {
                propose(
                        leader,
                        new ClusterCommand.RegisterNode(
                                describe(node), node.replicas().holdings(), 0));
            }
            return;
        }
        tell(leader.liveness());
        meta.tell(node);
        report(leader);
    }

    /** Some answers are lost. */
    private void tell(Liveness liveness) {
        MetaApi.Heartbeat report = told.next(run, node.clock.wallMillis(), node.statuses());
        if (!liveness.hear(node.id, report)) {
            told.tellAll();
            tell(liveness);
        } else if (report.number() % 3 != 0) {
            told.taken(report.number());
        }
    }

    private void report(MetaLeader leader) {
        if (proposed) {
            return;
        }
        List<MetaApi.Holding> opened = node.replicas().openedUnreported();
        List<TabletId> dropped = node.replicas().droppedUnreported();
        List<MetaApi.Retired> retired = node.replicas().retiredUnreported();
        if (!opened.isEmpty()) {
            propose(leader, new ClusterCommand.ReplicasOpened(node.id, run, opened, 0));
        } else if (!dropped.isEmpty() || !retired.isEmpty()) {
            propose(
                    leader,
                    new ClusterCommand.TabletsDropped(
                            node.id,
                            new ArrayList<>(dropped),
                            retired.stream().map(MetaApi.Retired::replica).toList(),
                            0));
        }
    }

    /** One at a time. */
    private void propose(MetaLeader leader, ClusterCommand command) {
        proposed = true;
        meta.submit(leader, command).whenComplete((verdict, failure) -> proposed = false);
    }
}
