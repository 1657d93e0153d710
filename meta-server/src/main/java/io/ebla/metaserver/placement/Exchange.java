package io.ebla.metaserver.placement;

import io.ebla.core.cluster.NodeId;
import io.ebla.metaserver.placement.Balance.Item;
import io.ebla.metaserver.placement.Balance.Move;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.ToDoubleFunction;

/**
 * What goes from a node that carries much to one that carries little, and what comes back.
 *
 * @param small null where nothing does
 */
record Exchange(Item large, Item small) {

    List<Move> moves(NodeId from, NodeId to) {
        Move there = new Move(large.tablet(), from, to);
        return small == null ? List.of(there) : List.of(there, new Move(small.tablet(), to, from));
    }

    /**
     * Which exchange leaves least of the gap between two nodes.
     *
     * @param gap by how much they differ
     * @param mostLeft how much an exchange may leave of that, or it is not worth its cost
     * @param weight of an item
     * @param weightDoubt the part of itself by which that may be off
     * @param gapDoubt by how much the gap may be
     */
    record Search(
            double gap,
            double mostLeft,
            ToDoubleFunction<Item> weight,
            double weightDoubt,
            double gapDoubt) {

        /** Of what counts as even, or of the gap, an exchange must take so much. */
        private static final double LEAST_GAIN = 0.1;

        /** So many of each side are tried, those that promise most. */
        private static final int TRIED_MAX = 64;

        /** Of what is known: each exchange that is worth it brings the nodes nearer. */
        static Search ofKnown(double gap, double band, ToDoubleFunction<Item> weight) {
            return new Search(gap, gap - LEAST_GAIN * band, weight, 0, 0);
        }

        /**
         * Of what trembles: while little more than what counts as even is to be brought nearer, only an
         * exchange that leaves half of that at most, so that it is not taken back when the figures have
         * changed a little. Of a wider gap, which one tablet alone may keep open, it must take a tenth, and
         * half of what counts as even.
         */
        static Search ofTrembling(
                double gap, double band, double gapDoubt, ToDoubleFunction<Item> weight) {
            double mostLeft =
                    gap > 2 * band ? gap - Math.max(band / 2, LEAST_GAIN * gap) : band / 2;
            return new Search(gap, mostLeft, weight, Carried.LOAD_DOUBT, gapDoubt);
        }

        /** @param allowed is told null for small where nothing is to come back */
        Optional<Exchange> best(
                List<Item> larges, List<Item> smalls, BiPredicate<Item, Item> allowed) {
            List<Item> back = first(smalls, Comparator.comparingDouble(weight));
            double ideal = gap / 2 + (back.isEmpty() ? 0 : weight.applyAsDouble(back.get(0)));
            back.add(0, null);
            Exchange best = null;
            double least = mostLeft;
            for (Item large : first(larges, Comparator.comparingDouble(each -> off(each, ideal)))) {
                for (Item small : back) {
                    double left = Math.abs(gap - 2 * (weight(large) - weight(small)));
                    if (left < least && isSure(large, small) && allowed.test(large, small)) {
                        least = left;
                        best = new Exchange(large, small);
                    }
                }
            }
            return Optional.ofNullable(best);
        }

        /**
         * Whether it does not only seem to take something of the gap: of a gap that stays open, what goes is
         * heavier than what comes; one that is turned round is narrower then by what may be chance. Else two
         * tablets that are alike change places for ever.
         */
        private boolean isSure(Item large, Item small) {
            double more = weight(large) - weight(small);
            return 2 * more > gap
                    ? 2 * (gap - more) >= gapDoubt
                    : more >= weightDoubt * Math.hypot(weight(large), weight(small));
        }

        private double weight(Item item) {
            return item == null ? 0 : weight.applyAsDouble(item);
        }

        private double off(Item item, double ideal) {
            return Math.abs(weight(item) - ideal);
        }

        private static List<Item> first(List<Item> items, Comparator<Item> order) {
            return new ArrayList<>(items.stream().sorted(order).limit(TRIED_MAX).toList());
        }
    }
}
