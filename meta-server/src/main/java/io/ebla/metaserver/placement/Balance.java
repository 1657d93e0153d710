package io.ebla.metaserver.placement;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which replica to move, or which masterships to hand over, so that the nodes carry alike. A pure
 * calculation on what the nodes hold; what is under way is taken for done.
 *
 * <p>In this order: a tablet's copies over the zones; as many replicas on each node; as many bytes, by
 * exchanging a large replica for a small one; as many masterships; as much load on the masters, by
 * exchanging a busy mastership for a quiet one. Each step makes the cluster better by a measure that no
 * later one makes worse (counts that differ by one are even, and bytes and load count only beyond a share of
 * the mean): so it ends, and what is balanced is left alone.
 */
public final class Balance {

    /**
     * A node that may take something.
     *
     * @param zone its failure domain, "" when unset
     */
    public record Place(NodeId node, String zone) {}

    /**
     * A tablet whose replicas are all of use.
     *
     * @param nodes of its members
     * @param master among them, null while there is none
     * @param bytes of one replica
     * @param load of its master, in whatever unit all are told
     * @param movable whether anything may be done about it now
     * @param barred nodes to which nothing of it is to go now
     */
    public record Item(
            TabletId tablet,
            List<NodeId> nodes,
            NodeId master,
            long bytes,
            double load,
            boolean movable,
            Set<NodeId> barred) {

        public Item {
            nodes = List.copyOf(nodes);
            barred = Set.copyOf(barred);
        }

        /** One that may go anywhere. */
        public Item(
                TabletId tablet,
                List<NodeId> nodes,
                NodeId master,
                long bytes,
                double load,
                boolean movable) {
            this(tablet, nodes, master, bytes, load, movable, Set.of());
        }
    }

    /**
     * When bytes and load are uneven.
     *
     * @param share the part of the mean by which two nodes may differ
     * @param bytesMin and so many bytes
     * @param loadMin and so much load
     */
    public record Tolerance(double share, long bytesMin, double loadMin) {}

    /** What to do next; one or two moves, or hand-overs that belong together. */
    public sealed interface Step {

        /** @param why for people */
        record Moves(List<Move> moves, String why) implements Step {}

        record HandOvers(List<Move> masterships, String why) implements Step {}
    }

    public record Move(TabletId tablet, NodeId from, NodeId to) {}

    private final SortedMap<NodeId, String> zones = new TreeMap<>();
    private final List<Item> items;
    private final Tolerance tolerance;
    private final Map<NodeId, Integer> replicas = new HashMap<>();
    private final Map<NodeId, Integer> masters = new HashMap<>();
    private final Map<NodeId, Double> bytes = new HashMap<>();
    private final Map<NodeId, Double> load = new HashMap<>();

    public Balance(List<Place> places, List<Item> items, Tolerance tolerance) {
        this.items = items;
        this.tolerance = tolerance;
        places.forEach(place -> zones.put(place.node(), place.zone()));
        for (Item item : items) {
            for (NodeId node : item.nodes()) {
                replicas.merge(node, 1, Integer::sum);
                bytes.merge(node, (double) item.bytes(), Double::sum);
            }
            if (item.master() != null) {
                masters.merge(item.master(), 1, Integer::sum);
                load.merge(item.master(), item.load(), Double::sum);
            }
        }
    }

    /** The next step, none when the cluster is balanced as well as single steps can. */
    public Optional<Step> next() {
        return byPlace().or(this::byBytes).or(this::byMasters).or(this::byLoad);
    }

    /** The same by zones and replicas alone, which are known when bytes, masters and load are not. */
    public Optional<Step> byPlace() {
        return acrossZones().or(this::byReplicas);
    }

    // ---------------------------------------------------------------- replicas

