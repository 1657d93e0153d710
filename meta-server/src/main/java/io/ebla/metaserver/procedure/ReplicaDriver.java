package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterCommand.Renewal;
import io.ebla.metaserver.cluster.ClusterCommand.Settled;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.NewLearner;
import io.ebla.metaserver.placement.Loads;
import io.ebla.metaserver.placement.Placement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the replicas of tablets as their tables want them: ends replica changes that have begun for good,
 * replaces replicas of no use, adds and removes copies, and begins memory tablets again that lost a quorum
 * at once (L6).
 *
 * <p>At most a bounded number of replicas is built at a time in the whole cluster, and nothing is rebuilt
 * while too few of the known nodes live: then it is likely that they are coming back. A call gives the
 * commands that are due now; the next call is made when they have been applied. It is given the tablets that
 * are not at rest: there is nothing to do for the others.
 *
 * <p>Confined to the leader's thread.
 */
final class ReplicaDriver {

    private static final Logger log = LoggerFactory.getLogger(ReplicaDriver.class);

    private static final int BATCH_MAX = 1_000;

    /** Both lost replicas and what was lost with them must have been so for a moment. */
    private static final long RENEW_AFTER_MILLIS = 1_000;

    private final Health health;
    private final Clock clock;
    private final ProcedureSettings settings;
    private final Supplier<ReplicaId> ids;
    private final Lasting<ReplicaId> down;
    private final Lasting<ReplicaId> failing;
    private final Lasting<TabletId> hopeless;

    /** Whether nothing is rebuilt, for too few nodes live. */
    private boolean waits;

    ReplicaDriver(Health health, Clock clock, ProcedureSettings settings, Supplier<ReplicaId> ids) {
        this.health = health;
        this.clock = clock;
        this.settings = settings;
        this.ids = ids;
        down = new Lasting<>(clock);
        failing = new Lasting<>(clock);
        hopeless = new Lasting<>(clock);
    }

    void abandon() {
        down.clear();
        failing.clear();
        hopeless.clear();
    }

    /** Ends of replica changes: due at any time, for they move nothing. */
    Optional<ClusterCommand> settlements(ClusterState state, List<TabletDescriptor> tablets) {
        List<Settled> settled = new ArrayList<>();
        for (TabletDescriptor tablet : tablets) {
            boolean due =
                    !tablet.previousReplicas().isEmpty()
                            && tablet.master() != null
                            && !HandOverPlan.outside(tablet)
                            && health.started(state, tablet);
            if (due && settled.size() < BATCH_MAX) {
                settled.add(new Settled(tablet.id(), tablet.epoch()));
            }
        }
        return settled.isEmpty()
                ? Optional.empty()
                : Optional.of(new ClusterCommand.SettleReplicas(settled, clock.wallMillis()));
    }

    /** Everything else. */
    List<ClusterCommand> due(
            ClusterState state, List<TabletDescriptor> tablets, Building building) {
        List<ClusterCommand> commands = new ArrayList<>(renewals(state, tablets));
        if (fewLive(state)) {
            return commands;
        }
        Candidates candidates = new Candidates(state);
        List<NewLearner> learners = new ArrayList<>();
        List<Holding> retired = new ArrayList<>();
        for (TabletDescriptor tablet : tablets) {
            Optional<ReplicaPlan.Step> step = step(state, tablet, candidates);
            if (step.isEmpty()) {
                continue;
            }
            if (step.get() instanceof ReplicaPlan.Step.AddLearner add) {
                if (building.takes(add.moves(), settings)) {
                    learners.add(learner(tablet, add));
                }
            } else if (step.get() instanceof ReplicaPlan.Step.Retire retire) {
                retired.add(new Holding(tablet.id(), retire.learner()));
            } else if (step.get() instanceof ReplicaPlan.Step.Change change) {
                commands.add(
                        new ClusterCommand.ChangeReplicas(
                                tablet.id(), tablet.epoch(), change.members(), clock.wallMillis()));
            }
            if (commands.size() >= BATCH_MAX) {
                break;
            }
        }
        if (!learners.isEmpty()) {
            commands.add(new ClusterCommand.AddLearners(learners, clock.wallMillis()));
        }
        if (!retired.isEmpty()) {
            commands.add(new ClusterCommand.RetireLearners(retired, clock.wallMillis()));
        }
        down.forgetUnseen();
        failing.forgetUnseen();
        return commands;
    }

