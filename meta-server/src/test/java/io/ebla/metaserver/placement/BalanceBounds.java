package io.ebla.metaserver.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import io.ebla.metaserver.placement.Balance.Item;
import io.ebla.metaserver.placement.Balance.Place;
import io.ebla.metaserver.placement.Balance.Step;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * How even a cluster at rest must be.
 *
 * <p>Of two nodes between which all may go, one with {@code n} things and one with as many, or one fewer or
 * more, of which none can be exchanged with gain: some thing weighs by an n-th of the gap more than what it
 * is held against, so that either this n-th is too little to be moved for, or the thing is as heavy as the
 * gap. Load may be uneven by twice as much, for below that it is brought nearer only by exchanges that leave
 * little of it.
 */
final class BalanceBounds {

    /**
     * What an exchange must take of what counts as even, and what is left of that when it would go too far.
     */
    private static final double LEAST = 0.05;

    private final List<Place> places;
    private final List<Item> items;
    private final Balance.Tolerance tolerance;

    BalanceBounds(List<Place> places, List<Item> items, Balance.Tolerance tolerance) {
        this.places = places;
        this.items = items;
        this.tolerance = tolerance;
    }

    private long replicas(NodeId node) {
        return items.stream().filter(each -> each.nodes().contains(node)).count();
    }

    private long masters(NodeId node) {
        return items.stream().filter(each -> node.equals(each.master())).count();
    }

    private double bytes(NodeId node) {
        return items.stream()
                .filter(each -> each.nodes().contains(node))
                .mapToDouble(Item::bytes)
                .sum();
    }

    private double load(NodeId node) {
        return items.stream()
                .filter(each -> node.equals(each.master()))
                .mapToDouble(Item::load)
                .sum();
    }

    private double band(ToDoubleFunction<NodeId> of, double least) {
        double mean = places.stream().map(Place::node).mapToDouble(of).average().orElseThrow();
        return Math.max(least, tolerance.share() * mean);
    }

    private static double most(double band, long things, double heaviest) {
        return Math.max(band, Math.max(heaviest + LEAST * band, (things + 1) * LEAST * band));
    }

    /** Within a zone every replica may go to any node that has none; with one copy to any node at all. */
    void replicasAndBytesAreEvenWhereAllMayMove(int copies) {
        double band = band(this::bytes, tolerance.bytesMin());
        double heaviest = items.stream().mapToLong(Item::bytes).max().orElse(0);
        for (Place one : places) {
            for (Place other : places) {
                if (copies == 1 || one.zone().equals(other.zone())) {
                    long count = replicas(one.node());
                    assertThat(count - replicas(other.node())).isLessThanOrEqualTo(1);
                    assertThat(bytes(one.node()) - bytes(other.node()))
                            .as("bytes of %s and %s", one, other)
                            .isLessThanOrEqualTo(most(band, count, heaviest));
                }
            }
        }
    }

    void loadIsEvenWhereAllMayBeHandedOver() {
        loadIsEven(2 * loadBand(), 1);
    }

    /** Of several copies the right one may not be where a mastership could go to: then a little less. */
    void loadIsEvenWhereAllMayBeMoved(int copies) {
        loadIsEven(2 * LoadSteps.MOVES_BANDS * loadBand(), copies == 1 ? 1 : 2);
    }

    private double loadBand() {
        return band(this::load, tolerance.loadMin());
    }

    private void loadIsEven(double band, int tablets) {
        double heaviest = items.stream().mapToDouble(Item::load).max().orElse(0);
        for (Place one : places) {
            for (Place other : places) {
                assertThat(load(one.node()) - load(other.node()))
                        .as("load of %s and %s", one, other)
                        .isLessThanOrEqualTo(most(band, masters(one.node()), tablets * heaviest));
            }
        }
    }

    // ---------------------------------------------------------------- one step

    /**
     * The measures in their order; of bytes that are even none is better. A slave that moves for the sake of
     * load makes none of them worse.
     */
    void isBetterThan(BalanceBounds before, Step step) {
        List<Double> now = measures();
        List<Double> then = before.measures();
        int first = 0;
        while (first < now.size() && Math.abs(now.get(first) - then.get(first)) < 1e-6) {
            first++;
        }
        boolean prepares =
                step instanceof Step.Moves moves
                        && moves.why().equals(Balance.LOAD)
                        && first == now.size();
        assertThat(prepares || first < now.size() && now.get(first) < then.get(first))
                .as("%s: from %s to %s", step, then, now)
                .isTrue();
    }

    private List<Double> measures() {
        double bytes = squares(this::bytes);
        boolean even = gap(this::bytes) <= band(this::bytes, tolerance.bytesMin());
        return List.of(
                crowding(),
                squares(this::replicas),
                even ? 0 : bytes,
                squares(this::masters),
                squares(this::load));
    }

    private double squares(ToDoubleFunction<NodeId> of) {
        return places.stream().map(Place::node).mapToDouble(of).map(each -> each * each).sum();
    }

    private double gap(ToDoubleFunction<NodeId> of) {
        DoubleSummaryStatistics all =
                places.stream().map(Place::node).mapToDouble(of).summaryStatistics();
        return all.getMax() - all.getMin();
    }

    /** How many copies of a tablet share a zone, squared. */
    private double crowding() {
        double crowding = 0;
        for (Item item : items) {
            Map<String, Long> zones =
                    places.stream()
                            .filter(place -> item.nodes().contains(place.node()))
                            .collect(Collectors.groupingBy(Place::zone, Collectors.counting()));
            crowding += zones.values().stream().mapToDouble(each -> each * each).sum();
        }
        return crowding;
    }
}
