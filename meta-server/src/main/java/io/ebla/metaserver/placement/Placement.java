package io.ebla.metaserver.placement;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where copies of tablets go: no two of a tablet on one node, spread over the zones as evenly as there are
 * zones, and to the nodes that hold least. A pure calculation.
 */
public final class Placement {

    private Placement() {}

    /**
     * A node that may take replicas.
     *
     * @param node its id
     * @param zone its failure domain, "" when unset
     * @param replicas how many it holds already
     * @param masters how many tablets it masters already
     */
    public record Candidate(NodeId node, String zone, int replicas, int masters) {}

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
        Map<NodeId, Integer> masters = new HashMap<>();
        for (Candidate candidate : candidates) {
            load.put(candidate.node(), candidate.replicas());
            masters.put(candidate.node(), candidate.masters());
        }
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
        Set<NodeId> chosen = new HashSet<>();
        List<NodeId> inOrder = new ArrayList<>(replicas);
        while (inOrder.size() < replicas) {
            NodeId next = next(candidates, chosen, load).orElseThrow();
            chosen.add(next);
            inOrder.add(next);
        }
        return inOrder;
    }

    /** One more node for a tablet that has copies on some already, if there is one without. */
    public static Optional<NodeId> oneMore(List<Candidate> candidates, Collection<NodeId> holders) {
        Map<NodeId, Integer> load = new HashMap<>();
        candidates.forEach(candidate -> load.put(candidate.node(), candidate.replicas()));
        return next(candidates, Set.copyOf(holders), load);
    }

    private static Optional<NodeId> next(
            List<Candidate> candidates, Set<NodeId> holders, Map<NodeId, Integer> load) {
        Map<String, Integer> zones = new HashMap<>();
        candidates.stream()
                .filter(each -> holders.contains(each.node()))
                .forEach(each -> zones.merge(each.zone(), 1, Integer::sum));
        return candidates.stream()
                .filter(each -> !holders.contains(each.node()))
                .min(
                        Comparator.comparing((Candidate each) -> zones.getOrDefault(each.zone(), 0))
                                .thenComparing(each -> load.get(each.node()))
                                .thenComparing(Candidate::node))
                .map(Candidate::node);
    }

    private static List<NodeId> leastMastersFirst(
            List<NodeId> nodes, Map<NodeId, Integer> masters) {
        List<NodeId> ordered = new ArrayList<>(nodes);
        ordered.sort(Comparator.comparing(node -> masters.getOrDefault(node, 0)));
        masters.merge(ordered.get(0), 1, Integer::sum);
        return ordered;
    }
}