    private Optional<Step> acrossZones() {
        for (Item item : items) {
            for (NodeId from : item.nodes()) {
                if (!item.movable() || !zones.containsKey(from)) {
                    continue;
                }
                int crowd = inZone(item, zones.get(from));
                Optional<NodeId> to =
                        zones.keySet().stream()
                                .filter(node -> !item.nodes().contains(node))
                                .filter(node -> !item.barred().contains(node))
                                .filter(node -> inZone(item, zones.get(node)) + 2 <= crowd)
                                .min(byCount(replicas));
                if (to.isPresent()) {
                    return moves("zones", new Move(item.tablet(), from, to.get()));
                }
            }
        }
        return Optional.empty();
    }

    /** Copies on nodes that may take nothing, and may be away, count as of zone "". */
    private int inZone(Item item, String zone) {
        return (int)
                item.nodes().stream()
                        .filter(node -> zone.equals(zones.getOrDefault(node, "")))
                        .count();
    }

    private Optional<Step> byReplicas() {
        for (NodeId from : zones.keySet().stream().sorted(byCount(replicas).reversed()).toList()) {
            for (NodeId to : zones.keySet().stream().sorted(byCount(replicas)).toList()) {
                if (count(replicas, from) - count(replicas, to) < 2) {
                    break;
                }
                boolean heavier = amount(bytes, from) > amount(bytes, to);
                Comparator<Item> size = Comparator.comparingLong(Item::bytes);
                Optional<Item> item =
                        items.stream()
                                .filter(each -> mayMove(each, from, to))
                                .min(
                                        Comparator.comparing(
                                                        (Item each) -> from.equals(each.master()))
                                                .thenComparing(heavier ? size.reversed() : size)
                                                .thenComparing(Item::tablet));
                if (item.isPresent()) {
                    return moves("replicas", new Move(item.get().tablet(), from, to));
                }
            }
        }
        return Optional.empty();
    }

    /** To a node without one, in a zone that then has no more of its copies than the other had. */
    private boolean mayMove(Item item, NodeId from, NodeId to) {
        if (!item.movable()
                || !item.nodes().contains(from)
                || item.nodes().contains(to)
                || item.barred().contains(to)) {
            return false;
        }
        String source = zones.get(from);
        String target = zones.get(to);
        return source.equals(target) || inZone(item, target) + 1 <= inZone(item, source);
    }

    /**
     * A large replica goes and a small one comes, so that the counts stay; or only goes, where they allow.
     */
    private Optional<Step> byBytes() {
        List<NodeId> order = zones.keySet().stream().sorted(byAmount(bytes)).toList();
        if (order.size() < 2 || even(bytes, order, tolerance.bytesMin())) {
            return Optional.empty();
        }
        NodeId to = order.get(0);
        NodeId from = order.get(order.size() - 1);
        double gap = amount(bytes, from) - amount(bytes, to);
        boolean alone = count(replicas, from) > count(replicas, to);
        Move best = null;
        Move back = null;
        double least = gap * (1 - LEAST_GAIN);
        List<Item> smalls = items.stream().filter(each -> mayMove(each, to, from)).toList();
        for (Item large : items.stream().filter(each -> mayMove(each, from, to)).toList()) {
            double left = Math.abs(gap - 2.0 * large.bytes());
            if (alone && left < least) {
                least = left;
                best = new Move(large.tablet(), from, to);
                back = null;
            }
            for (Item small : smalls) {
                double both = Math.abs(gap - 2.0 * (large.bytes() - small.bytes()));
                if (both < least) {
                    least = both;
                    best = new Move(large.tablet(), from, to);
                    back = new Move(small.tablet(), to, from);
                }
            }
        }
        return best == null
                ? Optional.empty()
                : back == null ? moves("bytes", best) : moves("bytes", best, back);
    }

    // ---------------------------------------------------------------- masterships

