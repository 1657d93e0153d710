package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaMessage.Append;
import io.ebla.tabletserver.replication.ReplicaMessage.Appended;
import java.lang.System.Logger;
import java.util.concurrent.CompletableFuture;

/**
 * What a replica hears of the others and of meta, sorted by who it is and what it promised, and at the end
 * of each turn what it tells them. Writer only.
 */
final class ReplicaExchange {

    private static final Logger LOG = System.getLogger(ReplicaExchange.class.getName());

    private final TabletParts parts;
    private final Role role;
    private final LogEnd log;
    private final Promises promises;
    private final Followers followers;
    private final Following following;
    private final Fences fences;
    private final Term term;
    private final CommitPoint commit;
    private final StoreReplacement replacement;
    private final Splitting splitting;
    private final Ends ends;
    private long durableBefore;

    ReplicaExchange(
            ReplicaState state,
            Term term,
            CommitPoint commit,
            Followers followers,
            Following following,
            Fences fences,
            StoreReplacement replacement,
            Splitting splitting,
            Ends ends) {
        this.parts = state.parts();
        this.role = state.role();
        this.log = state.log();
        this.promises = state.promises();
        this.followers = followers;
        this.following = following;
        this.fences = fences;
        this.term = term;
        this.commit = commit;
        this.replacement = replacement;
        this.splitting = splitting;
        this.ends = ends;
        this.durableBefore = state.log().durableIndex();
    }

    // ---------------------------------------------------------------- what it hears

    void take(NodeId from, ReplicaMessage message) {
        if (message instanceof Append append) {
            take(from, append);
        } else if (message instanceof Appended answer) {
            if (term.quorum() != null) {
                followers.receive(answer, parts.env().clock().monotonicNanos());
                if (followers.quorumLost()) {
                    ends.stepDown(answer.promisedEpoch());
                }
            }
        } else if (message instanceof ReplicaMessage.Rebuild rebuild) {
            if (isMine(rebuild.to()) && rebuild.epoch() >= promises.accepted()) {
                replacement.want(from);
            }
        } else if (message instanceof ReplicaMessage.Released released) {
            if (isMine(released.to())) {
                take(released);
            }
        }
    }

    private void take(ReplicaMessage.Released released) {
        long timeMillis = released.timeMillis();
        boolean taken =
                parts.time().raiseFrom(timeMillis, parts.replication().maxClockOffsetMillis());
        parts.grant().release(released.epoch(), taken ? timeMillis : 0);
    }

    private boolean isMine(ReplicaId replica) {
        return term.assignment() != null
                && term.assignment().replicas().self().id().equals(replica);
    }

    private void take(NodeId from, Append append) {
        TabletState state = role.state();
        if (term.assignment() == null || state == TabletState.OPEN || state == TabletState.CLOSED) {
            return;
        }
        if (!isMine(append.to())) {
            following.refuse(from, append, ReplicaMessage.Result.ABSENT);
        } else if (append.epoch() < promises.accepted()) {
            following.refuse(from, append, ReplicaMessage.Result.FENCED);
        } else if (state.ended() || replacement.isUnderWay() || log.failed() != null) {
            following.refuse(from, append, ReplicaMessage.Result.UNABLE);
        } else {
            if (state.masters()) {
                if (append.epoch() <= term.masterEpoch()) {
                    throw new IllegalStateException(
                            from + " masters epoch " + append.epoch() + " as this replica does");
                }
                ends.stepDown(append.epoch());
            }
            parts.grant().promise(append.epoch());
            parts.time().raise(parts.grant().shownBefore(append.epoch(), from));
            following.receive(from, append);
        }
    }

    /** Meta asks for a promise (E4, E7): answered when it is durable and the last grant has run out. */
    void fence(long epoch, CompletableFuture<NodeApi.FenceAnswer> answer) {
        TabletState state = role.state();
        if (term.assignment() == null
                || state == TabletState.OPEN
                || state == TabletState.LEARNER) {
            answer.complete(fences.none(NodeApi.FenceResult.ABSENT));
            return;
        }
        if (state.ended() || state == TabletState.REBUILDING) {
            answer.complete(fences.none(NodeApi.FenceResult.NOT_NOW));
            return;
        }
        boolean begun = log.lastEpoch() >= epoch || following.epoch() >= epoch;
        if (!begun && epoch >= promises.accepted() && epoch > term.masterEpoch()) {
            parts.grant().promise(epoch);
            promises.raise(epoch);
            ends.stepDown(epoch);
            fences.add(epoch, answer);
        } else {
            answer.complete(fences.refused(term.assignment().replicas(), commit.index()));
        }
    }

    // ---------------------------------------------------------------- what it tells

    /** The end of a turn. */
    void tell(long nowNanos) {
        if (term.quorum() != null) {
            followers.pump(commit.index(), nowNanos);
            if (splitting.isSplit()) {
                // Nobody serves the range until they have heard it, and nothing more follows that
                // would tell.
                followers.tell(commit.index(), nowNanos);
            }
        }
        if (durableBefore != log.durableIndex()) {
            durableBefore = log.durableIndex();
            following.durable();
        }
        if (role.state().follows()) {
            following.answer();
        }
        if (!fences.isEmpty()) {
            fences.answer(term.assignment().replicas(), commit.index(), nowNanos);
        }
    }
}
