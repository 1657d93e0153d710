package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaNetwork;
import java.util.List;

/** A node that answers beats that were meant for another, in that one's name. */
final class StandIn implements ReplicaNetwork {

    private final GroupNode node;
    private final NodeId asked;

    StandIn(GroupNode node, NodeId asked) {
        this.node = node;
        this.asked = asked;
    }

    void receive(NodeId master, NodeBeat beat) {
        new NodeBeats(
                        node.clock,
                        new JudgedClock(
                                node.clock, node.group().replication().maxClockOffsetMillis()),
                        node.group().replication(),
                        this,
                        any -> any.equals(LocalGroup.TABLET) ? node.tablet() : null,
                        () -> List.of(node.tablet()))
                .receive(master, beat);
    }

    @Override
    public void send(NodeId to, NodeBeat.Reply reply) {
        node.group().network().deliver(node, to, master -> master.hears(asked, reply));
    }

    @Override
    public void send(NodeId to, NodeBeat beat) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void send(NodeId to, ReplicaMessage message) {
        throw new UnsupportedOperationException();
    }
}
