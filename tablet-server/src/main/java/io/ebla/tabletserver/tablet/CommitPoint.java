package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.oplog.EntryKind;
import io.ebla.tabletserver.tablet.PendingEntry.Answer;
import java.util.function.Consumer;

/**
 * The commit index of a replica, and the steps commit and apply: a master's comes from its
 * {@link QuorumTracker}, a follower's from what its master told and what of that it holds itself. It only
 * rises.
 *
 * <p>What is applied leaves the overlay, and then its answers are collected; so a row is always in the
 * overlay or in the store (W3). Writer only, but for the index.
 */
final class CommitPoint {

    private final TabletParts parts;
    private final Role role;
    private final LogEnd log;
    private final Applying applying;
    private final Expiry expiry;
    private final Acks acks;
    private final Splitting splitting;
    private final Following following;
    private final Term term;
    private final Ends ends;
    private final Consumer<PendingEntry> settle = this::settle;
    private volatile long index;

    CommitPoint(
            ReplicaState state,
            Term term,
            Following following,
            Acks acks,
            Expiry expiry,
            Splitting splitting,
            Ends ends) {
        this.parts = state.parts();
        this.role = state.role();
        this.log = state.log();
        this.applying = state.applying();
        this.expiry = expiry;
        this.acks = acks;
        this.splitting = splitting;
        this.following = following;
        this.term = term;
        this.ends = ends;
        this.index = state.applying().applied().index();
    }

    /** What is known committed. Any thread. */
    long index() {
        return index;
    }

    /** Looks how far the log is committed now, and applies up to there. */
    void advance() {
        QuorumTracker quorum = term.quorum();
        if (quorum != null) {
            quorum.durable(QuorumTracker.SELF, log.durableIndex());
            index = Math.max(index, quorum.committed());
            acks.answerLate();
        } else if (role.state().follows()) {
            index = Math.max(index, Math.min(following.committable(), log.durableIndex()));
        }
        apply();
        if (term.quorum() != null && role.state() != TabletState.TAKING_OVER) {
            acks.answerEarly(applying.inFlight());
        }
        acks.publish();
    }

    /** L1: what is committed, and durable here, and nothing else, goes to the store. */
    private void apply() {
        long upTo = Math.min(index, log.durableIndex());
        if (role.state().ended()
                || role.state() == TabletState.REBUILDING
                || !applying.behind(upTo)) {
            return;
        }
        try {
            int entries = applying.apply(upTo, settle);
            if (entries > 0) {
                parts.observer().applied(parts.tablet(), entries);
            }
            parts.waits().applied(applying.applied().index());
        } catch (EblaException failed) {
            if (failed.code() != ErrorCode.DISK_FAILED) {
                throw failed;
            }
            ends.failDisk(failed);
        }
    }

    private void settle(PendingEntry entry) {
        parts.overlay().applied(entry);
        parts.idempotency().remove(entry);
        EntryKind kind = entry.entry().kind();
        if (kind.equals(EntryKind.EXPIRE)) {
            expiry.end();
        } else if (kind.equals(EntryKind.EPOCH_START)) {
            term.started(entry.entry().epoch());
        } else if (Splitting.isOf(kind)) {
            splitting.applied(entry.entry());
        }
        for (Answer answer = entry.firstAnswer(); answer != null; answer = answer.next) {
            acks.settled(answer, entry.index());
        }
        acks.left(entry);
    }
}