    /** Along a chain of tablets from a node with many to one with at least two fewer. */
    private Optional<Step> byMasters() {
        for (NodeId from : zones.keySet().stream().sorted(byCount(masters).reversed()).toList()) {
            Map<NodeId, Move> reachedBy = new HashMap<>();
            ArrayDeque<NodeId> open = new ArrayDeque<>(List.of(from));
            Set<NodeId> seen = new HashSet<>(List.of(from));
            while (!open.isEmpty()) {
                NodeId node = open.poll();
                if (count(masters, from) - count(masters, node) >= 2) {
                    return Optional.of(new Step.HandOvers(chain(reachedBy, from, node), "masters"));
                }
                for (Item item : items) {
                    if (item.movable() && node.equals(item.master())) {
                        for (NodeId next : item.nodes()) {
                            if (zones.containsKey(next)
                                    && !item.barred().contains(next)
                                    && seen.add(next)) {
                                reachedBy.put(next, new Move(item.tablet(), node, next));
                                open.add(next);
                            }
                        }
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static List<Move> chain(Map<NodeId, Move> reachedBy, NodeId from, NodeId to) {
        List<Move> chain = new ArrayList<>();
        for (NodeId at = to; !at.equals(from); at = reachedBy.get(at).from()) {
            chain.add(0, reachedBy.get(at));
        }
        return chain;
    }

    /** A busy mastership goes and a quiet one comes, so that the counts stay. */
    private Optional<Step> byLoad() {
        List<NodeId> order = zones.keySet().stream().sorted(byAmount(load)).toList();
        if (order.size() < 2 || even(load, order, tolerance.loadMin())) {
            return Optional.empty();
        }
        NodeId from = order.get(order.size() - 1);
        for (NodeId to : order) {
            double gap = amount(load, from) - amount(load, to);
            Item busy = null;
            Item quiet = null;
            double least = gap * (1 - LEAST_GAIN);
            List<Item> smalls = items.stream().filter(each -> mayLead(each, to, from)).toList();
            for (Item large : items.stream().filter(each -> mayLead(each, from, to)).toList()) {
                for (Item small : smalls) {
                    double left = Math.abs(gap - 2 * (large.load() - small.load()));
                    if (left < least) {
                        least = left;
                        busy = large;
                        quiet = small;
                    }
                }
            }
            if (busy != null) {
                return Optional.of(
                        new Step.HandOvers(
                                List.of(
                                        new Move(busy.tablet(), from, to),
                                        new Move(quiet.tablet(), to, from)),
                                "load"));
            }
        }
        return Optional.empty();
    }

    private static boolean mayLead(Item item, NodeId from, NodeId to) {
        return item.movable()
                && from.equals(item.master())
                && item.nodes().contains(to)
                && !item.barred().contains(to);
    }

    // ---------------------------------------------------------------- measures

    /** A step for bytes or load must take so much of the gap, or it is not worth its cost. */
    private static final double LEAST_GAIN = 0.2;

    private boolean even(Map<NodeId, Double> of, List<NodeId> order, double least) {
        double mean = order.stream().mapToDouble(node -> amount(of, node)).average().orElse(0);
        double gap = amount(of, order.get(order.size() - 1)) - amount(of, order.get(0));
        return gap <= Math.max(least, mean * tolerance.share());
    }

    private static Optional<Step> moves(String why, Move... moves) {
        return Optional.of(new Step.Moves(List.of(moves), why));
    }

    private static int count(Map<NodeId, Integer> of, NodeId node) {
        return of.getOrDefault(node, 0);
    }

    private static double amount(Map<NodeId, Double> of, NodeId node) {
        return of.getOrDefault(node, 0.0);
    }

    private static Comparator<NodeId> byCount(Map<NodeId, Integer> of) {
        return Comparator.comparing((NodeId node) -> count(of, node)).thenComparing(node -> node);
    }

    private static Comparator<NodeId> byAmount(Map<NodeId, Double> of) {
        return Comparator.comparing((NodeId node) -> amount(of, node)).thenComparing(node -> node);
    }
}
