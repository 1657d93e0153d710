package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.cluster.NewLearner;
import io.ebla.metaserver.cluster.ReplicaOperation;
import io.ebla.metaserver.placement.Balance;
import io.ebla.metaserver.placement.Balance.Item;
import io.ebla.metaserver.placement.Balance.Move;
import io.ebla.metaserver.placement.Balance.Place;
import io.ebla.metaserver.placement.Balance.Step;
import io.ebla.metaserver.procedure.Attempts.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Spreads replicas and masterships over the nodes of its own accord ({@link Balance} says which): a task is
 * begun when an imbalance has lasted, moves a few things at a time, and is done when there is none any more.
 *
 * <p>Nothing begins while it is paused, while too few nodes live, or while a node is away that may come
 * back soon: it would be moved to and fro. Tablets that are not at rest are left alone, and so is for a
 * while one for which something was begun; what failed is tried again after ever longer pauses, and a task
 * of which nothing succeeds is given up ({@link Attempts}). No replica goes for load to where masterships do
 * not follow ({@link FailedHandOvers}).
 *
 * <p>Confined to the leader's thread.
 */
final class BalanceDriver {

    /** Bytes and load change without the metadata: they are looked at so often. */
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** And not more often than so, however fast the metadata changes. */
    private static final long LEAST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final String IMBALANCE = "imbalance";

    private final Health health;
    private final Clock clock;
    private final ProcedureSettings settings;
    private final Supplier<String> ids;
    private final Lasting<NodeId> away;
    private final Lasting<String> uneven;
    private final Lasting<TabletId> unmastered;
    private final Attempts attempts;
    private final FailedHandOvers failedHandOvers;
    private final Map<TabletId, Long> notBeforeNanos = new HashMap<>();
    private ClusterState seen;
    private long lookedNanos;

    BalanceDriver(Health health, Clock clock, ProcedureSettings settings, Supplier<String> ids) {
        this.health = health;
        this.clock = clock;
        this.settings = settings;
        this.ids = ids;
        away = new Lasting<>(clock);
        uneven = new Lasting<>(clock);
        unmastered = new Lasting<>(clock);
        attempts = new Attempts(clock);
        failedHandOvers = new FailedHandOvers(clock);
    }

    void abandon() {
        away.clear();
        uneven.clear();
        unmastered.clear();
        attempts.abandon();
        notBeforeNanos.clear();
        seen = null;
    }

    /**
     * @param restless the tablets that are not at rest
     * @param building what is built, with what was decided in this turn
     */
    List<ClusterCommand> due(
            ClusterState state, List<TabletDescriptor> restless, Building building) {
        Optional<ClusterTask> task =
                state.administration().running(ClusterTask.Kind.REBALANCE, null);
        Optional<String> idle = idle(state);
        if (idle.isPresent()) {
            forgetPatience();
            return task.map(each -> List.of(ended(each, idle.get()))).orElse(List.of());
        }
        long sinceNanos = clock.monotonicNanos() - lookedNanos;
        boolean waits = uneven.isEmpty() && task.isEmpty();
        boolean due =
                seen == null || sinceNanos >= (state != seen || !waits ? LEAST_NANOS : LOOK_NANOS);
        if (!steady(state)) {
            uneven.clear();
            return List.of();
        }
        if (!due) {
            return List.of();
        }
        seen = state;
        lookedNanos = clock.monotonicNanos();
        attempts.look(state);
        return task.isEmpty()
                ? beginning(state, restless)
                : next(state, restless, building, task.get());
    }

    /** Why nothing is moved for the sake of balance, whoever asked for it. */
    private Optional<String> idle(ClusterState state) {
        if (!settings.balance().automatic()) {
            return Optional.of("balancing is switched off (ebla.balancing.automatic)");
        }
        if (state.administration().balancingPaused()) {
            return Optional.of("paused");
        }
        return health.fewLive(state) ? Optional.of("too few nodes live") : Optional.empty();
    }

    private void forgetPatience() {
        away.clear();
        uneven.clear();
        unmastered.clear();
    }

