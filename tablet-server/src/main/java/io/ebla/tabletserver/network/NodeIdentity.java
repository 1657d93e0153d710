package io.ebla.tabletserver.network;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreId;
import java.util.Objects;

/** Who a process is to others: its name, its data directory, and this run of it. */
public record NodeIdentity(NodeId id, StoreId store, Incarnation incarnation) {

    public NodeIdentity {
        Objects.requireNonNull(id);
        Objects.requireNonNull(store);
        Objects.requireNonNull(incarnation);
    }

    static NodeIdentity of(NodeDescriptor node) {
        return new NodeIdentity(node.id(), node.store(), node.incarnation());
    }
}
