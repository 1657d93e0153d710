package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.MetaApi.TabletStatus;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.SplitCommand;
import io.ebla.metaserver.cluster.SplitOperation;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Begins the splits of tablets that have grown too large, or are asked for too much, the worst first, a few
 * at a time; from there on they go as those that were asked for ({@link SplitDriver}).
 *
 * <p>What came to nothing is tried again ever more seldom: the rows of one pk stay together however many they
 * are, and however hot. That is told from the ended splits that the state remembers, so that the next leader
 * knows as well.
 *
 * <p>Confined to the leader's thread.
 */
final class SplitPlan {

    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Health health;
    private final Clock clock;
    private final SplitSettings settings;
    private final boolean balances;
    private final Supplier<String> ids;
    private final Backoff backoff;
    private boolean looked;
    private long lookedNanos;

    SplitPlan(Health health, Clock clock, ProcedureSettings settings, Supplier<String> ids) {
        this.health = health;
        this.clock = clock;
        this.settings = settings.splits();
        this.balances = settings.balance().automatic();
        this.ids = ids;
        this.backoff = new Backoff(clock, settings.splits().pauseMillis());
    }

    /** The next split to begin, if one is due. */
    Optional<SplitCommand> due(ClusterState state) {
        boolean may =
                settings.automatic()
                        && !state.administration().balancingPaused()
                        && !(looked && clock.monotonicNanos() - lookedNanos < LOOK_NANOS);
        if (!may) {
            return Optional.empty();
        }
        looked = true;
        lookedNanos = clock.monotonicNanos();
        long running = state.splits().values().stream().filter(each -> goesOn(state, each)).count();
        if (running >= settings.atOnce() || health.fewLive(state)) {
            return Optional.empty();
        }
        return largest(state, false, settings.bytes(), tablet -> bytes(state, tablet))
                .or(() -> busiest(state));
    }

    /** One whose tablet has no master waits for that, and is not waited for. */
    private static boolean goesOn(ClusterState state, SplitOperation split) {
        TabletDescriptor tablet = state.tablets().get(split.tablet());
        return !split.phase().ended() && tablet != null && tablet.master() != null;
    }

    /** A single node would have both halves of the load, and so would one to which nothing is moved. */
    private Optional<SplitCommand> busiest(ClusterState state) {
        long nodes =
                state.nodes().keySet().stream().filter(node -> health.stays(state, node)).count();
        return settings.load() == 0 || nodes < 2 || !balances
                ? Optional.empty()
                : largest(state, true, settings.load(), tablet -> load(state, tablet));
    }

    private Optional<SplitCommand> largest(
            ClusterState state,
            boolean byLoad,
            double least,
            ToDoubleFunction<TabletDescriptor> measure) {
        TabletDescriptor largest = null;
        double most = least;
        for (TabletDescriptor tablet : state.tablets().values()) {
            double measured = measure.applyAsDouble(tablet);
            if (measured > most && isFree(state, tablet, byLoad)) {
                most = measured;
                largest = tablet;
            }
        }
        return Optional.ofNullable(largest)
                .map(
                        tablet ->
                                new SplitCommand.Begin(
                                        ids.get(),
                                        tablet.id(),
                                        "",
                                        byLoad,
                                        true,
                                        clock.wallMillis()));
    }

    /** As its master says; 0 while it does not serve. */
    private long bytes(ClusterState state, TabletDescriptor tablet) {
        return health.masterStatus(state, tablet)
                .filter(TabletStatus::serving)
                .map(TabletStatus::bytes)
                .orElse(0L);
    }

    /** One that was not measured for long enough, as that of a half, is a guess; 0 then. */
    private double load(ClusterState state, TabletDescriptor tablet) {
        return health.masterStatus(state, tablet).filter(TabletStatus::serving).isPresent()
                        && health.isLoadKnown(tablet.id())
                ? health.load(tablet.id())
                : 0;
    }

    private boolean isFree(ClusterState state, TabletDescriptor tablet, boolean byLoad) {
        return tablet.previousReplicas().isEmpty()
                && tablet.replicas().stream().noneMatch(ReplicaDescriptor::learner)
                && state.splitOf(tablet.id()).isEmpty()
                && state.mergeOf(tablet.id()).isEmpty()
                && state.handOverOf(tablet.id()).isEmpty()
                && !rests(state, tablet, byLoad);
    }

    private boolean rests(ClusterState state, TabletDescriptor tablet, boolean byLoad) {
        return backoff.rests(
                state.splits().values().stream()
                        .filter(each -> each.tablet().equals(tablet.id()))
                        .filter(each -> each.byLoad() == byLoad)
                        .filter(each -> each.phase() == SplitOperation.Phase.ABORTED)
                        .mapToLong(SplitOperation::endedAtMillis));
    }
}