    private List<ClusterCommand> beginning(ClusterState state, List<TabletDescriptor> restless) {
        attempts.noTask();
        Set<NodeId> barred = failedHandOvers.nodes(state);
        Optional<Step> step = next(state, items(state, restless), measured(state), barred);
        if (step.isEmpty() || attempts.rests()) {
            uneven.clear();
            return List.of();
        }
        return uneven.atLeast(IMBALANCE, settings.balance().settleMillis())
                ? List.of(begun(step.get()))
                : List.of();
    }

    private List<ClusterCommand> next(
            ClusterState state,
            List<TabletDescriptor> restless,
            Building building,
            ClusterTask task) {
        if (attempts.failsFor(settings.balance().drainMillis())) {
            if (!attempts.none()) {
                return List.of();
            }
            attempts.rest();
            return List.of(
                    ended(task, "nothing succeeds any more, at last " + attempts.lastFailure()));
        }
        List<Item> items = items(state, restless);
        boolean measured = measured(state);
        Optional<Step> step = next(state, items, measured, failedHandOvers.nodes(state));
        if (step.isEmpty()) {
            return restingOrDone(state, items, measured, task);
        }
        uneven.clear();
        return commands(state, building, step.get());
    }

    /** Whether each node that is to hold something is there, or gone for so long that it counts as lost. */
    private boolean steady(ClusterState state) {
        boolean steady = true;
        for (NodeDescriptor node : state.nodes().values()) {
            boolean missed =
                    !state.administration().isDrained(node.id())
                            && !health.stays(state, node.id())
                            && !away.atLeast(node.id(), settings.repairAfterMillis());
            steady &= !missed;
        }
        away.forgetUnseen();
        return steady;
    }

    /**
     * Whether each tablet's master says what it carries. One without a master, as in every election and
     * hand-over, would make nodes look light; gone for so long that it counts as lost, it carries nothing.
     */
    private boolean measured(ClusterState state) {
        boolean measured = true;
        for (TabletDescriptor tablet : state.tablets().values()) {
            boolean missed =
                    health.masterStatus(state, tablet).isEmpty()
                            && !unmastered.atLeast(tablet.id(), settings.repairAfterMillis());
            measured &= !missed;
        }
        unmastered.forgetUnseen();
        return measured;
    }

    /**
     * What cannot be moved just now is waited for, as long as for a drain; moves and hand-overs that are
     * under way take as long as they take.
     */
    private List<ClusterCommand> restingOrDone(
            ClusterState state, List<Item> items, boolean measured, ClusterTask task) {
        if (moves(state)) {
            uneven.clear();
            return List.of();
        }
        List<Item> atRest = items.stream().map(BalanceDriver::atRest).toList();
        boolean waits = !measured || next(state, atRest, true, Set.of()).isPresent();
        if (waits) {
            return uneven.atLeast(task.id(), settings.balance().drainMillis())
                    ? List.of(ended(task, "what is to be moved does not come to rest"))
                    : List.of();
        }
        uneven.clear();
        return List.of(to(task, ClusterTask.Phase.DONE, ""));
    }

    private static Item atRest(Item item) {
        return new Item(
                item.tablet(),
                item.nodes(),
                item.master(),
                item.bytes(),
                item.load(),
                item.loadKnown(),
                item.master() != null,
                Set.of());
    }

    private static boolean moves(ClusterState state) {
        return state.handOvers().values().stream().anyMatch(each -> !each.phase().ended())
                || state.replicaOperations().values().stream()
                        .filter(each -> each.kind() == ReplicaOperation.Kind.MOVE)
                        .anyMatch(each -> !each.phase().ended());
    }

    private static boolean isForLoad(Step step) {
        return step instanceof Step.Moves moves && moves.why().equals(Balance.LOAD);
    }

    private List<Item> items(ClusterState state, List<TabletDescriptor> restless) {
        long now = clock.monotonicNanos();
        notBeforeNanos.values().removeIf(until -> until - now <= 0);
        Set<TabletId> resting = new HashSet<>(notBeforeNanos.keySet());
        restless.forEach(tablet -> resting.add(tablet.id()));
        return new BalanceItems(health, state, resting, attempts).all();
    }

