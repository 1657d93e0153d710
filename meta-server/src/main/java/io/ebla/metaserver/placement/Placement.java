package io.ebla.metaserver.placement;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where the copies of new tablets go: to the nodes that hold least, no two copies of a tablet on one
 * node, and in as many zones as there are. A pure calculation.
 */
public final class Placement {

    private Placement() {}

    /**
     * A node that may take replicas.
     *
     * @param node its id
     * @param zone its failure domain, "" when unset
     * @param replicas how many it holds already
     */
    public record Candidate(NodeId node, String zone, int replicas) {}

    /**
     * The nodes of each new tablet, its first master first.
     *
     * @param candidates the nodes that may be used
     * @param tablets how many tablets to place
     * @param replicas how many copies of each
     * @throws EblaException {@code not_enough_nodes}
     */
    public static List<List<NodeId>> place(List<Candidate> candidates, int tablets, int replicas) {
        if (replicas > candidates.size()) {
            throw new EblaException(
                    ErrorCode.NOT_ENOUGH_NODES,
                    replicas + " copies need as many nodes, there are " + candidates.size());
        }
        Map<NodeId, Integer> load = new HashMap<>();
        candidates.forEach(candidate -> load.put(candidate.node(), candidate.replicas()));
        Map<NodeId, Integer> masters = new HashMap<>();
        List<List<NodeId>> placed = new ArrayList<>(tablets);
        for (int i = 0; i < tablets; i++) {
            List<NodeId> nodes = choose(candidates, replicas, load);
            nodes.forEach(node -> load.merge(node, 1, Integer::sum));
            placed.add(leastMastersFirst(nodes, masters));
        }
        return placed;
    }

    private static List<NodeId> choose(
            List<Candidate> candidates, int replicas, Map<NodeId, Integer> load) {
        List<Candidate> rest = new ArrayList<>(candidates);
        Set<String> zones = new HashSet<>();
        List<NodeId> chosen = new ArrayList<>(replicas);
        while (chosen.size() < replicas) {
            Candidate best =
                    rest.stream()
                            .min(
                                    Comparator.comparing(
                                                    (Candidate each) -> zones.contains(each.zone()))
                                            .thenComparing(each -> load.get(each.node()))
                                            .thenComparing(Candidate::node))
                            .orElseThrow();
            rest.remove(best);
            zones.add(best.zone());
            chosen.add(best.node());
        }
        return chosen;
    }

    private static List<NodeId> leastMastersFirst(
            List<NodeId> nodes, Map<NodeId, Integer> masters) {
        List<NodeId> ordered = new ArrayList<>(nodes);
        ordered.sort(Comparator.comparing(node -> masters.getOrDefault(node, 0)));
        masters.merge(ordered.get(0), 1, Integer::sum);
        return ordered;
    }
}
