package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;
import io.ebla.core.failpoint.FailPoints;
import io.ebla.core.failpoint.NodeMoment;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.time.Clock;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;

/**
 * The mastership that a replica has or begins, and what the newest map says of it: the epoch, its quorum,
 * how it goes on in another replica set.
 *
 * <p>It begins in three steps, each in a turn of its own: the map names this run (E1), the promise of the
 * epoch becomes durable (E4), EPOCH_START is appended. Only once that is committed does the tablet serve
 * (E11). An epoch that ended here is never stamped again. Writer only, but for what is watched.
 */
final class Term {

    private static final Logger LOG = System.getLogger(Term.class.getName());

    private final TabletParts parts;
    private final Role role;
    private final LogEnd log;
    private final Promises promises;
    private final Applying applying;
    private final Acks acks;
    private final Followers followers;
    private final Following following;
    private final Ends ends;

    private volatile long masterEpoch;
    private volatile long startedEpoch;
    private volatile Assignment assignment;

    /** The quorum of this mastership, null while it has not begun. */
    private QuorumTracker quorum;

    /** A mastership that is to begin, or to go on in another set, as soon as the log takes its start. */
    private Assignment toStart;

    /** The highest epoch that this run was master of and is no more (E1). */
    private volatile long endedEpoch;

    /** When the tablet began to serve. */
    private volatile long servesSinceNanos;

    private boolean clockOff;
    private long clockOffSinceNanos;

    Term(ReplicaState state, Acks acks, Followers followers, Following following, Ends ends) {
        this.parts = state.parts();
        this.role = state.role();
        this.log = state.log();
        this.promises = state.promises();
        this.applying = state.applying();
        this.acks = acks;
        this.followers = followers;
        this.following = following;
        this.ends = ends;
    }

    // ---------------------------------------------------------------- from any thread

    /** The epoch of the mastership that this replica has or begins, 0 for none. */
    long masterEpoch() {
        return masterEpoch;
    }

    /** The epoch whose EPOCH_START this master knows committed, else 0. */
    long startedEpoch() {
        return startedEpoch;
    }

    /** The newest epoch that this replica was master of and is no more, 0 for none. */
    long endedEpoch() {
        return endedEpoch;
    }

    /** What the newest map says of it, null before the first. */
    Assignment assignment() {
        return assignment;
    }

    /**
     * Whether this replica does a master's work: it has begun, and is not cut off from those who grant its
     * lease. What it does not do, another is to be elected for, so that the metadata is told this and
     * nothing else. A master that is handing over works, for its callers are answered by the next.
     */
    boolean serves() {
        TabletState state = role.state();
        return (state == TabletState.SERVING || state == TabletState.HANDING_OVER) && !cutOff();
    }

    /**
     * Whether there has been no lease for so long that taking more writes would only lose them. Beats keep a
     * lease whether anybody asks for something or not; one that is lost for a moment is not missed.
     */
    boolean cutOff() {
        Clock clock = parts.env().clock();
        long nowNanos = clock.monotonicNanos();
        long patience = 2 * parts.replication().leaseNanos();
        return parts.lease().missingNanos(nowNanos, clock.wallMillis()) > patience
                && nowNanos - servesSinceNanos > patience;
    }

    // ---------------------------------------------------------------- the writer

    /** The quorum of this mastership, null while there is none. */
    QuorumTracker quorum() {
        return quorum;
    }

    /** Whether an epoch waits for its start. */
    boolean isStarting() {
        return toStart != null;
    }

    boolean hasFollowers() {
        return !followers.isEmpty();
    }

    /** What a newer map says of this replica. */
    void obey(Assignment newer) {
        assignment = newer;
        role.rests(newer.opened(), newer.learner());
        if (newer.mine() && newer.opened()) {
            if (newer.epoch() > masterEpoch) {
                beMaster(newer);
            } else if (quorum != null
                    && newer.epoch() == masterEpoch
                    && !quorum.set().equals(newer.replicas())) {
                // The same epoch with other learners, or with a replica change that is over.
                follow(quorum.change(newer.replicas()));
            } else if (toStart != null && newer.epoch() == toStart.epoch()) {
                toStart = newer;
            }
        } else if (role.state().masters()
                && newer.epoch() > masterEpoch
                && newer.master() != null) {
            ends.stepDown(newer.epoch());
        }
    }

    private void beMaster(Assignment newer) {
        TabletState state = role.state();
        if (promises.accepted() > newer.epoch()
                || log.lastEpoch() >= newer.epoch()
                || endedEpoch >= newer.epoch()) {
            return;
        }
        if (state.follows()) {
            role.become(TabletState.TAKING_OVER);
            following.end();
            masterEpoch = newer.epoch();
            toStart = newer;
            parts.lease()
                    .begin(newer.replicas(), newer.epoch(), parts.env().clock().monotonicNanos());
            parts.grant().promise(newer.epoch());
            promises.raise(newer.epoch());
            parts.env().beatSoon();
        } else if (state.masters()) {
            toStart = newer;
        }
    }

