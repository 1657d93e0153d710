package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.store.TabletStore;
import java.util.List;

/**
 * What stands between the parts of a {@link LocalGroup} and may change what they tell each other: to take a
 * rule away and see who notices. As it is here it changes nothing.
 */
interface Tampering {

    Tampering NONE = new Tampering() {};

    /** What a node's tablet is built over. */
    default Oplog oplog(GroupNode node, Oplog oplog) {
        return oplog;
    }

    default ReplicationSettings replication(GroupNode node, ReplicationSettings settings) {
        return settings;
    }

    /** What a node is told by the map. */
    default Assignment assignment(GroupNode node, Assignment assignment) {
        return assignment;
    }

    /** A message as it arrives at a node. */
    default ReplicaMessage message(GroupNode target, ReplicaMessage message) {
        return message;
    }

    /** An answer to a beat as a node sends it. */
    default NodeBeat.Reply reply(GroupNode from, NodeBeat.Reply reply) {
        return reply;
    }

    /** A node's answer to a fence as it arrives at meta. */
    default NodeApi.FenceAnswer answer(GroupNode from, NodeApi.FenceAnswer answer) {
        return answer;
    }

    /** The clock that a node's tablet and its leases look at. */
    default Clock clock(GroupNode node, Clock clock) {
        return clock;
    }

    /** What a node's tablet is built over, beneath whoever looks on. */
    default TabletStore store(GroupNode node, TabletStore store) {
        return store;
    }

    /** A beat as it arrives at a node. */
    default NodeBeat beat(GroupNode target, NodeBeat beat) {
        return beat;
    }

    /** Nodes that are asked for a lease instead of another, and whose answer counts as that one's. */
    default List<GroupNode> standIns(GroupNode from, NodeId asked) {
        return List.of();
    }

    /** A fence is about to arrive at a node. */
    default void fencing(GroupNode node) {}

    /** A node's tablet as its clients see it. */
    default RowTablet clients(GroupNode node, RowTablet tablet) {
        return tablet;
    }

    /** Whether a forwarder tries a write again. */
    default boolean mayRepeat(WriteRequest request, EblaException failure, boolean may) {
        return may;
    }

    /** A node is about to look whether time matters to its tablet. */
    default void ticking(GroupNode node) {}
}
