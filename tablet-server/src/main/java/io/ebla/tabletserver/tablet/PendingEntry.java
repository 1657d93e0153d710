package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.IdempotencyId;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.row.Row;

/**
 * An entry on its way from its stamp to its apply, with the rows it changes in the overlay and the
 * answers that wait for it: its own, and those that rest on what it wrote (W2).
 */
final class PendingEntry {

    private final LogEntry entry;
    private PendingRow firstRow;
    private Answer firstAnswer;
    private Answer lastAnswer;
    private IdempotencyId idempotency;
    private final boolean revert;

    /** Answers among them that rest on it and are no write's own: nothing else bounds those. */
    private int resting;

    private long bytes;

    PendingEntry(LogEntry entry) {
        this(entry, false);
    }

    PendingEntry(LogEntry entry, boolean revert) {
        this.entry = entry;
        this.revert = revert;
    }

    /** About what it takes in memory, with its rows and answers; 0 for one that has neither. */
    long bytes() {
        return bytes;
    }

    void bytes(long size) {
        bytes = size;
    }

    /** Whether it takes an earlier write back (W5). */
    boolean isRevert() {
        return revert;
    }

    LogEntry entry() {
        return entry;
    }

    long index() {
        return entry.index();
    }

    PendingRow firstRow() {
        return firstRow;
    }

    Answer firstAnswer() {
        return firstAnswer;
    }

    /** The idempotency record it carries, or null. */
    IdempotencyId idempotency() {
        return idempotency;
    }

    void remembers(IdempotencyId id) {
        idempotency = id;
    }

    PendingRow addRow(RowKey key, Row row) {
        firstRow = new PendingRow(key, row, this, firstRow);
        return firstRow;
    }

    /** Another entry is to be waited for by everybody who waits for this one. */
    void moveAnswersTo(PendingEntry later) {
        for (Answer answer = firstAnswer; answer != null; ) {
            Answer next = answer.next;
            answer.next = null;
            later.addAnswer(answer);
            answer = next;
        }
        firstAnswer = null;
        lastAnswer = null;
        later.resting += resting;
        resting = 0;
    }

    /** An answer that rests on it: of a repetition, a failed condition, a write that changes nothing. */
    void addResting(Answer answer) {
        resting++;
        addAnswer(answer);
    }

    int resting() {
        return resting;
    }

    /** Nobody waits for it and nobody sees its rows: it is only an entry of the log any more. */
    PendingEntry bare() {
        return new PendingEntry(entry, false);
    }

    void addAnswer(Answer answer) {
        if (lastAnswer == null) {
            firstAnswer = answer;
        } else {
            lastAnswer.next = answer;
        }
        lastAnswer = answer;
    }

    /** One row as this entry leaves it; null when it deletes it. */
    static final class PendingRow {
        final RowKey key;
        final Row row;
        final PendingEntry entry;
        final PendingRow nextOfEntry;

        /** What it hides, kept only until its group is accepted by the oplog. */
        PendingRow previous;

        /** The last entry up to this one that takes a write of the row back, or 0. */
        long lastRevert;

        /** The row as it was, kept where the write may be taken back (W5); null when there was none. */
        Row before;

        PendingRow(RowKey key, Row row, PendingEntry entry, PendingRow nextOfEntry) {
            this.key = key;
            this.row = row;
            this.entry = entry;
            this.nextOfEntry = nextOfEntry;
        }
    }

    /** An answer that waits for the entry's apply: a result, or a failure that rests on the entry. */
    static final class Answer {

        /** Stands for a time in one that is no acknowledgement of a write of its own. */
        static final long NO_ACK = Long.MIN_VALUE;

        final Submission submission;
        final int slot;

        /** How many copies it waits for besides the commit; 0 when the commit is enough. */
        final int copies;

        /** Null of a failure, and once the write is being taken back. */
        WriteResult result;

        EblaException failure;

        /** What is known of the request if the entry's fate is not. */
        Outcome outcomeIfLost;

        long deadlineNanos;

        /** When the group of its write was begun, or {@link #NO_ACK}. */
        final long sinceNanos;

        /** Until when it is tried to take the write back once the deadline has passed; 0 for never. */
        long revertUntilNanos;

        boolean given;
        Answer next;

        Answer(
                Submission submission,
                int slot,
                int copies,
                WriteResult result,
                EblaException failure,
                Outcome outcomeIfLost,
                long sinceNanos,
                long deadlineNanos) {
            this.submission = submission;
            this.slot = slot;
            this.copies = copies;
            this.result = result;
            this.failure = failure;
            this.outcomeIfLost = outcomeIfLost;
            this.sinceNanos = sinceNanos;
            this.deadlineNanos = deadlineNanos;
        }
    }
}
