package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.LogEntry;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

/**
 * The steps drain, check, stamp and append of a master: what waits in the mailbox becomes groups of
 * entries, each handed to the log as one. Reverts and background expiries are appended here, too.
 *
 * <p>Groups that wait for their sync, and entries that wait for their quorum, are bounded; while they do,
 * the next group grows in the mailbox. A request is in one place at a time: the mailbox, the intake, the
 * group that is being filled, or an entry in flight. Writer only.
 */
final class GroupWriter {

    /** How many groups' worth of entries may wait for their quorum. */
    private static final int GROUPS_UNCOMMITTED = 4;

    private final TabletParts parts;
    private final TabletSettings settings;
    private final Env env;
    private final Role role;
    private final LogEnd log;
    private final Applying applying;
    private final Expiry expiry;
    private final Splitting splitting;
    private final WriteResolver resolver;
    private final Endings endings;
    private final Reverts reverts;
    private final Term term;
    private final CommitPoint commit;
    private final Deque<Submission> intake;

    /** The group that is being filled or appended, else null: its requests are nowhere else. */
    private WriteGroup filling;

    GroupWriter(
            ReplicaState state,
            Term term,
            CommitPoint commit,
            Acks acks,
            Expiry expiry,
            Splitting splitting,
            Endings endings,
            Deque<Submission> intake) {
        this.parts = state.parts();
        this.settings = state.parts().settings();
        this.env = state.parts().env();
        this.role = state.role();
        this.log = state.log();
        this.applying = state.applying();
        this.expiry = expiry;
        this.splitting = splitting;
        this.endings = endings;
        this.term = term;
        this.commit = commit;
        this.intake = intake;
        this.resolver = new WriteResolver(parts, log.head(), expiry, acks);
        this.reverts = new Reverts(parts, log.head(), expiry, this::appendAlone);
    }

    /**
     * The last entry of the log that takes a write back, or one behind that; 0 before the first. One that was
     * cut off, or never written, is not waited for: the log may not reach its index for long. Any thread.
     */
    long lastRevert() {
        return Math.min(reverts.lastIndex(), log.appendedIndex());
    }

    /** Whether nothing that was taken from the mailbox waits for its group. */
    boolean isIdle() {
        return intake.isEmpty();
    }

    // ---------------------------------------------------------------- each turn

    /** Takes what waits in the mailbox, in groups, as long as groups may be appended. */
    void write(long nowNanos) {
        drain();
        reshape();
        while (mayAppend() && !intake.isEmpty() && writeGroup(nowNanos)) {
            log.look();
            commit.advance();
        }
        refuseWhatCannotBeTaken();
    }

    /** The entry that ends the log, or forbids to: alone, and once nothing is on its way before it. */
    private void reshape() {
        if (!splitting.mayBeAppended() || !mayReshape()) {
            return;
        }
        splitting.appending();
        LogEntry entry =
                log.head()
                        .next(
                                commit.index(),
                                parts.time().nowMillis(),
                                splitting.kind(),
                                "",
                                List.of(splitting.mutation()));
        if (appendAlone(new PendingEntry(entry))) {
            splitting.appended(entry);
        } else {
            splitting.notAppended();
        }
    }

    private void drain() {
        parts.mailbox().drainTo(intake::add);
    }

    private boolean mayAppend() {
        return hasRoom() && !splitting.closed();
    }

    /** A store without room is in the way of all but a CANCEL: what that ends may take the room. */
    private boolean mayReshape() {
        boolean stalled = applying.stalledBy() != null;
        return mayLog() && (!stalled || splitting.kind().equals(EntryKind.CANCEL));
    }

    private boolean hasRoom() {
        return applying.stalledBy() == null && mayLog();
    }

    private boolean mayLog() {
        TabletState state = role.state();
        return (state == TabletState.SERVING || state == TabletState.DRAINING)
                && log.failed() == null
                && log.appendsInFlight() < settings.groupsInFlight()
                && applying.inFlight().size() < GROUPS_UNCOMMITTED * settings.groupOperations()
                && applying.bytes() < GROUPS_UNCOMMITTED * settings.groupBytes()
                && !term.cutOff();
    }

    /** Drain, check, stamp, append; false when nothing more can be taken now. */
    private boolean writeGroup(long nowNanos) {
        long epochBefore = log.head().lastEpoch();
        long indexBefore = log.head().lastIndex();
        WriteGroup group = new WriteGroup(parts.time().nowMillis(), nowNanos);
        filling = group;
        boolean more = fill(group, nowNanos);
        if (!group.isEmpty()) {
            group.offer();
            append(group, epochBefore, indexBefore);
        }
        filling = null;
        return more;
    }

