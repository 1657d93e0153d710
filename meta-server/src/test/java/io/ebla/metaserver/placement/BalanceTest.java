package io.ebla.metaserver.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.placement.Balance.Item;
import io.ebla.metaserver.placement.Balance.Move;
import io.ebla.metaserver.placement.Balance.Place;
import io.ebla.metaserver.placement.Balance.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random clusters, each named by its seed, come to rest, and what is at rest is even. */
class BalanceTest {

    private static final Balance.Tolerance TOLERANCE = new Balance.Tolerance(0.2, 100, 10);
    private static final int STEPS_MAX = 3_000;

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 200);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everyClusterComesToRestEven(long seed) {
        Random random = new Random(seed);
        List<Place> places = places(2 + random.nextInt(6), 1 + random.nextInt(3));
        int copies = 1 + random.nextInt(Math.min(3, places.size()));
        List<Item> items = items(random, places, copies, 1 + random.nextInt(60));
        settle(places, items);
        acrossZones(places, items, copies);
        assertThat(next(places, items)).as("at rest").isEmpty();
        BalanceBounds rest = new BalanceBounds(places, items, TOLERANCE);
        rest.replicasAndBytesAreEvenWhereAllMayMove(copies);
        if (copies == places.size()) {
            assertThat(spread(counts(places, items, true))).isLessThanOrEqualTo(1);
            rest.loadIsEvenWhereAllMayBeHandedOver();
        }
    }

    /** Where bytes are no matter, load is even too, wherever the copies were at first. */
    @ParameterizedTest
    @MethodSource("seeds")
    void theLoadOfSmallTabletsIsSpread(long seed) {
        Random random = new Random(seed);
        List<Place> places = places(2 + random.nextInt(6), 1 + random.nextInt(3));
        int copies = 1 + random.nextInt(Math.min(3, places.size()));
        List<Item> items = new ArrayList<>();
        for (Item item : items(random, places, copies, 1 + random.nextInt(60))) {
            double load = Math.pow(random.nextDouble(), 4) * 1_000;
            items.add(new Item(item.tablet(), item.nodes(), item.master(), 1, load, true));
        }
        settle(places, items);
        new BalanceBounds(places, items, TOLERANCE).loadIsEvenWhereAllMayBeMoved(copies);
    }

    /** Figures of load are smoothed, and still differ from one look to the next, here and there by much. */
    @Test
    void loadsThatTrembleMoveHardlyAnything() {
        List<Long> restless = new ArrayList<>();
        seeds().forEach(
                        seed -> {
                            List<Step> steps = trembled(seed, 200);
                            assertThat(steps.stream().filter(Step.Moves.class::isInstance))
                                    .as("moves of seed %s", seed)
                                    .hasSizeLessThanOrEqualTo(2);
                            if (handOvers(steps) >= 10) {
                                restless.add(seed);
                            }
                        });
        assertThat(restless).as("seeds with ten hand-overs or more").hasSizeLessThanOrEqualTo(2);
    }

    /** What a cluster does in so many looks, after as many in which it came to rest. */
    private static List<Step> trembled(long seed, int looks) {
        Random random = new Random(seed);
        List<Place> places = places(2 + random.nextInt(6), 1 + random.nextInt(3));
        int copies = 1 + random.nextInt(Math.min(3, places.size()));
        List<Item> items = items(random, places, copies, 1 + random.nextInt(60));
        Map<TabletId, Double> loads = new HashMap<>();
        items.forEach(item -> loads.put(item.tablet(), item.load()));
        settle(places, items);
        List<Step> steps = new ArrayList<>();
        for (int look = 0; look < 2 * looks; look++) {
            items.replaceAll(item -> item.withLoad(trembling(random, loads.get(item.tablet()))));
            Optional<Step> step = next(places, items);
            step.ifPresent(due -> make(items, due));
            if (look >= looks) {
                step.ifPresent(steps::add);
            }
        }
        return steps;
    }

    private static int handOvers(List<Step> steps) {
        return steps.stream()
                .mapToInt(
                        each ->
                                each instanceof Step.HandOvers handOvers
                                        ? handOvers.masterships().size()
                                        : 0)
                .sum();
    }

    private static double trembling(Random random, double load) {
        return load * Math.max(0, 1 + 0.07 * random.nextGaussian());
    }

    @Test
    void newNodesGetTheirShareAndThenNothingMoves() {
        List<Place> places = places(3, 1);
        List<Item> items = items(new Random(1), places, 3, 30);
        settle(places, items);
        List<Place> grown = places(5, 1);
        int steps = settle(grown, items);
        assertThat(counts(grown, items, false).values()).allMatch(count -> count == 18);
        assertThat(counts(grown, items, true).values()).allMatch(count -> count == 6);
        assertThat(steps).as("no more than have to").isLessThan(60);
    }

    @Test
    void aLargeReplicaIsExchangedForASmallOne() {
        List<Place> places = places(2, 1);
        List<Item> items = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            String node = i <= 2 ? "t1" : "t2";
            items.add(item(i, List.of(node), i <= 2 ? 1_000 : 10, 0));
        }
        Step step = next(places, items).orElseThrow();
        assertThat(((Step.Moves) step).moves()).hasSize(2);
        settle(places, items);
        assertThat(counts(places, items, false).values()).containsOnly(2);
    }

    @Test
    void aBusyMastershipIsExchangedForAQuietOne() {
        List<Place> places = places(2, 1);
        List<Item> items = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            List<String> nodes = i <= 2 ? List.of("t1", "t2") : List.of("t2", "t1");
            items.add(item(i, nodes, 10, i <= 2 ? 500 : 1));
        }
        Step step = next(places, items).orElseThrow();
        assertThat(((Step.HandOvers) step).why()).isEqualTo("load");
        settle(places, items);
        assertThat(counts(places, items, true).values()).containsOnly(2);
    }

    /** Which of two is the heavier may be another one at the next look. */
    @Test
    void tabletsThatAreAlikeDoNotChangePlaces() {
        List<Place> places = places(2, 1);
        List<Item> items = new ArrayList<>();
        items.add(fixed(1, "t1", 100));
        items.add(fixed(2, "t2", 1));
        items.add(item(3, List.of("t1", "t2"), 10, 100));
        items.add(item(4, List.of("t2", "t1"), 10, 86));
        assertThat(next(places, items)).isEmpty();
        items.set(3, item(4, List.of("t2", "t1"), 10, 60));
        assertThat(next(places, items)).isPresent();
    }

    /** However little is certain of its own load. */
    @Test
    void aBusyTabletThatStaysDoesNotKeepTheOthersWithIt() {
        List<Place> places = places(2, 1);
        List<Item> items = new ArrayList<>();
        items.add(fixed(1, "t1", 1_000));
        items.add(fixed(2, "t2", 10));
        for (int i = 3; i <= 12; i++) {
            List<String> nodes = i <= 7 ? List.of("t1", "t2") : List.of("t2", "t1");
            items.add(item(i, nodes, 10, i <= 7 ? 100 : 10));
        }
        settle(places, items);
        assertThat(items.subList(2, 7)).allMatch(each -> each.master().equals(node("t2")));
    }

    /** As the halves of a tablet are that was split by its load: with no copy of them elsewhere. */
    @Test
    void theOnlyCopyOfABusyTabletIsExchangedForAnIdleOne() {
        List<Place> places = places(2, 2);
        List<Item> items = new ArrayList<>();
        items.add(item(1, List.of("t1"), 10, 500));
        items.add(item(2, List.of("t1"), 10, 500));
        items.add(item(3, List.of("t2"), 10, 1));
        items.add(item(4, List.of("t2"), 10, 2));
        Step step = next(places, items).orElseThrow();
        assertThat(step)
                .isEqualTo(
                        new Step.Moves(
                                List.of(move(1, "t1", "t2"), move(3, "t2", "t1")), Balance.LOAD));
        assertThat(settle(places, items)).isEqualTo(1);
    }

    /** To one where hand-overs fail, that is: it would stay where it is of no use. */
    @Test
    void noReplicaGoesForLoadToANodeThatIsBarred() {
        List<Item> only = new ArrayList<>();
        List<Item> several = new ArrayList<>();
        for (int i = 1; i <= 2; i++) {
            only.add(item(i, List.of("t1"), 10, 500));
            only.add(item(i + 2, List.of("t2"), 10, 1));
            only.add(item(i + 4, List.of("t3"), 10, 2));
            several.add(item(i, List.of("t1", "t4"), 10, 500));
            several.add(item(i + 2, List.of("t2", "t3"), 10, 1));
            several.add(item(i + 4, List.of("t3", "t2"), 10, 2));
            several.add(item(i + 6, List.of("t4", "t1"), 10, 499));
        }
        several.add(item(9, List.of("t1", "t4"), 10, 500));
        for (List<Item> items : List.of(only, several)) {
            List<Place> places = places(items == only ? 3 : 4, 1);
            assertThat(aims(next(places, items))).contains(node("t2"));
            assertThat(aims(next(barred(places, "t2"), items)))
                    .contains(node("t3"))
                    .doesNotContain(node("t2"));
            assertThat(next(barred(places, "t2", "t3"), items)).isEmpty();
        }
    }

    private static List<Place> barred(List<Place> places, String... nodes) {
        return places.stream()
                .map(
                        each ->
                                new Place(
                                        each.node(),
                                        each.zone(),
                                        List.of(nodes).contains(each.node().value())))
                .toList();
    }

    private static List<NodeId> aims(Optional<Step> step) {
        return ((Step.Moves) step.orElseThrow()).moves().stream().map(Move::to).toList();
    }

    @Test
    void aSlaveGoesWhereItsMastershipIsToGo() {
        List<Place> places = places(4, 1);
        List<Item> items = new ArrayList<>();
        items.add(item(1, List.of("t1", "t2"), 10, 500));
        items.add(item(2, List.of("t1", "t2"), 10, 500));
        items.add(item(3, List.of("t2", "t1"), 10, 1));
        items.add(item(4, List.of("t2", "t1"), 10, 1));
        items.add(item(5, List.of("t3", "t4"), 10, 1));
        items.add(item(6, List.of("t3", "t4"), 10, 1));
        items.add(item(7, List.of("t4", "t3"), 10, 1));
        items.add(item(8, List.of("t4", "t3"), 10, 1));
        settle(places, items);
        BalanceBounds rest = new BalanceBounds(places, items, TOLERANCE);
        rest.loadIsEvenWhereAllMayBeMoved(2);
        assertThat(items.get(0).master()).isNotEqualTo(items.get(1).master());
    }

    /** It may be as busy as the node that would give, or as idle as it looks. */
    @Test
    void aLoadThatIsGuessedStopsMovesOfItsMasterAlone() {
        List<Place> places = places(3, 1);
        List<Item> items = new ArrayList<>();
        for (int i = 1; i <= 2; i++) {
            items.add(item(i, List.of("t1"), 10, 500));
            items.add(item(i + 2, List.of("t2"), 10, 1));
            items.add(item(i + 4, List.of("t3"), 10, 2));
        }
        assertThat(aims(next(places, items))).contains(node("t2"));
        assertThat(aims(next(places, guessed(items, 3))))
                .contains(node("t3"))
                .doesNotContain(node("t2"));
        assertThat(next(places, guessed(items, 3, 5))).isEmpty();
        assertThat(next(places, guessed(items, 1))).isEmpty();
    }

    private static List<Item> guessed(List<Item> items, int... tablets) {
        Set<Integer> guessed = new HashSet<>();
        for (int tablet : tablets) {
            guessed.add(tablet);
        }
        return items.stream()
                .map(
                        each ->
                                new Item(
                                        each.tablet(),
                                        each.nodes(),
                                        each.master(),
                                        each.bytes(),
                                        each.load(),
                                        !guessed.contains((int) each.tablet().value()),
                                        each.movable(),
                                        each.barred()))
                .toList();
    }

    /** What bytes would call for to be taken back is not moved. */
    @Test
    void loadMovesNothingThatMakesBytesUneven() {
        List<Place> places = places(2, 1);
        List<Item> items = new ArrayList<>();
        items.add(item(1, List.of("t1"), 900, 500));
        items.add(item(2, List.of("t1"), 900, 500));
        items.add(item(3, List.of("t2"), 1_800, 1));
        items.add(item(4, List.of("t2"), 10, 2));
        assertThat(next(places, items)).isEmpty();
    }

    @Test
    void manySmallReplicasAreExchangedThoughEachIsLittleOfTheGap() {
        List<Place> places = places(2, 1);
        List<Item> items = new ArrayList<>();
        for (int i = 1; i <= 60; i++) {
            items.add(item(i, List.of(i <= 30 ? "t1" : "t2"), i <= 30 ? 1_000 : 0, 0));
        }
        settle(places, items);
        new BalanceBounds(places, items, TOLERANCE).replicasAndBytesAreEvenWhereAllMayMove(1);
    }

    @Test
    void whatCannotBeMovedNowIsLeftAlone() {
        List<Place> places = places(3, 1);
        Item fixed = new Item(new TabletId(1), List.of(node("t1")), node("t1"), 1_000, 900, false);
        Item other = new Item(new TabletId(2), List.of(node("t1")), node("t1"), 1_000, 900, false);
        assertThat(next(places, List.of(fixed, other))).isEmpty();
    }

    // ---------------------------------------------------------------- clusters

    private static NodeId node(String id) {
        return NodeId.of(id);
    }

    private static List<Place> places(int nodes, int zones) {
        List<Place> places = new ArrayList<>();
        for (int i = 1; i <= nodes; i++) {
            places.add(new Place(node("t" + i), zones == 1 ? "" : "z" + i % zones));
        }
        return places;
    }

    private static Move move(int id, String from, String to) {
        return new Move(new TabletId(id), node(from), node(to));
    }

    private static Item item(int id, List<String> nodes, long bytes, double load) {
        List<NodeId> at = nodes.stream().map(NodeId::of).toList();
        return new Item(new TabletId(id), at, at.get(0), bytes, load, true);
    }

    /** The only copy of a tablet for which nothing may be done now. */
    private static Item fixed(int id, String node, double load) {
        return new Item(new TabletId(id), List.of(node(node)), node(node), 10, load, false);
    }

    private static List<Item> items(Random random, List<Place> places, int copies, int tablets) {
        List<Item> items = new ArrayList<>();
        for (int i = 1; i <= tablets; i++) {
            List<String> nodes = new ArrayList<>();
            places.forEach(place -> nodes.add(place.node().value()));
            Collections.shuffle(nodes, random);
            items.add(item(i, nodes.subList(0, copies), random.nextInt(500), random.nextInt(100)));
        }
        return items;
    }

    private static Optional<Step> next(List<Place> places, List<Item> items) {
        return new Balance(places, items, TOLERANCE).next();
    }

    /** Does what is due until nothing is; gives the steps that took. */
    private static int settle(List<Place> places, List<Item> items) {
        int steps = 0;
        Set<List<Item>> seen = new HashSet<>();
        for (Optional<Step> step = next(places, items);
                step.isPresent();
                step = next(places, items)) {
            assertThat(seen.add(List.copyOf(items))).as("never where it was before").isTrue();
            assertThat(++steps).isLessThan(STEPS_MAX);
            BalanceBounds before = new BalanceBounds(places, List.copyOf(items), TOLERANCE);
            make(items, step.get());
            new BalanceBounds(places, items, TOLERANCE).isBetterThan(before, step.get());
        }
        return steps;
    }

    private static void make(List<Item> items, Step step) {
        if (step instanceof Step.Moves moves) {
            moves.moves().forEach(move -> move(items, move));
        } else if (step instanceof Step.HandOvers handOvers) {
            handOvers.masterships().forEach(move -> handOver(items, move));
        }
    }

    private static void move(List<Item> items, Move move) {
        items.replaceAll(
                item -> {
                    if (!item.tablet().equals(move.tablet())) {
                        return item;
                    }
                    assertThat(item.nodes()).contains(move.from()).doesNotContain(move.to());
                    List<NodeId> nodes = new ArrayList<>(item.nodes());
                    nodes.set(nodes.indexOf(move.from()), move.to());
                    // A master hands over before: to whichever other member there is.
                    NodeId master =
                            item.master().equals(move.from())
                                    ? nodes.stream()
                                            .filter(each -> !each.equals(move.to()))
                                            .findFirst()
                                            .orElse(move.to())
                                    : item.master();
                    return new Item(item.tablet(), nodes, master, item.bytes(), item.load(), true);
                });
    }

    private static void handOver(List<Item> items, Move move) {
        items.replaceAll(
                item -> {
                    if (!item.tablet().equals(move.tablet())) {
                        return item;
                    }
                    assertThat(item.master()).isEqualTo(move.from());
                    assertThat(item.nodes()).contains(move.to());
                    return new Item(
                            item.tablet(),
                            item.nodes(),
                            move.to(),
                            item.bytes(),
                            item.load(),
                            true);
                });
    }

    private static Map<NodeId, Integer> counts(
            List<Place> places, List<Item> items, boolean masters) {
        Map<NodeId, Integer> counts = new HashMap<>();
        places.forEach(place -> counts.put(place.node(), 0));
        for (Item item : items) {
            (masters ? List.of(item.master()) : item.nodes())
                    .forEach(node -> counts.merge(node, 1, Integer::sum));
        }
        return counts;
    }

    private static int spread(Map<NodeId, Integer> counts) {
        return Collections.max(counts.values()) - Collections.min(counts.values());
    }

    /** No zone has two copies of a tablet more than one that could take another. */
    private static void acrossZones(List<Place> places, List<Item> items, int copies) {
        Map<String, Integer> sizes = new HashMap<>();
        places.forEach(place -> sizes.merge(place.zone(), 1, Integer::sum));
        for (Item item : items) {
            Map<String, Integer> used = new HashMap<>();
            for (Place place : places) {
                if (item.nodes().contains(place.node())) {
                    used.merge(place.zone(), 1, Integer::sum);
                }
            }
            int most = Collections.max(used.values());
            for (String zone : sizes.keySet()) {
                int has = used.getOrDefault(zone, 0);
                boolean full = has == sizes.get(zone);
                assertThat(full || most - has <= 1).as("%s of %s copies", item, copies).isTrue();
            }
        }
    }
}