    /** The promise comes first: no append of a lower epoch is taken from then on (E4). */
    void start(long committedIndex) {
        if (toStart == null || log.failed() != null) {
            return;
        }
        TabletState state = role.state();
        if (state == TabletState.TAKING_OVER && quorum == null) {
            if (promises.isDurable(toStart.epoch())) {
                appendStart(toStart, committedIndex);
            } else if (promises.failure() != null) {
                parts.lease().end();
                end();
                role.rest();
            }
        } else if (state == TabletState.SERVING && toStart.epoch() > masterEpoch) {
            appendStart(toStart, committedIndex);
        }
    }

    /**
     * E11: with this entry the inherited tail counts. A master whose set changes goes on from one epoch to
     * the next by itself, its lease and its followers with it (E3). Refused by the log, it is tried again
     * at the next tick.
     */
    private void appendStart(Assignment start, long committedIndex) {
        FailPoints.reached(NodeMoment.EPOCH_BEGINS);
        LogHead head = log.head();
        long epochBefore = head.lastEpoch();
        long indexBefore = head.lastIndex();
        if (head.epoch() < start.epoch()) {
            head.begin(start.epoch());
        }
        LogEntry entry =
                head.next(
                        committedIndex,
                        parts.time().nowMillis(),
                        EntryKind.EPOCH_START,
                        "",
                        List.of());
        try {
            log.append(LogBatch.of(List.of(entry)), epochBefore, indexBefore);
        } catch (EblaException refused) {
            LOG.log(
                    Level.WARNING,
                    "tablet {0} cannot begin epoch {1} yet: {2}",
                    parts.tablet(),
                    start.epoch(),
                    refused);
            return;
        }
        toStart = null;
        masterEpoch = start.epoch();
        promises.appended(start.epoch());
        parts.grant().promise(start.epoch());
        QuorumTracker tracker =
                quorum == null
                        ? new QuorumTracker(start.replicas(), committedIndex)
                        : quorum.change(start.replicas());
        tracker.begin(entry.index());
        follow(tracker);
        applying.add(new PendingEntry(entry));
    }

    private void follow(QuorumTracker tracker) {
        quorum = tracker;
        acks.begin(tracker);
        followers.begin(tracker, masterEpoch);
        parts.lease().change(tracker.set(), parts.env().clock().monotonicNanos());
        parts.env().beatSoon();
    }

    /** The start of an epoch is applied: if it is this one's, the tablet serves. */
    void started(long epoch) {
        if (quorum == null || epoch != masterEpoch) {
            return;
        }
        FailPoints.reached(NodeMoment.EPOCH_STARTED);
        startedEpoch = masterEpoch;
        if (role.state() == TabletState.TAKING_OVER) {
            servesSinceNanos = parts.env().clock().monotonicNanos();
            role.become(TabletState.SERVING);
            parts.counters().termBegan();
            if (!parts.lease().holds(servesSinceNanos, parts.env().clock().wallMillis())) {
                // Those who had not heard of the epoch when it was asked for have now.
                parts.env().beatSoon();
            }
            LOG.log(
                    Level.INFO,
                    "tablet {0}: master of epoch {1} from entry {2} on",
                    parts.tablet(),
                    masterEpoch,
                    quorum.epochStart());
        }
    }

    /** Its start was never written: it is to be appended anew. */
    void startAgain() {
        if (role.state() == TabletState.TAKING_OVER && quorum != null) {
            quorum = null;
            followers.end();
            toStart = assignment;
        }
    }

    void end() {
        followers.end();
        quorum = null;
        endedEpoch = Math.max(endedEpoch, masterEpoch);
        masterEpoch = 0;
        startedEpoch = 0;
        toStart = null;
        clockOff = false;
        following.end();
    }

    /** Whether the clock was off at the last look: that it is right again has to be seen, too. */
    boolean sawClockOff() {
        return clockOff;
    }

    /**
     * T2: a mastership that nobody has taken over while this node's clock was off for so long is given up
     * unasked: followers may take nothing from it, so that it could not be handed over.
     */
    void lookAtClock(long nowNanos) {
        boolean off = !parts.env().clock().trusted();
        if (off && !clockOff) {
            clockOffSinceNanos = nowNanos;
        }
        clockOff = off;
        long patienceNanos = parts.replication().handOverMillis() * 1_000_000L;
        if (off
                && nowNanos - clockOffSinceNanos >= patienceNanos
                && !assignment.replicas().isAlone()) {
            LOG.log(
                    Level.WARNING,
                    "tablet {0}: epoch {1} is given up, for the clock of this node is off: {2}",
                    parts.tablet(),
                    masterEpoch,
                    parts.env().clock());
            ends.stepDown(masterEpoch);
        }
    }
}