    private boolean fill(WriteGroup group, long nowNanos) {
        while (!intake.isEmpty() && !group.full(settings)) {
            Submission submission = intake.peek();
            if (submission.nextRequest().deadlineNanos() - nowNanos <= 0) {
                endings.refuseNext(submission, parts.failures().deadlineBeforeStart());
            } else {
                WriteResolver.Progress progress =
                        resolver.resolve(submission, group, commit.index());
                if (progress == WriteResolver.Progress.BEHIND_EXPIRY) {
                    return false;
                }
                if (progress == WriteResolver.Progress.COLD) {
                    warm(intake.poll());
                    continue;
                }
                submission.advance();
            }
            if (submission.exhausted()) {
                parts.mailbox().release(intake.poll());
            }
        }
        return true;
    }

    /** Reads what a submission needs on a read thread, so that the writer finds it in memory. */
    private void warm(Submission submission) {
        try {
            env.read(
                    () -> {
                        submission.warm(env);
                        parts.mailbox().reoffer(submission);
                        env.wake();
                    });
        } catch (RejectedExecutionException full) {
            EblaException overloaded =
                    parts.failures().overloaded("too many reads wait for the disk");
            endings.refuse(submission, overloaded);
        }
    }

    private void append(WriteGroup group, long epochBefore, long indexBefore) {
        try {
            log.append(group.batch(), epochBefore, indexBefore);
        } catch (EblaException refused) {
            endings.takeBack(group.entries(), refused);
            parts.waits().rewind(indexBefore);
            endings.refuseIntake(refused);
            return;
        }
        for (PendingEntry entry : group.entries()) {
            parts.overlay().accepted(entry);
            applying.add(entry);
        }
        parts.observer().appended(parts.tablet(), group.operations(), group.bytes());
    }

    /** Appends an entry that the head was moved over already; false when the log does not take it. */
    private boolean appendAlone(PendingEntry entry) {
        WriteGroup group = new WriteGroup(0, 0);
        group.add(entry, 0, 0);
        append(group, entry.entry().previousEpoch(), entry.index() - 1);
        return log.head().lastIndex() == entry.index();
    }

    private void refuseWhatCannotBeTaken() {
        TabletState state = role.state();
        if (applying.stalledBy() != null) {
            endings.refuseIntake(applying.stalledBy());
        } else if (!state.masters()) {
            endings.refuseIntake(parts.failures().refusal(state));
        } else if (splitting.closed()) {
            endings.refuseIntake(parts.failures().shut());
        } else if (!intake.isEmpty() && term.cutOff()) {
            endings.refuseIntake(parts.failures().noLease());
        }
    }

    // ---------------------------------------------------------------- what time does

    /** Deadlines pass; what asked for it is taken back (W5). */
    void expireAnswers(long nowNanos) {
        for (Endings.Overdue overdue : endings.expire(nowNanos, commit.index())) {
            if (!mayAppend()) {
                continue;
            }
            Reverts.Attempt attempt = reverts.attempt(overdue, commit.index());
            if (attempt == Reverts.Attempt.APPENDED) {
                parts.counters().reverted();
            } else if (attempt == Reverts.Attempt.SUPERSEDED) {
                parts.counters().superseded();
                endings.ranOut(overdue.entry(), overdue.answer(), false);
            }
        }
    }

    /** Rows fall due (T3), if the time can be believed (T2). */
    void expireRows(long nowNanos) {
        long nowMillis = parts.time().nowMillis();
        if (role.state() == TabletState.SERVING
                && mayAppend()
                && env.clock().trusted()
                && expiry.due(env.earliestExpiry(), nowMillis, nowNanos)) {
            appendExpiry(nowMillis, nowNanos);
        }
    }

    private void appendExpiry(long nowMillis, long nowNanos) {
        LogEntry entry =
                log.head()
                        .next(
                                commit.index(),
                                nowMillis,
                                EntryKind.EXPIRE,
                                "",
                                List.of(expiry.begin(nowMillis, nowNanos)));
        if (appendAlone(new PendingEntry(entry))) {
            parts.observer().expiring(parts.tablet());
        } else {
            expiry.end();
        }
    }

    // ---------------------------------------------------------------- ends

    /** Refuses everything that is not in a group yet. */
    void refuseAll(EblaException cause) {
        drain();
        endings.refuseIntake(cause);
    }

    /** Ends the group in hand, if there is one. */
    void loseGroup(EblaException cause) {
        if (filling != null) {
            endings.loseGroup(filling, cause);
            filling = null;
        }
    }
}