    /** @param barred the nodes to which no replica is to go for load */
    private Optional<Step> next(
            ClusterState state, List<Item> items, boolean measured, Set<NodeId> barred) {
        List<Place> places =
                state.nodes().values().stream()
                        .filter(node -> health.stays(state, node.id()))
                        .filter(node -> !health.clockIsOff(node))
                        .map(node -> new Place(node.id(), node.zone(), barred.contains(node.id())))
                        .toList();
        BalanceSettings balance = settings.balance();
        Balance.Tolerance tolerance =
                new Balance.Tolerance(balance.share(), balance.bytesMin(), balance.loadMin());
        Balance all = new Balance(places, items, tolerance);
        return measured ? all.next() : all.byPlace();
    }

    // ---------------------------------------------------------------- commands

    private ClusterCommand begun(Step step) {
        String why = step instanceof Step.Moves moves ? moves.why() : ((Step.HandOvers) step).why();
        ClusterTask task =
                ClusterTask.begun(
                        ids.get(),
                        ClusterTask.Kind.REBALANCE,
                        null,
                        0,
                        clock.wallMillis(),
                        "uneven at first: " + why);
        return new ClusterCommand.BeginTask(task, clock.wallMillis());
    }

    private ClusterCommand ended(ClusterTask task, String why) {
        return to(task, ClusterTask.Phase.ABORTED, why);
    }

    private ClusterCommand to(ClusterTask task, ClusterTask.Phase phase, String detail) {
        String told = detail.isEmpty() ? task.detail() : detail;
        return new ClusterCommand.StepTask(task.id(), phase, told, clock.wallMillis());
    }

    private List<ClusterCommand> commands(ClusterState state, Building building, Step step) {
        if (step instanceof Step.HandOvers handOvers) {
            return handOver(state, handOvers);
        }
        Step.Moves moves = (Step.Moves) step;
        long moving =
                state.replicaOperations().values().stream().filter(ReplicaOperation::moves).count();
        if (moving > 0 && moving + moves.moves().size() > settings.balance().movesMax()) {
            return List.of();
        }
        if (isForLoad(moves) && (moving > 0 || !notBeforeNanos.isEmpty())) {
            return List.of(); // what the last ones were for comes first, and shows in the load
        }
        List<NewLearner> learners = new ArrayList<>();
        for (Move move : moves.moves()) {
            boolean belongs = !learners.isEmpty();
            if (building.takes(true, settings) || belongs) {
                String replica = ids.get();
                begun(isForLoad(moves) ? Kind.MOVE_FOR_LOAD : Kind.MOVE, replica, move);
                learners.add(
                        NewLearner.move(
                                move.tablet(),
                                state.tablets().get(move.tablet()).epoch(),
                                move.from(),
                                move.to(),
                                ReplicaId.of(replica),
                                ClusterTask.BALANCE_OF + moves.why()));
            }
        }
        return learners.isEmpty()
                ? List.of()
                : List.of(new ClusterCommand.AddLearners(learners, clock.wallMillis()));
    }

    private List<ClusterCommand> handOver(ClusterState state, Step.HandOvers step) {
        List<Move> masterships = step.masterships();
        long running =
                state.handOvers().values().stream().filter(each -> !each.phase().ended()).count();
        if (running > 0 && running + masterships.size() > settings.handOversMax()) {
            return List.of();
        }
        List<HandOver> begun = new ArrayList<>();
        for (Move move : masterships) {
            String id = ids.get();
            begun(Kind.HAND_OVER, id, move);
            begun.add(
                    new HandOver(
                            id,
                            move.tablet(),
                            state.tablets().get(move.tablet()).epoch(),
                            move.from(),
                            move.to(),
                            HandOver.Phase.ASKING,
                            clock.wallMillis(),
                            0,
                            ClusterTask.BALANCE_OF + step.why()));
        }
        return List.of(new ClusterCommand.BeginHandOvers(begun, clock.wallMillis()));
    }

    private void begun(Kind kind, String operation, Move move) {
        attempts.begun(kind, operation, move.tablet(), move.to());
        notBeforeNanos.put(move.tablet(), clock.monotonicNanos() + PAUSE_NANOS);
    }
}
