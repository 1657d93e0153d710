package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.metaserver.cluster.ClusterState;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** Maps and states with something changed in them. */
final class Maps {

    private Maps() {}

    static ClusterMap with(ClusterMap map, UnaryOperator<TabletDescriptor> change) {
        return with(map, map.tablets().stream().map(change).toList(), map.retired());
    }

    static ClusterMap with(
            ClusterMap map, List<TabletDescriptor> tablets, List<MetaApi.Retired> retired) {
        return new ClusterMap(
                map.clusterId(),
                map.generation(),
                map.version(),
                map.nodes(),
                map.tables(),
                tablets,
                map.dropped(),
                new ArrayList<>(retired),
                map.metaServers());
    }

    /** The same with another number. */
    static ClusterMap numbered(ClusterMap map, long version) {
        return new ClusterMap(
                map.clusterId(),
                map.generation(),
                version,
                map.nodes(),
                map.tables(),
                map.tablets(),
                map.dropped(),
                map.retired(),
                map.metaServers());
    }

    static ClusterState with(ClusterState state, UnaryOperator<TabletDescriptor> change) {
        TreeMap<io.ebla.core.cluster.TabletId, TabletDescriptor> tablets =
                new TreeMap<>(state.tablets());
        tablets.replaceAll((id, tablet) -> change.apply(tablet));
        return new ClusterState(
                state.clusterId(),
                state.generation(),
                state.version(),
                state.nextTabletId(),
                state.nodes(),
                state.tables(),
                tablets,
                state.dropped(),
                state.strayed(),
                state.retired(),
                state.elections(),
                state.handOvers(),
                state.replicaOperations(),
                state.splits(),
                state.metaGroup(),
                state.administration());
    }
}
