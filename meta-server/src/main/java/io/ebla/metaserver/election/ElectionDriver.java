package io.ebla.metaserver.election;

import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterCommand.NewEpoch;
import io.ebla.metaserver.cluster.ClusterCommand.Winner;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.Election;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.election.Round.Phase;
import io.ebla.metaserver.nodes.NodeNetwork;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Conducts elections, many at a time, while this member leads the metadata.
 *
 * <pre>
 *   begin    an epoch is given out and written down, and the tablet has no master from then on (E2)
 *   fence    every living elector is asked to promise it, all tablets of a node in one call
 *   choose   as soon as a majority of each set has promised: {@link Ballot} (E3, E5), {@link Choice}
 *   record   the winner is written down by compare-and-set on the epoch; the map tells the nodes
 * </pre>
 *
 * <p>There is one round for a tablet at most. A round goes on until it is recorded or its epoch is not
 * the tablet's any more; electors that do not answer are asked again for the same epoch, so that waiting
 * for a majority writes nothing. A new epoch is taken only where one was promised to somebody else, or
 * recording failed, and after a growing pause. Rounds live in memory: another leader finds epochs
 * without a master and begins again with new ones.
 *
 * <p>Confined to one thread, given as an executor: answers come back to it. Without a thread of its own,
 * a clock it is not given or a wait, it runs in a simulation as it does here.
 */
public final class ElectionDriver {

    private static final Logger log = LoggerFactory.getLogger(ElectionDriver.class);

    /** Tablets in one command or one call: so many fit into a log entry with room to spare. */
    private static final int BATCH_MAX = 2_000;

    /** A replica that cannot answer yet is asked again after this; it has a lease to wait (E8). */
    private static final long NOT_NOW_NANOS = TimeUnit.MILLISECONDS.toNanos(25);

    private static final long FAILED_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final MetadataTablet metadata;
    private final FenceCalls calls;
    private final Candidates candidates;
    private final Choice choice;
    private final Clock clock;
    private final Executor thread;
    private final Map<TabletId, Round> rounds = new HashMap<>();
    private final RetryPauses pauses = new RetryPauses();

    /** Epochs that replicas said to have promised: new ones must be above. */
    private final Map<TabletId, Long> promised = new HashMap<>();

    /** Counts the times that this member ceased to lead: answers from before mean nothing. */
    private long reign;

    private long electionsWon;
    private ElectionObserver observer = ElectionObserver.NONE;

    /** @param thread where answers are taken in, the one that calls this */
    public ElectionDriver(
            MetadataTablet metadata,
            NodeNetwork network,
            Candidates candidates,
            Clock clock,
            Executor thread) {
        this.metadata = metadata;
        calls = new FenceCalls(network, thread, this::answered);
        this.candidates = candidates;
        choice = new Choice(candidates, clock);
        this.clock = clock;
        this.thread = thread;
    }

    /** Tells that one from now on; before the first turn. */
    public void observe(ElectionObserver told) {
        observer = told;
    }

    /** This member does not lead any more: all rounds are another's to begin again. */
    public void abandon() {
        reign++;
        rounds.clear();
        calls.abandon();
        pauses.clear();
        promised.clear();
    }

    /** Whether a round for the tablet is under way. */
    public boolean electing(TabletId tablet) {
        return rounds.containsKey(tablet);
    }

    /** Masterships recorded by this driver since it began. */
    public long electionsWon() {
        return electionsWon;
    }

    /** Does what is due now. @param vacancies all tablets that need a master, those in rounds too */
    public void turn(ClusterState state, List<Vacancy> vacancies) {
        rounds.entrySet().removeIf(each -> over(state, each.getKey(), each.getValue()));
        begin(state, vacancies);
        fence(state);
        record(state);
    }

    private static boolean over(ClusterState state, TabletId tablet, Round round) {
        Election slot = state.elections().get(tablet);
        return round.phase == Phase.FENCING && (slot == null || slot.epoch() != round.epoch);
    }

    // ---------------------------------------------------------------- begin

