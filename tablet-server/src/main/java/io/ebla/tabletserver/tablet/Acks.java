package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.tabletserver.tablet.PendingEntry.Answer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * Which answer waits for how many copies, and what is known when it is given.
 *
 * <p>Most wait for the commit. One that asks for fewer copies than a quorum is answered {@code accepted} as
 * soon as so many hold it, and only under the lease (E9); one that asks for more is kept beyond the commit
 * until they do, in a queue of its own with a bound. Writer only.
 */
final class Acks {

    /** A committed write that waits for more copies. */
    private record Late(long index, Answer answer) {}

    private final Replies replies;
    private final Failures failures;
    private final LeaseTracker lease;
    private final Env env;

    /** Committed writes that may wait for more copies. */
    private final int lateMax;

    /** Answers that may rest on entries of others, which are not counted in the mailbox any more. */
    private final int restingMax;

    private final Deque<Late> late = new ArrayDeque<>();
    private final ReplicationCounters counters;
    private QuorumTracker quorum;
    private int early;
    private int resting;

    /** Answers of one group that waited for the same, not counted yet: nearly always all of a turn. */
    private long run;

    private AckWaits.Kind runKind;
    private long runSinceNanos;
    private long runNowNanos;

    Acks(TabletParts parts) {
        this.replies = parts.replies();
        this.failures = parts.failures();
        this.lease = parts.lease();
        this.env = parts.env();
        this.counters = parts.counters();
        this.lateMax = parts.settings().mailboxOperations();
        this.restingMax = parts.settings().mailboxOperations();
    }

    void begin(QuorumTracker tracker) {
        quorum = tracker;
    }

    /** Whether this mastership may answer from what it has applied. */
    boolean leaseHolds() {
        return lease.holds(env.clock().monotonicNanos(), env.clock().wallMillis());
    }

    /**
     * How many copies a request waits for besides the commit, 0 for none.
     *
     * @throws EblaException {@code invalid_argument} for more than there are, {@code overloaded}
     */
    int wanted(WriteRequest request) {
        int copies = request.copies();
        if (copies == WriteRequest.QUORUM) {
            return 0;
        }
        int replicas = quorum.replicas();
        int wanted = copies == WriteRequest.ALL ? replicas : copies;
        if (wanted > replicas) {
            throw new EblaException(
                    ErrorCode.INVALID_ARGUMENT,
                    "acks of " + wanted + " copies where there are " + replicas);
        }
        if (wanted > quorum.quorum() && late.size() >= lateMax) {
            throw failures.overloaded("too many writes wait for more copies than a quorum");
        }
        return wanted == quorum.quorum() ? 0 : wanted;
    }

    /** An answer begins to wait. */
    void added(Answer answer) {
        if (isEarly(answer)) {
            early++;
        }
    }

    private boolean isEarly(Answer answer) {
        return answer.copies > 0 && answer.copies < quorum.quorum();
    }

    /**
     * An answer that rests on an entry begins to wait for it.
     *
     * @return false when too many do
     */
    boolean rest(PendingEntry entry, Answer answer) {
        if (resting >= restingMax) {
            return false;
        }
        resting++;
        entry.addResting(answer);
        return true;
    }

    /** Nothing waits for an entry any more. */
    void left(PendingEntry entry) {
        resting -= entry.resting();
    }

    /** Answers what has the copies it asked for, before the commit. */
    void answerEarly(Iterable<PendingEntry> inFlight) {
        if (early == 0 || !leaseHolds()) {
            return;
        }
        early = 0;
        for (PendingEntry entry : inFlight) {
            int copies = quorum.copies(entry.index());
            for (Answer answer = entry.firstAnswer(); answer != null; answer = answer.next) {
                if (!answer.given && answer.result != null && isEarly(answer)) {
                    if (answer.result.replayed() || copies < answer.copies) {
                        early++;
                    } else {
                        give(answer, entry.index(), Outcome.ACCEPTED);
                    }
                }
            }
        }
    }

    /** The entry that an answer waited for is applied. */
    void settled(Answer answer, long index) {
        if (answer.given) {
            return;
        }
        if (answer.result == null) {
            giveFailure(answer);
        } else if (answer.outcomeIfLost == Outcome.NOT_APPLIED && !leaseHolds()) {
            answer.given = true;
            replies.answer(
                    answer.submission,
                    answer.slot,
                    null,
                    failures.noLease().withOutcome(Outcome.NOT_APPLIED));
        } else if (answer.copies > quorum.quorum() && quorum.copies(index) < answer.copies) {
            late.add(new Late(index, answer));
        } else {
            give(answer, index, Outcome.COMMITTED);
        }
    }

