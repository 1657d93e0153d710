package io.ebla.metaserver.placement;

import io.ebla.core.cluster.NodeId;
import io.ebla.metaserver.placement.Balance.Item;
import io.ebla.metaserver.placement.Balance.Place;
import io.ebla.metaserver.placement.Balance.Tolerance;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** What each node carries, what of it may go where, and what counts as even. A pure calculation. */
final class Carried {

    /**
     * What is moved for another reason may take bytes up to here of what counts as even: growth does not at
     * once make it be moved back.
     */
    private static final double FULL_SHARE = 0.75;

    /**
     * So much of itself a tablet's load may be off what it is. From one look to the next it is expected to
     * differ by a third of that or less.
     */
    static final double LOAD_DOUBT = 0.25;

    private final SortedMap<NodeId, String> zones = new TreeMap<>();
    private final Set<NodeId> barredForLoad = new HashSet<>();
    private final Map<NodeId, List<Item>> heldBy = new HashMap<>();
    private final Map<NodeId, List<Item>> masteredBy = new HashMap<>();
    private final Tolerance tolerance;
    private final Map<NodeId, Integer> replicas = new HashMap<>();
    private final Map<NodeId, Integer> masters = new HashMap<>();
    private final Map<NodeId, Double> bytes = new HashMap<>();
    private final Map<NodeId, Double> load = new HashMap<>();
    private final Map<NodeId, Double> loadSquares = new HashMap<>();
    private final Set<NodeId> loadGuessed = new HashSet<>();

    Carried(List<Place> places, List<Item> items, Tolerance tolerance) {
        this.tolerance = tolerance;
        for (Place place : places) {
            zones.put(place.node(), place.zone());
            if (place.barredForLoad()) {
                barredForLoad.add(place.node());
            }
        }
        for (Item item : items) {
            for (NodeId node : item.nodes()) {
                heldBy.computeIfAbsent(node, fresh -> new ArrayList<>()).add(item);
                replicas.merge(node, 1, Integer::sum);
                bytes.merge(node, (double) item.bytes(), Double::sum);
            }
            if (item.master() != null) {
                masteredBy.computeIfAbsent(item.master(), fresh -> new ArrayList<>()).add(item);
                masters.merge(item.master(), 1, Integer::sum);
                load.merge(item.master(), item.load(), Double::sum);
                loadSquares.merge(item.master(), item.load() * item.load(), Double::sum);
                if (!item.loadKnown()) {
                    loadGuessed.add(item.master());
                }
            }
        }
    }

    /** The nodes that may take something. */
    SortedMap<NodeId, String> zones() {
        return zones;
    }

    int replicas(NodeId node) {
        return replicas.getOrDefault(node, 0);
    }

    int masters(NodeId node) {
        return masters.getOrDefault(node, 0);
    }

    double bytes(NodeId node) {
        return bytes.getOrDefault(node, 0.0);
    }

    double load(NodeId node) {
        return load.getOrDefault(node, 0.0);
    }

    /** Whether the load of all that it masters is known. */
    boolean isLoadKnown(NodeId node) {
        return !loadGuessed.contains(node);
    }

    Comparator<NodeId> byReplicas() {
        return Comparator.comparing(this::replicas).thenComparing(node -> node);
    }

    Comparator<NodeId> byMasters() {
        return Comparator.comparing(this::masters).thenComparing(node -> node);
    }

    Comparator<NodeId> byBytes() {
        return Comparator.comparing(this::bytes).thenComparing(node -> node);
    }

    Comparator<NodeId> byLoad() {
        return Comparator.comparing(this::load).thenComparing(node -> node);
    }

    // ---------------------------------------------------------------- what may go where

    /** Copies on nodes that may take nothing, and may be away, count as of zone "". */
    int inZone(Item item, String zone) {
        return (int)
                item.nodes().stream()
                        .filter(node -> zone.equals(zones.getOrDefault(node, "")))
                        .count();
    }

    /** To a node without one, in a zone that then has no more of its copies than the other had. */
    boolean mayMove(Item item, NodeId from, NodeId to) {
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

    List<Item> movable(NodeId from, NodeId to) {
        return heldBy.getOrDefault(from, List.of()).stream()
                .filter(each -> mayMove(each, from, to))
                .toList();
    }

    boolean mayMoveForLoad(Item item, NodeId from, NodeId to) {
        return !barredForLoad.contains(to) && mayMove(item, from, to);
    }

    List<Item> movableForLoad(NodeId from, NodeId to) {
        return barredForLoad.contains(to) ? List.of() : movable(from, to);
    }

    /** What a node masters. */
    List<Item> mastered(NodeId node) {
        return masteredBy.getOrDefault(node, List.of());
    }

    /** Of what a node masters, that which another may. */
    List<Item> handable(NodeId from, NodeId to) {
        return mastered(from).stream()
                .filter(each -> each.movable() && each.nodes().contains(to))
                .filter(each -> !each.barred().contains(to))
                .toList();
    }

    // ---------------------------------------------------------------- what is even

    /** By how much two nodes may differ in bytes. */
    double bytesBand() {
        return band(this::bytes, tolerance.bytesMin());
    }

    /** By how much two nodes may differ in load. */
    double loadBand() {
        return band(this::load, tolerance.loadMin());
    }

    /**
     * By how much two nodes may seem to differ in load by chance. Each tablet is off by itself: many small
     * ones make up for each other, of a few heavy ones nothing is certain.
     */
    double loadDoubt(NodeId one, NodeId other) {
        double squares = loadSquares.getOrDefault(one, 0.0) + loadSquares.getOrDefault(other, 0.0);
        return LOAD_DOUBT * Math.sqrt(squares);
    }

    private double band(ToDoubleFunction<NodeId> of, double least) {
        double mean = zones.keySet().stream().mapToDouble(of).average().orElse(0);
        return Math.max(least, mean * tolerance.share());
    }

    /**
     * Whether so many bytes more may go from one node to another than come back: what is even stays even,
     * with room to spare, and what is not becomes no worse.
     */
    boolean bytesAllow(NodeId from, NodeId to, double more) {
        double band = bytesBand();
        double gap = gap(zones.keySet().stream().map(this::bytes).toList());
        if (gap > band) {
            return more * (more - (bytes(from) - bytes(to))) <= 0;
        }
        double after =
                gap(
                        zones.keySet().stream()
                                .map(
                                        node ->
                                                bytes(node)
                                                        + (node.equals(to)
                                                                ? more
                                                                : node.equals(from) ? -more : 0))
                                .toList());
        return after <= Math.max(gap, FULL_SHARE * band);
    }

    private static double gap(Collection<Double> amounts) {
        return Collections.max(amounts) - Collections.min(amounts);
    }
}