    private void begin(ClusterState state, List<Vacancy> vacancies) {
        long now = clock.monotonicNanos();
        List<NewEpoch> epochs = new ArrayList<>();
        for (Vacancy vacancy : vacancies) {
            TabletId id = vacancy.tablet();
            TabletDescriptor tablet = state.tablets().get(id);
            boolean due = tablet != null && !rounds.containsKey(id) && pauses.over(id, now);
            if (due && epochs.size() < BATCH_MAX) {
                long epoch = Math.max(tablet.epoch(), promised.getOrDefault(id, 0L)) + 1;
                rounds.put(id, new Round(vacancy, epoch, now));
                epochs.add(new NewEpoch(id, tablet.epoch(), epoch));
            }
        }
        if (!epochs.isEmpty()) {
            observer.begun(epochs.size());
            Vacancy first = rounds.get(epochs.get(0).tablet()).vacancy;
            log.info(
                    "event=elections_begin tablets={} first={} cause=\"{}\"",
                    epochs.size(),
                    first.tablet(),
                    first.cause());
            submit(
                    new ClusterCommand.BeginElections(epochs, clock.wallMillis()),
                    after -> begun(after, epochs));
        }
    }

    /** @param after the state then, or empty when it cannot be told */
    private void begun(Optional<ClusterState> after, List<NewEpoch> epochs) {
        for (NewEpoch given : epochs) {
            Round round = rounds.get(given.tablet());
            Election slot = after.map(state -> state.elections().get(given.tablet())).orElse(null);
            if (slot != null && slot.epoch() == given.epoch()) {
                round.phase = Phase.FENCING;
            } else {
                giveUp(given.tablet());
            }
        }
        after.ifPresent(this::fence);
    }

    private void giveUp(TabletId tablet) {
        observer.failed();
        rounds.remove(tablet);
        pauses.failed(tablet, clock.monotonicNanos());
    }

    // ---------------------------------------------------------------- fence

    private void fence(ClusterState state) {
        long now = clock.monotonicNanos();
        Map<NodeId, List<NodeApi.TabletEpoch>> due = new HashMap<>();
        for (Map.Entry<TabletId, Round> each : rounds.entrySet()) {
            Round round = each.getValue();
            TabletDescriptor tablet = state.tablets().get(each.getKey());
            if (round.phase == Phase.FENCING && tablet != null) {
                for (ReplicaDescriptor elector : tablet.electors()) {
                    if (mayAsk(state, tablet, round, elector, due, now)) {
                        due.computeIfAbsent(elector.node(), node -> new ArrayList<>())
                                .add(new NodeApi.TabletEpoch(tablet.id(), round.epoch));
                    }
                }
            }
        }
        due.forEach((node, asked) -> calls.call(state, state.nodes().get(node), asked));
    }

    private boolean mayAsk(
            ClusterState state,
            TabletDescriptor tablet,
            Round round,
            ReplicaDescriptor elector,
            Map<NodeId, List<NodeApi.TabletEpoch>> due,
            long now) {
        NodeDescriptor node = state.nodes().get(elector.node());
        int inCall = due.getOrDefault(elector.node(), List.of()).size();
        return node != null
                && Ballot.mayVote(elector)
                && candidates.reachable(node)
                && inCall < BATCH_MAX
                && calls.free(node.id())
                && !round.ballot.has(state, tablet, node.id())
                && round.ask(node.id(), now);
    }

    private void answered(
            NodeDescriptor node,
            List<NodeApi.TabletEpoch> tablets,
            NodeApi.Fenced fenced,
            Throwable failure) {
        boolean itself =
                failure == null
                        && fenced.store().equals(node.store())
                        && fenced.incarnation().equals(node.incarnation());
        long now = clock.monotonicNanos();
        for (NodeApi.TabletEpoch asked : tablets) {
            Round round = rounds.get(asked.tablet());
            if (round != null && round.epoch == asked.epoch()) {
                round.answered(node.id(), now + (failure == null ? NOT_NOW_NANOS : FAILED_NANOS));
            }
        }
        if (itself) {
            Set<NodeApi.TabletEpoch> asked = Set.copyOf(tablets);
            fenced.answers().forEach(answer -> answered(node, asked, answer));
        }
        if (failure != null) {
            log.debug("event=fence_failed node={} cause=\"{}\"", node.id(), failure.toString());
        }
        leading().ifPresent(this::record);
    }

