package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.cluster.Verdict;
import io.ebla.metaserver.election.ElectionDriver;
import io.ebla.metaserver.election.ElectionObserver;
import io.ebla.metaserver.election.Leading;
import io.ebla.metaserver.election.SoleElections;
import io.ebla.metaserver.election.Vacancy;
import io.ebla.metaserver.liveness.Liveness;
import io.ebla.metaserver.nodes.NodeNetwork;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the leading meta-server does of its own accord: elections, hand-overs, moves, and the care for
 * replicas.
 *
 * <p>All of it is driven by {@link #turn}, which looks at the state and at what was heard of the nodes,
 * does what is due, and returns. Of the tablets it looks at those that are not at rest ({@link
 * Restless}). What must outlive the leader is in the metadata; the rest is begun again by the next one.
 * While this member does not lead a turn does nothing.
 *
 * <p>Confined to one thread, which is given as an executor for answers to come back to; but for {@link
 * #applied}. There is no clock, thread, wait or chance in here that was not given: a simulation runs it on
 * its own.
 */
public final class LeaderProcedures {

    private static final Logger log = LoggerFactory.getLogger(LeaderProcedures.class);

    private static final int SOLE_MAX = 2_000;
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** What the procedures are made of. */
    public record Parts(
            MetadataTablet metadata,
            Liveness liveness,
            NodeNetwork network,
            Clock clock,
            Executor thread,
            Supplier<String> ids) {}

    private final Parts parts;
    private final Grace grace;
    private final Probes probes;
    private final Vacancies vacancies;
    private final ElectionDriver elections;
    private final HandOverDriver handOvers;
    private final SplitDriver splits;
    private final MergeDriver merges;
    private final HandOverPlan handOverPlan;
    private final ReplicaDriver replicas;
    private final SplitPlan splitPlan;
    private final MergePlan mergePlan;
    private final DrainDriver drains;
    private final BalanceDriver balance;
    private final OperationTrace trace;
    private final Lineage lineage;
    private final Function<ClusterState, List<TabletDescriptor>> restless;
    private boolean leads;

    /** A proposal of the care for replicas is under way, and what follows waits for it. */
    private boolean proposing;

    private long quietUntilNanos;
    private long reign;

    public LeaderProcedures(Parts parts, ProcedureSettings settings) {
        this(parts, settings, new Health(parts.liveness(), settings));
    }

    private LeaderProcedures(Parts parts, ProcedureSettings settings, Health health) {
        this(parts, settings, health, new Restless(health, parts.liveness())::of);
    }

    /** @param restless the tablets that a turn looks at, in order */
    LeaderProcedures(
            Parts parts,
            ProcedureSettings settings,
            Health health,
            Function<ClusterState, List<TabletDescriptor>> restless) {
        this.parts = parts;
        this.restless = restless;
        grace = new Grace(parts.liveness(), parts.clock(), settings.graceMillis());
        probes =
                new Probes(
                        parts.liveness(),
                        parts.network(),
                        parts.clock(),
                        parts.thread(),
                        settings.probeMillis());
        quietUntilNanos = parts.clock().monotonicNanos();
        vacancies = new Vacancies(health, parts.clock(), settings);
        elections =
                new ElectionDriver(
                        parts.metadata(), parts.network(), health, parts.clock(), parts.thread());
        handOvers =
                new HandOverDriver(
                        parts.metadata(),
                        parts.network(),
                        health,
                        parts.clock(),
                        parts.thread(),
                        this::turn);
        splits =
                new SplitDriver(
                        parts.metadata(),
                        parts.network(),
                        parts.clock(),
                        parts.thread(),
                        this::turn,
                        parts.ids());
        merges =
                new MergeDriver(
                        parts.metadata(),
                        parts.network(),
                        parts.clock(),
                        parts.thread(),
                        this::turn,
                        this::newReplica,
                        parts.ids());
        handOverPlan =
                new HandOverPlan(health, parts.clock(), parts.ids(), settings.handOversMax());
        replicas = new ReplicaDriver(health, parts.clock(), settings, this::newReplica);
        splitPlan = new SplitPlan(health, parts.clock(), settings, parts.ids());
        mergePlan = new MergePlan(health, parts.clock(), settings, parts.ids());
        drains = new DrainDriver(health, parts.clock(), settings);
        balance = new BalanceDriver(health, parts.clock(), settings, parts.ids());
        trace = new OperationTrace(parts.clock());
        lineage = new Lineage(parts.liveness());
    }

    /** Tells that one of elections from now on; before the first turn. */
    public void observe(ElectionObserver told) {
        elections.observe(told);
    }

    /** Tells that one of operations from now on; before the first command is applied. */
    public void observe(OperationObserver told) {
        trace.observe(told);
    }

    /**
     * A command was applied: the phases that it brought operations to are told, if this member leads. To be
     * called on the thread that applies commands, in order.
     */
    public void applied(ClusterState before, ClusterState after) {
        if (parts.metadata().leads()) {
            trace.applied(before, after);
        }
    }

    /** Does what is due now. */
    public void turn() {
        Optional<ClusterState> leading = Leading.state(parts.metadata());
        if (leading.isEmpty()) {
            abandon();
            return;
        }
        if (!leads) {
            leads = true;
            parts.liveness().begin();
            grace.begin();
            log.info("event=leading version={}", leading.get().version());
        }
        turn(leading.get());
    }

    private void abandon() {
        if (leads) {
            leads = false;
            proposing = false;
            reign++;
            elections.abandon();
            handOvers.abandon();
            splits.abandon();
            merges.abandon();
            handOverPlan.abandon();
            mergePlan.abandon();
            vacancies.abandon();
            replicas.abandon();
            drains.abandon();
            balance.abandon();
        }
    }

    private void turn(ClusterState state) {
        lineage.look(state);
        grace.observe(state);
        probes.turn(state, this::turn);
        List<TabletDescriptor> tablets = restless.apply(state);
        List<Vacancy> open =
                vacancies.look(state, tablets, grace.lasts(), handOvers.released(state));
        elections.turn(state, open);
        if (!grace.lasts()) {
            handOvers.turn(state);
        }
        splits.turn(state, grace.lasts());
        merges.turn(state, grace.lasts());
        if (!proposing && parts.clock().monotonicNanos() - quietUntilNanos >= 0) {
            propose(due(state, tablets));
        }
    }

    private List<ClusterCommand> due(ClusterState state, List<TabletDescriptor> tablets) {
        List<ClusterCommand> commands = new ArrayList<>();
        soleMasters(state, tablets).ifPresent(commands::add);
        replicas.settlements(state, tablets).ifPresent(commands::add);
        if (!grace.lasts()) {
            List<HandOver> begun = handOverPlan.due(state, tablets);
            if (!begun.isEmpty()) {
                commands.add(new ClusterCommand.BeginHandOvers(begun, parts.clock().wallMillis()));
            }
            Building building = Building.of(state, tablets);
            commands.addAll(replicas.due(state, tablets, building));
            splitPlan.due(state).ifPresent(commands::add);
            mergePlan.due(state).ifPresent(commands::add);
            commands.addAll(drains.due(state, tablets));
            commands.addAll(balance.due(state, tablets, building));
        }
        return commands;
    }

    /** Where one copy is all there is, and its node registered before it became that. */
    private Optional<ClusterCommand> soleMasters(
            ClusterState state, List<TabletDescriptor> tablets) {
        List<ClusterCommand.SoleMaster> masters = new ArrayList<>();
        for (TabletDescriptor tablet : tablets) {
            if (tablet.master() == null && tablet.sole()) {
                NodeDescriptor node = state.nodes().get(tablet.members().get(0).node());
                if (node != null && parts.liveness().heardLately(node)) {
                    SoleElections.soleMaster(state, tablet, node, this::newReplica)
                            .ifPresent(masters::add);
                }
            }
        }
        return masters.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new ClusterCommand.RecordSoleMasters(
                                masters.subList(0, Math.min(SOLE_MAX, masters.size())),
                                parts.clock().wallMillis()));
    }

    private ReplicaId newReplica() {
        return ReplicaId.of(parts.ids().get());
    }

    /** One after the other; what is refused was decided from an older state, and is decided again. */
    private void propose(List<ClusterCommand> commands) {
        if (commands.isEmpty()) {
            return;
        }
        proposing = true;
        long begun = reign;
        parts.metadata()
                .submit(commands.get(0))
                .whenCompleteAsync(
                        (verdict, failure) -> {
                            if (begun == reign) {
                                proposing = false;
                                proposed(commands, verdict, failure);
                            }
                        },
                        parts.thread());
    }

    private void proposed(List<ClusterCommand> commands, Verdict verdict, Throwable failure) {
        String name = commands.get(0).getClass().getSimpleName();
        if (failure != null) {
            log.warn("event=not_written command={} cause=\"{}\"", name, failure.toString());
            beQuiet();
            return;
        }
        if (verdict instanceof Verdict.Changed) {
            log.info("event=written detail=\"{}\"", commands.get(0));
        } else {
            log.info("event=not_due command={} verdict=\"{}\"", name, verdict);
            beQuiet();
        }
        propose(commands.subList(1, commands.size()));
    }

    /** What was not due is seldom due a moment later; and nothing periodic is written. */
    private void beQuiet() {
        quietUntilNanos = parts.clock().monotonicNanos() + QUIET_NANOS;
    }

    /** Whether answers are waited for that make it worth to turn more often. */
    public boolean busy() {
        return !elections.underWay().isEmpty();
    }

    /** Masterships recorded by elections that this member conducted. */
    public long electionsWon() {
        return elections.electionsWon();
    }
}
