package io.ebla.core.cluster;

import java.util.Objects;

/**
 * A tablet server that has registered.
 *
 * @param id its name
 * @param store the data directory it came with
 * @param incarnation its current run
 * @param address where it serves HTTP, {@code host:port}
 * @param grpcAddress where it serves gRPC, {@code host:port}, or "" when it does not
 * @param zone failure domain, "" when unset
 */
public record NodeDescriptor(
        NodeId id,
        StoreId store,
        Incarnation incarnation,
        String address,
        String grpcAddress,
        String zone) {

    public NodeDescriptor {
        Objects.requireNonNull(id);
        Objects.requireNonNull(store);
        Objects.requireNonNull(incarnation);
        Objects.requireNonNull(address);
        Objects.requireNonNull(grpcAddress);
        Objects.requireNonNull(zone);
    }
}
