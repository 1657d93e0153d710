package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeApi;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;

/**
 * How a replica gives up: an append that failed, its mastership, its disk, or itself.
 *
 * <p>Whatever ends, everybody who waits is told once, and told no more than is known: {@code not_applied}
 * of what the log certainly never held, {@code unknown} of what it may. Writer only.
 */
final class Retreat implements Ends {

    private static final Logger LOG = System.getLogger(Retreat.class.getName());

    private final TabletParts parts;
    private final Role role;
    private final LogEnd log;
    private final Promises promises;
    private final Applying applying;
    private final Expiry expiry;
    private final Acks acks;
    private final Endings endings;
    private final Following following;
    private final Fences fences;
    private final Term term;
    private final CommitPoint commit;
    private final GroupWriter writer;
    private final HandOver handOver;
    private final Splitting splitting;

    Retreat(
            ReplicaState state,
            Term term,
            CommitPoint commit,
            GroupWriter writer,
            HandOver handOver,
            Acks acks,
            Expiry expiry,
            Endings endings,
            Following following,
            Fences fences,
            Splitting splitting) {
        this.parts = state.parts();
        this.role = state.role();
        this.log = state.log();
        this.promises = state.promises();
        this.applying = state.applying();
        this.expiry = expiry;
        this.acks = acks;
        this.endings = endings;
        this.following = following;
        this.fences = fences;
        this.term = term;
        this.commit = commit;
        this.writer = writer;
        this.handOver = handOver;
        this.splitting = splitting;
    }

    /**
     * What is in flight ends unknown, the overlay and all who wait are let go; the log stays, and is cut
     * when its new master says so.
     */
    @Override
    public void stepDown(long forEpoch) {
        if (!role.state().masters()) {
            return;
        }
        LOG.log(
                Level.INFO,
                "tablet {0}: epoch {1} ends here, for epoch {2}",
                parts.tablet(),
                term.masterEpoch(),
                forEpoch);
        parts.counters().steppedDown();
        EblaException cause = parts.failures().steppedDown();
        parts.lease().end();
        parts.waits().endAll(cause);
        endings.loseInFlight(cause);
        acks.end();
        writer.refuseAll(cause);
        applying.bare();
        parts.overlay().clear();
        parts.idempotency().clear();
        expiry.end();
        handOver.end("a higher epoch came");
        splitting.end();
        term.end();
        role.rest();
    }

    // ---------------------------------------------------------------- failed appends

    /**
     * The oldest append in flight failed, so none after it follows the log. What was certainly never
     * written is taken back once all have ended; after a failed sync nobody knows what was.
     */
    void endFailedAppends() {
        AppendsInFlight.Append failed = log.failed();
        if (failed == null) {
            return;
        }
        RuntimeException cause = AppendsInFlight.failure(failed);
        if (!AppendsInFlight.neverWritten(failed)) {
            if (!(cause instanceof EblaException)) {
                throw cause;
            }
            failDisk(cause);
        } else if (failed.batch() == null) {
            throw cause;
        } else if (log.allEnded()) {
            takeBackUnwritten(failed, (EblaException) cause);
        }
    }

    private void takeBackUnwritten(AppendsInFlight.Append first, EblaException cause) {
        if (term.hasFollowers()) {
            // They may hold what is taken back here: this epoch is never stamped again (E1).
            stepDown(term.masterEpoch());
        }
        List<PendingEntry> unwritten = applying.cut(first.indexBefore());
        log.takeBack(first);
        following.lost(first.indexBefore());
        splitting.takenBack(first.indexBefore());
        endings.takeBack(unwritten, cause);
        parts.overlay().rebuild(applying.inFlight());
        parts.waits().rewind(first.indexBefore());
        parts.waits().applied(applying.applied().index());
        expiry.end();
        endings.refuseIntake(cause);
        term.startAgain();
        if (cause.code() == ErrorCode.DISK_FAILED) {
            failDisk(cause);
        } else if (cause.code() == ErrorCode.NO_MASTER && role.state().masters()) {
            stepDown(promises.accepted());
        }
    }

    // ---------------------------------------------------------------- ends of the replica

    /**
     * L3: what is in flight ends unknown, new writes are refused, reads of what is applied go on while
     * there is a lease. Not if something committed was never applied: readers may know of it, and no
     * later epoch may be begun over its gap, so the tablet stops until a restart replays its log. Nor if a
     * write is being taken back: it would be shown here, and the next master may hold what undoes it (W5).
     */
    @Override
    public void failDisk(RuntimeException cause) {
        if (role.state().ended()) {
            return;
        }
        boolean gap =
                applying.behind(commit.index()) || writer.lastRevert() > applying.applied().index();
        boolean served = role.state().servesStrongReads();
        LOG.log(
                Level.ERROR,
                "tablet {0}: its disk failed: {1}",
                parts.tablet(),
                cause.getMessage());
        role.become(gap ? TabletState.BROKEN : TabletState.DISK_FAILED);
        if (!served) {
            parts.lease().end();
        }
        forget(parts.failures().diskFailed());
        parts.waits().diskFailed();
    }

    @Override
    public void corrupted() {
        role.become(TabletState.CORRUPTED);
        forget(parts.failures().refusal(TabletState.CORRUPTED));
    }

    /** A check failed: the tablet stops before it does harm. */
    void stop(Throwable failed) {
        LOG.log(Level.ERROR, "tablet " + parts.tablet() + " stops: a check failed", failed);
        role.become(TabletState.BROKEN);
        try {
            forget(parts.failures().refusal(TabletState.BROKEN));
        } catch (RuntimeException | Error again) {
            LOG.log(Level.ERROR, "tablet " + parts.tablet() + " cannot end what waits", again);
        }
    }

    void close() {
        role.become(TabletState.CLOSED);
        forget(parts.failures().refusal(TabletState.CLOSED));
    }

    /** Ends all that is in flight or waits, and what readers would wait for. */
    private void forget(EblaException cause) {
        if (role.state() != TabletState.DISK_FAILED) {
            parts.waits().endAll(cause);
            parts.lease().end();
        }
        endings.loseInFlight(cause);
        acks.end();
        writer.loseGroup(cause);
        writer.refuseAll(cause);
        applying.clear();
        parts.overlay().clear();
        parts.idempotency().clear();
        log.forget();
        expiry.end();
        promises.forget();
        handOver.end("the replica stopped");
        splitting.end();
        fences.end(NodeApi.FenceResult.NOT_NOW);
        term.end();
    }
}