    /** A failure rests on what was seen, so it is a strong read (W2); that a write was reverted is none. */
    private void giveFailure(Answer answer) {
        boolean reverted = answer.failure.outcome().orElse(null) == Outcome.REVERTED;
        answer.given = true;
        replies.answer(
                answer.submission,
                answer.slot,
                null,
                reverted || leaseHolds()
                        ? answer.failure
                        : failures.noLease().withOutcome(Outcome.NOT_APPLIED));
    }

    private void give(Answer answer, long index, Outcome outcome) {
        answer.given = true;
        if (answer.sinceNanos != Answer.NO_ACK) {
            count(answer);
        }
        replies.answer(
                answer.submission,
                answer.slot,
                answer.result.held(outcome, quorum.holders(holdIndex(answer.result, index))),
                null);
    }

    private void count(Answer answer) {
        AckWaits.Kind kind =
                answer.copies == 0
                        ? AckWaits.Kind.QUORUM
                        : answer.copies > quorum.quorum()
                                ? AckWaits.Kind.ALL
                                : answer.copies == 1 ? AckWaits.Kind.LOCAL : AckWaits.Kind.FEWER;
        if (run == 0 || kind != runKind || answer.sinceNanos != runSinceNanos) {
            publish();
            runKind = kind;
            runSinceNanos = answer.sinceNanos;
            runNowNanos = env.clock().monotonicNanos();
        }
        run++;
    }

    /** Has what was answered counted for everybody to see. */
    void publish() {
        if (run > 0) {
            counters.acks(runKind).answered(run, runNowNanos - runSinceNanos);
            run = 0;
        }
    }

    /** A repetition is told who holds the first write, not what it waited behind. */
    private static long holdIndex(WriteResult result, long index) {
        return result.replayed() ? result.position().index() : index;
    }

    /** A refusal that rests on nothing. */
    void refuseNow(Submission submission, EblaException refusal) {
        replies.answer(submission, submission.next(), null, refusal);
    }

    /** A result that waits for nothing, or the refusal of one that rests on a state without a lease. */
    void answerNow(Submission submission, WriteResult result, EblaException failure) {
        if (result != null && result.replayed() || leaseHolds()) {
            replies.answer(
                    submission,
                    submission.next(),
                    result == null
                            ? null
                            : result.held(
                                    Outcome.COMMITTED, quorum.holders(result.position().index())),
                    failure);
        } else {
            replies.answer(
                    submission,
                    submission.next(),
                    null,
                    failures.noLease().withOutcome(Outcome.NOT_APPLIED));
        }
    }

    /** Answers committed writes that have got the copies they asked for. */
    void answerLate() {
        for (Iterator<Late> each = late.iterator(); each.hasNext(); ) {
            Late waiting = each.next();
            if (quorum.copies(waiting.index()) >= waiting.answer().copies) {
                each.remove();
                give(waiting.answer(), waiting.index(), Outcome.COMMITTED);
            }
        }
    }

    /** Their callers stop waiting: a quorum has it, and more than that is not known. */
    void expireLate(long nowNanos) {
        for (Iterator<Late> each = late.iterator(); each.hasNext(); ) {
            Late waiting = each.next();
            if (waiting.answer().deadlineNanos - nowNanos <= 0) {
                each.remove();
                endLate(waiting);
            }
        }
    }

    /** The mastership ends: what waits beyond the commit is committed all the same. */
    void end() {
        while (!late.isEmpty()) {
            endLate(late.poll());
        }
        early = 0;
        resting = 0;
    }

    private void endLate(Late waiting) {
        waiting.answer().given = true;
        replies.answer(
                waiting.answer().submission,
                waiting.answer().slot,
                null,
                failures.waitRanOut("all the copies").withOutcome(Outcome.COMMITTED));
    }

    /** What is known of a write whose entry is not committed. */
    Outcome uncommitted(long index) {
        return quorum != null && quorum.copies(index) > 0 && leaseHolds()
                ? Outcome.ACCEPTED
                : Outcome.UNKNOWN;
    }

    boolean isEmpty() {
        return late.isEmpty();
    }
}
