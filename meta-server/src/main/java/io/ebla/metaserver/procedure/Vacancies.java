package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.MetaApi.ReplicaCondition;
import io.ebla.core.cluster.MetaApi.TabletStatus;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.election.Ballot.Fitness;
import io.ebla.metaserver.election.Vacancy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Finds the tablets that need an election.
 *
 * <ul>
 *   <li>Those without a master, as soon as so many electors were heard of that one can be elected: in the
 *       time of grace too, for nobody is moved by it.
 *   <li>Those whose master's node is down or gone.
 *   <li>Those whose master cannot be of use: corrupted, failed, or alive and not serving for long, as one
 *       is that is cut off from its followers only.
 *   <li>Those whose master's clock is off and that were not handed over in a while: its followers may refuse
 *       what it has stamped already, and then the one that is to take over never reaches the head (T2).
 *   <li>Those whose master has given up its lease for a hand-over, or says that it has given up its epoch.
 * </ul>
 *
 * <p>None is begun that could not succeed: to take a mastership away where no majority is in sight would
 * turn a slow master into none.
 */
final class Vacancies {

    private static final Predicate<ReplicaDescriptor> NONE = replica -> false;

    private final Health health;
    private final ProcedureSettings settings;
    private final Lasting<Mastership> mute;

    /** Each has its own patience: one that has just been elected has yet to begin. */
    private record Mastership(TabletId tablet, long epoch) {

        static Mastership of(TabletDescriptor tablet) {
            return new Mastership(tablet.id(), tablet.epoch());
        }
    }

    Vacancies(Health health, Clock clock, ProcedureSettings settings) {
        this.health = health;
        this.settings = settings;
        this.mute = new Lasting<>(clock);
    }

    void abandon() {
        mute.clear();
    }

    /**
     * @param tablets those of the state that are not at rest
     * @param grace whether nothing is to be moved now
     * @param released tablets whose masters have given up their leases, with who is to follow
     */
    List<Vacancy> look(
            ClusterState state,
            List<TabletDescriptor> tablets,
            boolean grace,
            Map<TabletId, NodeId> released) {
        Map<TabletId, NodeId> wanted = new HashMap<>(released);
        for (HandOver handOver : state.handOvers().values()) {
            if (handOver.phase() == HandOver.Phase.ELECTING) {
                wanted.put(handOver.tablet(), handOver.to());
            }
        }
        List<Vacancy> vacancies = new ArrayList<>();
        for (TabletDescriptor tablet : tablets) {
            if (tablet.replicas().size() > 1 || !tablet.previousReplicas().isEmpty()) {
                vacancy(state, tablet, grace, wanted.get(tablet.id()), released)
                        .ifPresent(vacancies::add);
            }
        }
        mute.forgetUnseen();
        return vacancies;
    }

    private Optional<Vacancy> vacancy(
            ClusterState state,
            TabletDescriptor tablet,
            boolean grace,
            NodeId wanted,
            Map<TabletId, NodeId> released) {
        if (tablet.master() == null) {
            return tablet.sole() || !health.electable(state, tablet, NONE)
                    ? Optional.empty()
                    : Optional.of(new Vacancy(tablet.id(), wanted, null, "no master"));
        }
        NodeId master = tablet.master().node();
        if (released.containsKey(tablet.id())) {
            // It has stopped in any case, and its own promise counts if it lives.
            return health.electable(state, tablet, NONE)
                    ? Optional.of(new Vacancy(tablet.id(), wanted, master, "handed over"))
                    : Optional.empty();
        }
        if (grace || tablet.sole()) {
            return Optional.empty();
        }
        if (!health.lives(state, master)) {
            return vacancy(state, tablet, wanted, master, "node " + master + " is down");
        }
        return useless(state, tablet)
                .flatMap(
                        why ->
                                vacancy(state, tablet, wanted, master, why)
                                        .or(() -> again(state, tablet, wanted, why)));
    }

    /**
     * A master that lives and has not served for long may have stopped being one, for a hand-over that came
     * to nothing; where no majority is left without it, it is elected again rather than nobody.
     */
    private Optional<Vacancy> again(
            ClusterState state, TabletDescriptor tablet, NodeId wanted, String why) {
        boolean due =
                (hasGivenUp(state, tablet)
                                || mute.atLeast(Mastership.of(tablet), 2 * settings.startMillis()))
                        && health.electable(state, tablet, NONE);
        return due
                ? Optional.of(new Vacancy(tablet.id(), wanted, tablet.master().node(), why))
                : Optional.empty();
    }

    /** Without the master a majority must be left, else the election would only elect it again. */
    private Optional<Vacancy> vacancy(
            ClusterState state,
            TabletDescriptor tablet,
            NodeId wanted,
            NodeId master,
            String cause) {
        return health.electable(state, tablet, replica -> replica.node().equals(master))
                ? Optional.of(new Vacancy(tablet.id(), wanted, master, cause))
                : Optional.empty();
    }

    /** A hand-over that is under way ends by itself, and knows who is to follow. */
    private boolean hasGivenUp(ClusterState state, TabletDescriptor tablet) {
        return state.handOverOf(tablet.id()).isEmpty()
                && health.masterStatus(state, tablet)
                        .filter(status -> status.endedEpoch() == tablet.epoch())
                        .isPresent();
    }

    private Optional<String> useless(ClusterState state, TabletDescriptor tablet) {
        NodeDescriptor node = state.nodes().get(tablet.master().node());
        ReplicaCondition condition = health.condition(node, tablet.id());
        if (condition == ReplicaCondition.CORRUPTED || condition == ReplicaCondition.FAILED) {
            return Optional.of("its master is " + condition);
        }
        if (hasGivenUp(state, tablet)) {
            return Optional.of("its master has given up");
        }
        if (health.clockIsOff(node) && anotherIsFit(state, tablet)) {
            return mute.atLeast(Mastership.of(tablet), settings.muteMillis())
                    ? Optional.of("the clock of its master is off")
                    : Optional.empty();
        }
        Optional<TabletStatus> status = health.masterStatus(state, tablet);
        if (!health.reported(node) || status.filter(TabletStatus::serving).isPresent()) {
            return Optional.empty();
        }
        long patience =
                health.started(state, tablet) ? settings.muteMillis() : settings.startMillis();
        return mute.atLeast(Mastership.of(tablet), patience)
                ? Optional.of("its master does not serve")
                : Optional.empty();
    }

    private boolean anotherIsFit(ClusterState state, TabletDescriptor tablet) {
        return tablet.members().stream()
                .filter(each -> each.opened() && !each.lost())
                .filter(each -> !each.node().equals(tablet.master().node()))
                .filter(each -> health.stays(state, each.node()))
                .map(each -> state.nodes().get(each.node()))
                .anyMatch(node -> health.fitness(node, tablet) == Fitness.FIT);
    }
}
