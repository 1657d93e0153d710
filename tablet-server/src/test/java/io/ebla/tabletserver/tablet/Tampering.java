package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeApi;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;

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
}
