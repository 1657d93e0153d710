package io.ebla.tabletserver.replication;

import io.ebla.core.cluster.NodeId;

/**
 * The way to other nodes as replicas see it. Sending never blocks and promises nothing: what does not fit
 * into the bounded queue of a node, or is under way when its connection breaks, is lost, and its sender
 * finds out by the answer that does not come. Between two nodes what arrives mostly keeps its order.
 */
public interface ReplicaNetwork {

    /** Sends to a node's replica; the entries of an {@code Append} go as they are. */
    void send(NodeId to, ReplicaMessage message);

    void send(NodeId to, NodeBeat beat);

    void send(NodeId to, NodeBeat.Reply reply);

    /** Where messages from other nodes arrive; called on the network's threads, and must not wait. */
    interface Receiver {

        void receive(NodeId from, ReplicaMessage message);

        void receive(NodeId from, NodeBeat beat);

        void receive(NodeId from, NodeBeat.Reply reply);

        /** The connection to a node broke: what was under way may be lost. */
        void disconnected(NodeId node);
    }
}
