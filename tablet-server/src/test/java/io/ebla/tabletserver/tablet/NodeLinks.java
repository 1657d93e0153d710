package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaNetwork;

/** What leaves one run of a {@link GroupNode}. */
final class NodeLinks implements ReplicaNetwork, LocalEnv.Group {

    private final GroupNode node;
    private final LocalGroup group;
    private final int run;
    private final Ticks ticks;

    NodeLinks(GroupNode node, Ticks ticks) {
        this.ticks = ticks;
        this.node = node;
        this.group = node.group();
        this.run = node.run();
    }

    @Override
    public void send(NodeId to, ReplicaMessage message) {
        group.network()
                .deliver(
                        node,
                        to,
                        target -> {
                            ReplicaMessage told = group.tampering().message(target, message);
                            Tablet tablet = target.tablet(told.tablet());
                            if (tablet != null) {
                                tablet.pipeline().receive(node.id, told);
                            }
                        });
    }

    @Override
    public void send(NodeId to, NodeBeat beat) {
        group.network()
                .deliver(
                        node,
                        to,
                        target ->
                                target.beats()
                                        .receive(node.id, group.tampering().beat(target, beat)));
        for (GroupNode other : group.tampering().standIns(node, to)) {
            group.network()
                    .deliver(
                            node,
                            other.id,
                            target -> new StandIn(target, to).receive(node.id, beat));
        }
    }

    @Override
    public void send(NodeId to, NodeBeat.Reply reply) {
        group.network()
                .deliver(
                        node,
                        to,
                        target ->
                                target.beats()
                                        .receive(node.id, group.tampering().reply(node, reply)));
    }

    @Override
    public void rebuild(TabletId tablet, NodeId source) {
        node.rebuildsWanted++;
        node.replicas().rebuild(tablet, source, group.copies() ? node.snapshots() : null);
    }

    @Override
    public void split(TabletId tablet) {
        node.replicas().split(tablet);
    }

    @Override
    public void ticksWanted(WritePipeline tablet) {
        ticks.add(tablet);
    }

    @Override
    public void beatSoon() {
        group.after(
                1_000,
                () -> {
                    if (node.isUp() && node.run() == run) {
                        node.beats().beat();
                    }
                });
    }
}