    private NewLearner learner(TabletDescriptor tablet, ReplicaPlan.Step.AddLearner add) {
        return add.moves()
                ? NewLearner.move(
                        tablet.id(),
                        tablet.epoch(),
                        add.instead(),
                        add.node(),
                        ids.get(),
                        "node " + add.instead() + " is drained")
                : new NewLearner(
                        tablet.id(),
                        tablet.epoch(),
                        add.node(),
                        ids.get(),
                        add.givesUp(),
                        add.instead(),
                        null,
                        null);
    }

    /** Nodes that could take a copy: counted from all tablets, so only when somebody asks. */
    private final class Candidates implements Supplier<List<Placement.Candidate>> {

        private final ClusterState state;
        private List<Placement.Candidate> found;

        Candidates(ClusterState state) {
            this.state = state;
        }

        @Override
        public List<Placement.Candidate> get() {
            if (found == null) {
                found = Loads.candidates(state, node -> health.stays(state, node.id()));
            }
            return found;
        }
    }

    private boolean fewLive(ClusterState state) {
        boolean few = health.fewLive(state);
        if (few != waits) {
            waits = few;
            log.info(
                    "event={} live={} known={}",
                    few ? "repairs_wait" : "repairs_go_on",
                    state.nodes().values().stream().filter(health::lives).count(),
                    state.nodes().size());
        }
        return few;
    }

    private Optional<ReplicaPlan.Step> step(
            ClusterState state, TabletDescriptor tablet, Candidates candidates) {
        int wanted = state.tables().get(tablet.table()).replicas();
        boolean settled =
                tablet.replicas().size() == 1
                        && wanted == 1
                        && !state.administration().isDrained(tablet.replicas().get(0).node());
        boolean may =
                !settled
                        && tablet.master() != null
                        && tablet.previousReplicas().isEmpty()
                        && health.started(state, tablet)
                        && state.handOverOf(tablet.id()).isEmpty()
                        && state.holdingReplicas(tablet.id()).isEmpty();
        if (!may) {
            return Optional.empty();
        }
        ReplicaView view =
                new ReplicaView(state, tablet, health, down, failing, settings, candidates);
        return new ReplicaPlan(tablet, wanted, view).next();
    }

    // ---------------------------------------------------------------- memory tablets

    private List<ClusterCommand> renewals(ClusterState state, List<TabletDescriptor> tablets) {
        List<Renewal> renewals = new ArrayList<>();
        for (TabletDescriptor tablet : tablets) {
            boolean memory = state.tables().get(tablet.table()).store() == StoreKind.MEMORY;
            if (memory
                    && tablet.beyondElection()
                    && hopeless.atLeast(tablet.id(), RENEW_AFTER_MILLIS)) {
                renewal(state, tablet).ifPresent(renewals::add);
            }
        }
        hopeless.forgetUnseen();
        return renewals.isEmpty()
                ? List.of()
                : List.of(
                        new ClusterCommand.RenewTablets(
                                renewals.subList(0, Math.min(BATCH_MAX, renewals.size())),
                                clock.wallMillis()));
    }

    private Optional<Renewal> renewal(ClusterState state, TabletDescriptor tablet) {
        int copies = state.tables().get(tablet.table()).replicas();
        List<Placement.Candidate> candidates =
                Loads.candidates(state, node -> health.stays(state, node.id()));
        try {
            List<ReplicaDescriptor> replicas = new ArrayList<>();
            Placement.place(candidates, 1, copies)
                    .get(0)
                    .forEach(
                            node ->
                                    replicas.add(
                                            new ReplicaDescriptor(node, ids.get(), false, false)));
            NodeDescriptor master = state.nodes().get(replicas.get(0).node());
            return Optional.of(
                    new Renewal(
                            tablet.id(),
                            tablet.epoch(),
                            replicas,
                            master.id(),
                            master.incarnation()));
        } catch (EblaException notEnoughNodes) {
            return Optional.empty();
        }
    }
}
