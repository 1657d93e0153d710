package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.Outcome;
import io.ebla.tabletserver.tablet.PendingEntry.Answer;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * How requests end that do not end well, and what is then known of them: refused before the append
 * (not applied), timed out or lost after it (unknown, unless the commit is known). Writer only.
 */
final class Endings {

    private final Replies replies;
    private final Failures failures;
    private final Mailbox mailbox;
    private final Overlay overlay;
    private final Idempotency idempotency;
    private final Deque<Submission> intake;
    private final Deque<PendingEntry> inFlight;
    private final Acks acks;

    Endings(TabletParts parts, Deque<Submission> intake, Deque<PendingEntry> inFlight, Acks acks) {
        this.replies = parts.replies();
        this.failures = parts.failures();
        this.mailbox = parts.mailbox();
        this.overlay = parts.overlay();
        this.idempotency = parts.idempotency();
        this.intake = intake;
        this.inFlight = inFlight;
        this.acks = acks;
    }

    void refuseNext(Submission submission, EblaException cause) {
        replies.answer(submission, submission.next(), null, cause.withOutcome(Outcome.NOT_APPLIED));
        submission.advance();
    }

    /** Refuses what is left of a submission that is no longer in the intake. */
    void refuse(Submission submission, EblaException cause) {
        while (!submission.exhausted()) {
            refuseNext(submission, cause);
        }
        mailbox.release(submission);
    }

    void refuseIntake(EblaException cause) {
        while (!intake.isEmpty()) {
            refuse(intake.poll(), cause);
        }
    }

    /** The oplog refused these latest entries: they never were, nor anything that rested on them. */
    void takeBack(List<PendingEntry> entries, EblaException refused) {
        for (int i = entries.size() - 1; i >= 0; i--) {
            overlay.undo(entries.get(i));
            idempotency.remove(entries.get(i));
        }
        EblaException notApplied = refused.withOutcome(Outcome.NOT_APPLIED);
        for (PendingEntry entry : entries) {
            for (Answer answer = entry.firstAnswer(); answer != null; answer = answer.next) {
                give(answer, notApplied);
            }
            acks.left(entry);
        }
    }

    /** The mastership over the entries in flight is gone: nobody knows which of them will count. */
    void loseInFlight(EblaException cause) {
        for (PendingEntry entry : inFlight) {
            lose(entry, cause);
        }
    }

    /** Nobody knows whether this entry will count. */
    void lose(PendingEntry entry, EblaException cause) {
        for (Answer answer = entry.firstAnswer(); answer != null; answer = answer.next) {
            give(answer, cause.withOutcome(answer.outcomeIfLost));
        }
    }

    /** The writer stops with this group in its hands: not applied unless the log may have it. */
    void loseGroup(WriteGroup group, EblaException cause) {
        for (PendingEntry entry : group.entries()) {
            for (Answer answer = entry.firstAnswer(); answer != null; answer = answer.next) {
                Outcome outcome = group.offered() ? answer.outcomeIfLost : Outcome.NOT_APPLIED;
                give(answer, cause.withOutcome(outcome));
            }
        }
    }

    /** A write that is to be taken back, for its caller has stopped waiting. */
    record Overdue(PendingEntry entry, Answer answer) {}

    /**
     * Answers whose callers stop waiting now; what is appended stays appended (W6).
     *
     * @return those that ask to be taken back and are not committed
     */
    List<Overdue> expire(long nowNanos, long committedIndex) {
        List<Overdue> overdue = List.of();
        for (PendingEntry entry : inFlight) {
            for (Answer answer = entry.firstAnswer(); answer != null; answer = answer.next) {
                if (answer.given || answer.deadlineNanos - nowNanos > 0) {
                    continue;
                }
                boolean committed = entry.index() <= committedIndex;
                if (!committed && answer.revertUntilNanos - nowNanos > 0) {
                    overdue = overdue.isEmpty() ? new ArrayList<>() : overdue;
                    overdue.add(new Overdue(entry, answer));
                } else {
                    ranOut(entry, answer, committed);
                }
            }
        }
        acks.expireLate(nowNanos);
        expireIntake(nowNanos);
        return overdue;
    }

    /** The wait is over and the write stays: its caller is told what is known of it. */
    void ranOut(PendingEntry entry, Answer answer, boolean committed) {
        give(
                answer,
                failures.waitRanOut("the commit").withOutcome(outcome(entry, answer, committed)));
    }

    private Outcome outcome(PendingEntry entry, Answer answer, boolean committed) {
        if (answer.outcomeIfLost != Outcome.UNKNOWN) {
            return answer.outcomeIfLost;
        }
        if (committed) {
            return entry.isRevert() ? Outcome.REVERTED : Outcome.COMMITTED;
        }
        return answer.result == null || answer.result.replayed()
                ? Outcome.UNKNOWN
                : acks.uncommitted(entry.index());
    }

    private void expireIntake(long nowNanos) {
        for (Iterator<Submission> each = intake.iterator(); each.hasNext(); ) {
            Submission submission = each.next();
            while (!submission.exhausted()
                    && submission.nextRequest().deadlineNanos() - nowNanos <= 0) {
                refuseNext(submission, failures.deadlineBeforeStart());
            }
            if (submission.exhausted()) {
                each.remove();
                mailbox.release(submission);
            }
        }
    }

    private void give(Answer answer, EblaException failure) {
        if (!answer.given) {
            answer.given = true;
            replies.answer(answer.submission, answer.slot, null, failure);
        }
    }
}
