package io.ebla.metaserver.election;

import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterState;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Whom a round elects now; nobody yet, while a better one may still promise in a moment. */
final class Choice {

    /** How long the one that is wanted is waited for, once a majority has promised without it. */
    private static final long WANTED_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

    /**
     * How long others are waited for, once a majority has promised whose longest log is that of one that
     * had better not lead: without one more vote a master that did not serve is elected anew, time and
     * again.
     */
    private static final long BETTER_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Candidates candidates;
    private final Clock clock;

    Choice(Candidates candidates, Clock clock) {
        this.candidates = candidates;
        this.clock = clock;
    }

    Optional<Ballot.Vote> of(
            ClusterState state, TabletDescriptor tablet, Round round, Masterships masterships) {
        long waitedNanos = clock.monotonicNanos() - round.beganNanos;
        NodeId wanted = round.vacancy.wanted();
        if (wanted != null
                && waitedNanos < WANTED_NANOS
                && mayStillPromise(state, tablet, round, wanted)) {
            return Optional.empty();
        }
        RoundPreference preference =
                new RoundPreference(state, tablet, round.vacancy, candidates, masterships);
        return round.ballot
                .winner(state, tablet, preference)
                .filter(
                        winner ->
                                preference.fitness(winner.node()) == Ballot.Fitness.FIT
                                        || waitedNanos >= BETTER_NANOS
                                        || !othersMayPromise(state, tablet, round));
    }

    private boolean othersMayPromise(ClusterState state, TabletDescriptor tablet, Round round) {
        return tablet.electors().stream()
                .filter(Ballot::mayVote)
                .anyMatch(each -> mayStillPromise(state, tablet, round, each.node()));
    }

    private boolean mayStillPromise(
            ClusterState state, TabletDescriptor tablet, Round round, NodeId id) {
        NodeDescriptor node = state.nodes().get(id);
        return node != null && candidates.reachable(node) && !round.ballot.has(state, tablet, id);
    }
}
