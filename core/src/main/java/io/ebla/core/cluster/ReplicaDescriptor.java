package io.ebla.core.cluster;

import java.util.Objects;

/**
 * One copy of a tablet.
 *
 * @param node where it lives
 * @param id its random name; a node that does not hold it answers "absent" (E10)
 * @param opened whether the node has once reported it durably open; until then it may be made empty
 * @param lost whether its data is known to be gone
 * @param learner whether it only follows: a learner is in no quorum, grants no lease, answers no fence
 *     and is never elected, until a replica change makes it a member (E3)
 */
public record ReplicaDescriptor(
        NodeId node, ReplicaId id, boolean opened, boolean lost, boolean learner) {

    public ReplicaDescriptor {
        Objects.requireNonNull(node);
        Objects.requireNonNull(id);
    }

    /** A member of the replica set. */
    public ReplicaDescriptor(NodeId node, ReplicaId id, boolean opened, boolean lost) {
        this(node, id, opened, lost, false);
    }

    public ReplicaDescriptor asOpened() {
        return new ReplicaDescriptor(node, id, true, false, learner);
    }

    /** Its data is gone, or given up. */
    public ReplicaDescriptor asLost() {
        return new ReplicaDescriptor(node, id, opened, true, learner);
    }

    public ReplicaDescriptor asMember() {
        return new ReplicaDescriptor(node, id, opened, lost, false);
    }
}