    private void answered(
            NodeDescriptor node, Set<NodeApi.TabletEpoch> asked, NodeApi.FenceAnswer answer) {
        Round round = rounds.get(answer.tablet());
        boolean ofThis =
                round != null
                        && asked.contains(new NodeApi.TabletEpoch(answer.tablet(), round.epoch));
        if (!ofThis) {
            return;
        }
        switch (answer.result()) {
            case FENCED ->
                    round.ballot.add(
                            new Ballot.Vote(
                                    node.id(),
                                    node.incarnation(),
                                    answer.replica(),
                                    answer.lastEpoch(),
                                    answer.lastIndex()));
            case REFUSED -> {
                promised.merge(answer.tablet(), answer.promisedEpoch(), Math::max);
                if (round.phase == Phase.FENCING) {
                    giveUp(answer.tablet());
                }
            }
            case ABSENT -> round.answered(node.id(), clock.monotonicNanos() + FAILED_NANOS);
            case NOT_NOW -> round.answered(node.id(), clock.monotonicNanos() + NOT_NOW_NANOS);
        }
    }

    // ---------------------------------------------------------------- choose and record

    private void record(ClusterState state) {
        Masterships masterships = null;
        List<Winner> winners = new ArrayList<>();
        for (Map.Entry<TabletId, Round> each : rounds.entrySet()) {
            Round round = each.getValue();
            TabletDescriptor tablet = state.tablets().get(each.getKey());
            boolean open =
                    round.phase == Phase.FENCING
                            && tablet != null
                            && !over(state, each.getKey(), round);
            if (open && winners.size() < BATCH_MAX) {
                masterships = masterships == null ? Masterships.of(state) : masterships;
                Optional<Ballot.Vote> winner = choice.of(state, tablet, round, masterships);
                if (winner.isPresent()) {
                    round.phase = Phase.RECORDING;
                    masterships.add(winner.get().node());
                    winners.add(winner(tablet.id(), round, winner.get()));
                }
            }
        }
        if (!winners.isEmpty()) {
            submit(
                    new ClusterCommand.RecordWinners(winners, clock.wallMillis()),
                    after -> recorded(after, winners));
        }
    }

    private static Winner winner(TabletId tablet, Round round, Ballot.Vote vote) {
        return new Winner(tablet, round.epoch, vote.node(), vote.incarnation());
    }

    private void recorded(Optional<ClusterState> after, List<Winner> winners) {
        int won = 0;
        for (Winner winner : winners) {
            TabletDescriptor tablet =
                    after.map(state -> state.tablets().get(winner.tablet())).orElse(null);
            boolean took =
                    tablet != null
                            && tablet.master() != null
                            && tablet.epoch() == winner.epoch()
                            && tablet.master().node().equals(winner.node());
            if (took) {
                Round round = rounds.remove(winner.tablet());
                pauses.succeeded(winner.tablet());
                promised.remove(winner.tablet());
                won++;
                if (round != null) {
                    observer.won(millisSince(round.beganNanos));
                }
                if (winners.size() <= 5) {
                    log.info(
                            "event=master_elected tablet={} epoch={} node={} millis={}",
                            winner.tablet(),
                            winner.epoch(),
                            winner.node(),
                            round == null ? -1 : millisSince(round.beganNanos));
                }
            } else {
                giveUp(winner.tablet());
            }
        }
        electionsWon += won;
        log.info("event=elections_recorded won={} of={}", won, winners.size());
    }

    private long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(clock.monotonicNanos() - nanos);
    }

    // ---------------------------------------------------------------- around

    private interface Then {
        void accept(Optional<ClusterState> after);
    }

    private void submit(ClusterCommand command, Then then) {
        long proposed = reign;
        metadata.submit(command)
                .whenCompleteAsync(
                        (verdict, failure) -> {
                            if (failure != null) {
                                log.warn(
                                        "event=election_not_written cause=\"{}\"",
                                        failure.toString());
                            }
                            if (proposed == reign) {
                                then.accept(failure == null ? leading() : Optional.empty());
                            }
                        },
                        thread);
    }

    /** The state, or nothing when this member does not lead. */
    private Optional<ClusterState> leading() {
        return Leading.state(metadata);
    }

    /** The tablets of the rounds under way, for who watches. */
    public Collection<TabletId> underWay() {
        return List.copyOf(rounds.keySet());
    }
}
