package io.ebla.tabletserver.network;

import io.ebla.core.cluster.NodeId;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaNetwork;

/** Hears what other nodes say where nothing is replicated, and makes nothing of it. */
final class Nobody implements ReplicaNetwork.Receiver {

    @Override
    public void receive(NodeId from, ReplicaMessage message) {}

    @Override
    public void receive(NodeId from, NodeBeat beat) {}

    @Override
    public void receive(NodeId from, NodeBeat.Reply reply) {}

    @Override
    public void disconnected(NodeId node) {}
}
