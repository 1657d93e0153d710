package io.ebla.core.cluster;

import java.util.List;
import java.util.Objects;

/**
 * What servers and clients need to know of the cluster to route: a snapshot of the metadata.
 *
 * <p>A map is newer than another if its {@code (generation, version)} is; nobody goes back (L8).
 *
 * @param clusterId random, given at bootstrap
 * @param generation raised when the metadata is restored from a backup
 * @param version rises with every change of the metadata within a generation
 * @param nodes the registered tablet servers, by id
 * @param tables the living tables, by name
 * @param tablets the tablets of living tables, by table and range
 * @param dropped tablets whose data may be removed where it is still held (L7)
 * @param retired single replicas of living tablets whose data may be removed likewise
 * @param metaServers where the meta-servers serve HTTP, {@code host:port}; those that have said it
 */
public record ClusterMap(
        String clusterId,
        long generation,
        long version,
        List<NodeDescriptor> nodes,
        List<TableDescriptor> tables,
        List<TabletDescriptor> tablets,
        List<TabletId> dropped,
        List<MetaApi.Retired> retired,
        List<String> metaServers) {

    public ClusterMap {
        Objects.requireNonNull(clusterId);
        nodes = List.copyOf(nodes);
        tables = List.copyOf(tables);
        tablets = List.copyOf(tablets);
        dropped = List.copyOf(dropped);
        retired = List.copyOf(retired);
        metaServers = metaServers == null ? List.of() : List.copyOf(metaServers);
    }

    /** A map that does not say where the meta-servers are. */
    public ClusterMap(
            String clusterId,
            long generation,
            long version,
            List<NodeDescriptor> nodes,
            List<TableDescriptor> tables,
            List<TabletDescriptor> tablets,
            List<TabletId> dropped,
            List<MetaApi.Retired> retired) {
        this(clusterId, generation, version, nodes, tables, tablets, dropped, retired, List.of());
    }

    /** A map without retired replicas. */
    public ClusterMap(
            String clusterId,
            long generation,
            long version,
            List<NodeDescriptor> nodes,
            List<TableDescriptor> tables,
            List<TabletDescriptor> tablets,
            List<TabletId> dropped) {
        this(clusterId, generation, version, nodes, tables, tablets, dropped, List.of());
    }

    public boolean newerThan(ClusterMap other) {
        return generation != other.generation
                ? generation > other.generation
                : version > other.version;
    }
}
