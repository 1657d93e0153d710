package io.ebla.tabletserver.network;

import io.ebla.core.cluster.NodeId;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaNetwork;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A receiver that remembers. */
final class Heard implements ReplicaNetwork.Receiver {

    final List<Object> messages = new CopyOnWriteArrayList<>();
    final List<NodeId> senders = new CopyOnWriteArrayList<>();
    final AtomicInteger disconnections = new AtomicInteger();

    @Override
    public void receive(NodeId from, ReplicaMessage message) {
        add(from, message);
    }

    @Override
    public void receive(NodeId from, NodeBeat beat) {
        add(from, beat);
    }

    @Override
    public void receive(NodeId from, NodeBeat.Reply reply) {
        add(from, reply);
    }

    private void add(NodeId from, Object message) {
        senders.add(from);
        messages.add(message);
    }

    @Override
    public void disconnected(NodeId node) {
        disconnections.incrementAndGet();
    }
}
