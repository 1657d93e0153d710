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

    PendingEntry(LogEntry entry) {
        this.entry = entry;
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

        PendingRow(RowKey key, Row row, PendingEntry entry, PendingRow nextOfEntry) {
            this.key = key;
            this.row = row;
            this.entry = entry;
            this.nextOfEntry = nextOfEntry;
        }
    }

    /** An answer that waits for the entry's apply: a result, or a failure that rests on the entry. */
    static final class Answer {
        final Submission submission;
        final int slot;
        final WriteResult result;
        final EblaException failure;

        /** What is known of the request if the entry's fate is not. */
        final Outcome outcomeIfLost;

        final long deadlineNanos;
        boolean given;
        Answer next;

        Answer(
                Submission submission,
                int slot,
                WriteResult result,
                EblaException failure,
                Outcome outcomeIfLost,
                long deadlineNanos) {
            this.submission = submission;
            this.slot = slot;
            this.result = result;
            this.failure = failure;
            this.outcomeIfLost = outcomeIfLost;
            this.deadlineNanos = deadlineNanos;
        }
    }
}
