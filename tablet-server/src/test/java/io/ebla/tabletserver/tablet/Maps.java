package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MergeOperation;
import io.ebla.metaserver.cluster.SplitOperation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
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
        TreeMap<TabletId, TabletDescriptor> tablets = new TreeMap<>(state.tablets());
        tablets.replaceAll((id, tablet) -> change.apply(tablet));
        return with(state, tablets, state.dropped(), state.splits());
    }

    /** The same with another split of that id. */
    static ClusterState with(ClusterState state, SplitOperation split) {
        TreeMap<String, SplitOperation> splits = new TreeMap<>(state.splits());
        splits.put(split.id(), split);
        return with(state, state.tablets(), state.dropped(), splits);
    }

    /** The same with a tablet that more nodes are to remove. */
    static ClusterState droppedAlsoBy(ClusterState state, TabletId tablet, List<NodeId> nodes) {
        TreeMap<TabletId, Set<NodeId>> dropped = new TreeMap<>(state.dropped());
        TreeSet<NodeId> holders = new TreeSet<>(nodes);
        holders.addAll(dropped.getOrDefault(tablet, Set.of()));
        dropped.put(tablet, holders);
        return with(state, state.tablets(), dropped, state.splits());
    }

    /** The same with another merge of that id. */
    static ClusterState with(ClusterState state, MergeOperation merge) {
        TreeMap<String, MergeOperation> merges = new TreeMap<>(state.merges());
        merges.put(merge.id(), merge);
        return with(state, state.tablets(), state.dropped(), state.splits(), merges);
    }

    private static ClusterState with(
            ClusterState state,
            SortedMap<TabletId, TabletDescriptor> tablets,
            SortedMap<TabletId, Set<NodeId>> dropped,
            SortedMap<String, SplitOperation> splits) {
        return with(state, tablets, dropped, splits, state.merges());
    }

    private static ClusterState with(
            ClusterState state,
            SortedMap<TabletId, TabletDescriptor> tablets,
            SortedMap<TabletId, Set<NodeId>> dropped,
            SortedMap<String, SplitOperation> splits,
            SortedMap<String, MergeOperation> merges) {
        return new ClusterState(
                state.clusterId(),
                state.generation(),
                state.version(),
                state.nextTabletId(),
                state.nodes(),
                state.tables(),
                tablets,
                dropped,
                state.strayed(),
                state.retired(),
                state.elections(),
                state.handOvers(),
                state.replicaOperations(),
                splits,
                merges,
                state.metaGroup(),
                state.administration());
    }
}
