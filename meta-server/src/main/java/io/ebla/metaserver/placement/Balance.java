package io.ebla.metaserver.placement;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * Which replica to move, or which masterships to hand over, so that the nodes carry alike. A pure
 * calculation on what the nodes hold; what is under way is taken for done.
 *
 * <p>In this order: a tablet's copies over the zones; as many replicas on each node; as many bytes, by
 * exchanging a large replica for a small one; as many masterships; as much load on the masters ({@link
 * LoadSteps}). Each step makes the cluster better by a measure that no later one makes worse (counts that
 * differ by one are even, and bytes and load count only beyond a share of the mean): so it ends, and what is
 * balanced is left alone.
 */
public final class Balance {

    /**
     * A node that may take something.
     *
     * @param zone its failure domain, "" when unset
     * @param barredForLoad whether no replica is to go there for load now
     */
    public record Place(NodeId node, String zone, boolean barredForLoad) {

        /** One to which anything may go. */
        public Place(NodeId node, String zone) {
            this(node, zone, false);
        }
    }

    /**
     * A tablet whose replicas are all of use.
     *
     * @param nodes of its members
     * @param master among them, null while there is none
     * @param bytes of one replica
     * @param load of its master, in whatever unit all are told
     * @param loadKnown whether that was measured for long enough to move replicas for it
     * @param movable whether anything may be done about it now
     * @param barred nodes to which nothing of it is to go now
     */
    public record Item(
            TabletId tablet,
            List<NodeId> nodes,
            NodeId master,
            long bytes,
            double load,
            boolean loadKnown,
            boolean movable,
            Set<NodeId> barred) {

        public Item {
            nodes = List.copyOf(nodes);
            barred = Set.copyOf(barred);
        }

        /** One of known load that may go anywhere. */
        public Item(
                TabletId tablet,
                List<NodeId> nodes,
                NodeId master,
                long bytes,
                double load,
                boolean movable) {
            this(tablet, nodes, master, bytes, load, true, movable, Set.of());
        }

        Item withLoad(double other) {
            return new Item(tablet, nodes, master, bytes, other, loadKnown, movable, barred);
        }

        /** Whether there is one copy: its mastership goes where that goes. */
        boolean sole() {
            return nodes.size() == 1;
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

    /** Why replicas are moved for the sake of load. */
    public static final String LOAD = "load";

    /** What to do next; one or two moves, or hand-overs that belong together. */
    public sealed interface Step {

        /** @param why for people */
        record Moves(List<Move> moves, String why) implements Step {}

        record HandOvers(List<Move> masterships, String why) implements Step {}
    }

    public record Move(TabletId tablet, NodeId from, NodeId to) {}

    private final Carried carried;
    private final SortedMap<NodeId, String> zones;
    private final List<Item> items;
    private final LoadSteps loadSteps;

    public Balance(List<Place> places, List<Item> items, Tolerance tolerance) {
        this.items = items;
        carried = new Carried(places, items, tolerance);
        zones = carried.zones();
        loadSteps = new LoadSteps(carried);
    }

    /** The next step, none when the cluster is balanced as well as single steps can. */
    public Optional<Step> next() {
        return byPlace().or(this::byBytes).or(this::byMasters).or(loadSteps::next);
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
                int crowd = carried.inZone(item, zones.get(from));
                Optional<NodeId> to =
                        zones.keySet().stream()
                                .filter(node -> !item.nodes().contains(node))
                                .filter(node -> !item.barred().contains(node))
                                .filter(node -> carried.inZone(item, zones.get(node)) + 2 <= crowd)
                                .min(carried.byReplicas());
                if (to.isPresent()) {
                    return moves("zones", new Move(item.tablet(), from, to.get()));
                }
            }
        }
        return Optional.empty();
    }

    private Optional<Step> byReplicas() {
        List<NodeId> order = zones.keySet().stream().sorted(carried.byReplicas()).toList();
        for (NodeId from : reversed(order)) {
            for (NodeId to : order) {
                if (carried.replicas(from) - carried.replicas(to) < 2) {
                    break;
                }
                boolean heavier = carried.bytes(from) > carried.bytes(to);
                Comparator<Item> size = Comparator.comparingLong(Item::bytes);
                Optional<Item> item =
                        items.stream()
                                .filter(each -> carried.mayMove(each, from, to))
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

    /**
     * A large replica goes and a small one comes, so that the counts stay; or only goes, where they allow.
     */
    private Optional<Step> byBytes() {
        double band = carried.bytesBand();
        List<NodeId> order = zones.keySet().stream().sorted(carried.byBytes()).toList();
        for (NodeId from : reversed(order)) {
            for (NodeId to : order) {
                double gap = carried.bytes(from) - carried.bytes(to);
                if (gap <= band) {
                    break;
                }
                boolean alone = carried.replicas(from) > carried.replicas(to);
                Optional<Exchange> best =
                        Exchange.Search.ofKnown(gap, band, Item::bytes)
                                .best(
                                        carried.movable(from, to),
                                        carried.movable(to, from),
                                        (large, small) -> small != null || alone);
                if (best.isPresent()) {
                    return Optional.of(new Step.Moves(best.get().moves(from, to), "bytes"));
                }
            }
        }
        return Optional.empty();
    }

    // ---------------------------------------------------------------- masterships

    /** Along a chain of tablets from a node with many to one with at least two fewer. */
    private Optional<Step> byMasters() {
        List<NodeId> order = zones.keySet().stream().sorted(carried.byMasters()).toList();
        for (NodeId from : reversed(order)) {
            Map<NodeId, Move> reachedBy = new HashMap<>();
            ArrayDeque<NodeId> open = new ArrayDeque<>(List.of(from));
            Set<NodeId> seen = new HashSet<>(List.of(from));
            while (!open.isEmpty()) {
                NodeId node = open.poll();
                if (carried.masters(from) - carried.masters(node) >= 2) {
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

    private static List<NodeId> reversed(List<NodeId> order) {
        List<NodeId> reversed = new ArrayList<>(order);
        Collections.reverse(reversed);
        return reversed;
    }

    private static Optional<Step> moves(String why, Move... moves) {
        return Optional.of(new Step.Moves(List.of(moves), why));
    }
}
