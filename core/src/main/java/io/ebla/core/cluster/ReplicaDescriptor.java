package io.ebla.core.cluster;

import java.util.Objects;

/**
 * One copy of a tablet.
 *
 * @param node where it lives
 * @param id its random name; a node that does not hold it answers "absent" (E10)
 * @param opened whether the node has once reported it durably open; until then it may be made empty
 * @param lost whether its data is known to be gone
 */
public record ReplicaDescriptor(NodeId node, ReplicaId id, boolean opened, boolean lost) {

    public ReplicaDescriptor {
        Objects.requireNonNull(node);
        Objects.requireNonNull(id);
    }
}
