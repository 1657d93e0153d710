package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaNetwork;

/** The network of a node that has no others: nothing is ever sent. */
final class NoNetwork implements ReplicaNetwork {

    @Override
    public void send(NodeId to, ReplicaMessage message) {}

    @Override
    public void send(NodeId to, NodeBeat beat) {}

    @Override
    public void send(NodeId to, NodeBeat.Reply reply) {}
}
