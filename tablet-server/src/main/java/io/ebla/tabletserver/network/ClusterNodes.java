package io.ebla.tabletserver.network;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The tablet servers of the cluster as the newest known map names them: where each is, and which run of it
 * counts. Any thread; an older map is ignored.
 */
public final class ClusterNodes {

    private record View(ClusterMap map, Map<NodeId, NodeDescriptor> nodes) {}

    private static final View UNKNOWN = new View(null, Map.of());

    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile View view = UNKNOWN;

    /** Takes in a map and tells the listeners, on this thread, when it changes a node. */
    public void update(ClusterMap map) {
        if (replace(map)) {
            listeners.forEach(Runnable::run);
        }
    }

    private synchronized boolean replace(ClusterMap map) {
        View known = view;
        if (known.map() != null && !map.newerThan(known.map())) {
            return false;
        }
        Map<NodeId, NodeDescriptor> nodes =
                map.nodes().stream()
                        .collect(
                                Collectors.toUnmodifiableMap(
                                        NodeDescriptor::id, Function.identity()));
        view = new View(map, nodes);
        return !nodes.equals(known.nodes());
    }

    /** "" while no map has come. */
    String clusterId() {
        ClusterMap map = view.map();
        return map == null ? "" : map.clusterId();
    }

    Optional<NodeDescriptor> node(NodeId id) {
        return Optional.ofNullable(view.nodes().get(id));
    }

    /** Whether the map names anybody but that one. */
    boolean hasOthersThan(NodeId self) {
        Map<NodeId, NodeDescriptor> nodes = view.nodes();
        return nodes.size() > 1 || nodes.size() == 1 && !nodes.containsKey(self);
    }

    void onChange(Runnable listener) {
        listeners.add(listener);
    }
}
