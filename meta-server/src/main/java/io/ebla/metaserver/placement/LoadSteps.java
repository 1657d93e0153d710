package io.ebla.metaserver.placement;

import io.ebla.core.cluster.NodeId;
import io.ebla.metaserver.placement.Balance.Item;
import io.ebla.metaserver.placement.Balance.Move;
import io.ebla.metaserver.placement.Balance.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Steps that bring load from masters that are asked for much to nodes whose masters are asked for little. A
 * pure calculation.
 *
 * <pre>
 *   a busy mastership goes and a quiet one comes, where both nodes have copies of both
 *   the only copy of a busy tablet goes, its mastership with it, and a quiet replica comes
 *   a slave of a busy tablet goes there, so that its mastership can go there next
 * </pre>
 *
 * <p>The counts of replicas and masterships stay as even as they are, zones as well, and bytes within what
 * counts as even ({@link Carried#bytesAllow}): so none of the earlier measures of {@link Balance} calls for
 * it to be taken back. Of the three only the last makes nothing better by itself; the first is tried before
 * it, so that it is followed by what it was for.
 *
 * <p>Load is a smoothed guess: nodes must differ by more than what counts as even and what may be chance
 * ({@link Carried#loadDoubt}) together. A replica costs more to move than a mastership: for that they must
 * differ by {@link #MOVES_BANDS} times what counts as even, and by chance. So a load that comes to differ a
 * little now here, now there, moves none of them. And they move only where the load of all that the two
 * nodes master is known: one that masters what was not measured yet looks idle, or as a split has guessed.
 */
final class LoadSteps {

    static final double MOVES_BANDS = 2;

    private final Carried carried;

    LoadSteps(Carried carried) {
        this.carried = carried;
    }

    Optional<Step> next() {
        double band = carried.loadBand();
        return overPairs(band, this::handOvers)
                .or(() -> overPairs(MOVES_BANDS * band, ofKnown(this::soleCopies)))
                .or(() -> overPairs(MOVES_BANDS * band, ofKnown(this::slaves)));
    }

    /** A step between two nodes, if there is one. */
    private interface Between {
        Optional<Step> step(NodeId from, NodeId to, Exchange.Search search);
    }

    private Between ofKnown(Between between) {
        return (from, to, search) ->
                carried.isLoadKnown(from) && carried.isLoadKnown(to)
                        ? between.step(from, to, search)
                        : Optional.empty();
    }

    /** The busiest and the idlest first. */
    private Optional<Step> overPairs(double band, Between between) {
        List<NodeId> order =
                new ArrayList<>(
                        carried.zones().keySet().stream().sorted(carried.byLoad()).toList());
        List<NodeId> reversed = new ArrayList<>(order);
        Collections.reverse(reversed);
        for (NodeId from : reversed) {
            for (NodeId to : order) {
                double gap = carried.load(from) - carried.load(to);
                if (gap <= band) {
                    break;
                }
                double doubt = carried.loadDoubt(from, to);
                if (gap <= band + doubt) {
                    continue;
                }
                Exchange.Search search =
                        Exchange.Search.ofTrembling(
                                gap, band, doubt, item -> carries(item, from, to));
                Optional<Step> step = between.step(from, to, search);
                if (step.isPresent()) {
                    return step;
                }
            }
        }
        return Optional.empty();
    }

    /** A replica that neither of the two masters is no load of theirs. */
    private static double carries(Item item, NodeId from, NodeId to) {
        return from.equals(item.master()) || to.equals(item.master()) ? item.load() : 0;
    }

    /** Whether a mastership may go without another that comes back. */
    private boolean mastersAllow(NodeId from, NodeId to) {
        return carried.masters(from) > carried.masters(to);
    }

    private Optional<Step> handOvers(NodeId from, NodeId to, Exchange.Search search) {
        return search.best(
                        carried.handable(from, to),
                        carried.handable(to, from),
                        (busy, quiet) -> quiet != null || mastersAllow(from, to))
                .map(exchange -> new Step.HandOvers(exchange.moves(from, to), Balance.LOAD));
    }

    // ---------------------------------------------------------------- replicas

    private Optional<Step> soleCopies(NodeId from, NodeId to, Exchange.Search search) {
        return search.best(
                        carried.movableForLoad(from, to).stream().filter(Item::sole).toList(),
                        carried.movableForLoad(to, from).stream()
                                .filter(each -> each.sole() || !to.equals(each.master()))
                                .toList(),
                        (busy, quiet) -> mayExchange(from, to, busy, quiet))
                .map(exchange -> new Step.Moves(exchange.moves(from, to), Balance.LOAD));
    }

    private boolean mayExchange(NodeId from, NodeId to, Item busy, Item quiet) {
        boolean masters = quiet != null && quiet.sole() || mastersAllow(from, to);
        boolean replicas = quiet != null || carried.replicas(from) > carried.replicas(to);
        long more = busy.bytes() - (quiet == null ? 0 : quiet.bytes());
        return masters && replicas && carried.bytesAllow(from, to, more);
    }

    /** As hand-overs are, of tablets that have no copy there yet. */
    private Optional<Step> slaves(NodeId from, NodeId to, Exchange.Search search) {
        return search.best(
                        carried.mastered(from).stream()
                                .filter(each -> !each.nodes().contains(to))
                                .filter(each -> slave(each, from, to).isPresent())
                                .toList(),
                        carried.handable(to, from),
                        (busy, quiet) -> quiet != null || mastersAllow(from, to))
                .flatMap(exchange -> slave(exchange.large(), from, to));
    }

    /** Brings a slave of a tablet to a node, from another than its master. */
    private Optional<Step> slave(Item item, NodeId master, NodeId to) {
        for (NodeId from : item.nodes()) {
            boolean may =
                    !from.equals(master)
                            && carried.zones().containsKey(from)
                            && carried.mayMoveForLoad(item, from, to);
            if (!may) {
                continue;
            }
            if (carried.replicas(from) > carried.replicas(to)
                    && carried.bytesAllow(from, to, item.bytes())) {
                return moves(new Move(item.tablet(), from, to));
            }
            Optional<Item> back =
                    carried.movableForLoad(to, from).stream()
                            .filter(each -> !to.equals(each.master()))
                            .min(
                                    Comparator.comparingLong(
                                                    (Item each) ->
                                                            Math.abs(each.bytes() - item.bytes()))
                                            .thenComparing(Item::tablet))
                            .filter(
                                    each ->
                                            carried.bytesAllow(
                                                    from, to, item.bytes() - each.bytes()));
            if (back.isPresent()) {
                return moves(
                        new Move(item.tablet(), from, to), new Move(back.get().tablet(), to, from));
            }
        }
        return Optional.empty();
    }

    private static Optional<Step> moves(Move... moves) {
        return Optional.of(new Step.Moves(List.of(moves), Balance.LOAD));
    }
}
