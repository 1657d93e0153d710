package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.Outcome;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.oplog.Mutation;
import io.ebla.core.row.Row;
import io.ebla.core.row.RowVersion;
import io.ebla.tabletserver.tablet.Endings.Overdue;
import io.ebla.tabletserver.tablet.PendingEntry.Answer;
import io.ebla.tabletserver.tablet.PendingEntry.PendingRow;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes writes back whose callers asked for it and stopped waiting (W5): decided once, by the master, before
 * the write has its quorum, and only while every row still carries its version. What takes it back is an
 * ordinary entry, new versions of the old contents, and {@code reverted} is answered once that is
 * committed.
 *
 * <p>From the moment it is appended everybody who waits for the write waits for its revert instead, and so
 * does every reader of its rows: nobody is told of a write that is being taken back. Writer only.
 */
final class Reverts {

    /** What became of an attempt. */
    enum Attempt {
        /** Its caller waits for the revert. */
        APPENDED,
        /** A later write changed one of its rows: it stays. */
        SUPERSEDED,
        /** Not now; perhaps at the next tick. */
        LATER
    }

    /** Appends one entry as a group of its own. */
    interface Appending {

        /** Whether the log took it. */
        boolean append(PendingEntry entry);
    }

    private final TabletId tablet;
    private final LogHead head;
    private final Overlay overlay;
    private final Idempotency idempotency;
    private final Expiry expiry;
    private final TabletTime time;
    private final Failures failures;
    private final Appending appending;
    private volatile long lastIndex;

    Reverts(TabletParts parts, LogHead head, Expiry expiry, Appending appending) {
        this.tablet = parts.tablet();
        this.head = head;
        this.overlay = parts.overlay();
        this.idempotency = parts.idempotency();
        this.expiry = expiry;
        this.time = parts.time();
        this.failures = parts.failures();
        this.appending = appending;
    }

    /** The last entry that takes a write back, 0 before the first. Any thread. */
    long lastIndex() {
        return lastIndex;
    }

    Attempt attempt(Overdue overdue, long committedIndex) {
        PendingEntry write = overdue.entry();
        for (PendingRow row = write.firstRow(); row != null; row = row.nextOfEntry) {
            if (overlay.get(row.key) != row) {
                return Attempt.SUPERSEDED;
            }
            if (expiry.mayRemove(row.row) || expiry.mayRemove(row.before)) {
                return Attempt.LATER;
            }
        }
        PendingEntry revert = entry(write, committedIndex);
        if (!appending.append(revert)) {
            return Attempt.LATER;
        }
        lastIndex = revert.index();
        take(overdue, revert);
        return Attempt.APPENDED;
    }

    private PendingEntry entry(PendingEntry write, long committedIndex) {
        long timestamp = time.nowMillis();
        long index = head.nextIndex();
        List<Mutation> mutations = new ArrayList<>();
        List<PendingRow> rows = new ArrayList<>();
        for (PendingRow row = write.firstRow(); row != null; row = row.nextOfEntry) {
            rows.add(0, row);
        }
        List<Row> after = new ArrayList<>();
        for (PendingRow row : rows) {
            Row old = row.before == null || row.before.expired(timestamp) ? null : row.before;
            after.add(
                    old == null
                            ? null
                            : renewed(
                                    old,
                                    new RowVersion(head.epoch(), index, mutations.size()),
                                    timestamp));
            mutations.add(mutation(row, old));
        }
        Idempotency.Pending memo =
                write.idempotency() == null ? null : idempotency.pending(write.idempotency());
        if (memo != null) {
            mutations.add(new Mutation.Remember(reverted(memo.memo())));
        }
        PendingEntry revert =
                new PendingEntry(
                        head.next(
                                committedIndex,
                                timestamp,
                                EntryKind.WRITE,
                                write.entry().principal(),
                                mutations),
                        true);
        for (int i = 0; i < rows.size(); i++) {
            overlay.put(revert.addRow(rows.get(i).key, after.get(i)));
        }
        return revert;
    }

    private static Mutation mutation(PendingRow row, Row old) {
        Mutation.Replaced replaced =
                row.row == null
                        ? Mutation.Replaced.NOTHING
                        : new Mutation.Replaced(true, row.row.sizeBytes(), row.row.expiresAt());
        return old == null
                ? new Mutation.Delete(row.key, replaced)
                : new Mutation.Put(
                        row.key,
                        old.value(),
                        old.contentType(),
                        old.createdAt(),
                        old.expiresAt(),
                        replaced);
    }

    private static Row renewed(Row old, RowVersion version, long timestamp) {
        return new Row(
                old.key(),
                old.value(),
                old.value().length(),
                old.contentType(),
                version,
                old.createdAt(),
                timestamp,
                old.expiresAt());
    }

    private static IdempotencyRecord reverted(IdempotencyRecord memo) {
        return new IdempotencyRecord(
                memo.id(), memo.fingerprint(), AnswerCodec.encodeReverted(), memo.expiresAt());
    }

    /** Everybody who waits for the write waits for its revert: its repetitions are told the same. */
    private void take(Overdue overdue, PendingEntry revert) {
        PendingEntry write = overdue.entry();
        if (write.idempotency() != null) {
            idempotency.add(
                    reverted(idempotency.pending(write.idempotency()).memo()), revert, null);
        }
        write.moveAnswersTo(revert);
        for (Answer answer = revert.firstAnswer(); answer != null; answer = answer.next) {
            boolean ofTheWrite =
                    answer == overdue.answer()
                            || answer.result != null
                                    && answer.result.replayed()
                                    && answer.result.position().index() == write.index()
                                    && answer.result.position().tablet().equals(tablet);
            if (ofTheWrite && !answer.given) {
                answer.result = null;
                answer.failure = failures.reverted();
                answer.outcomeIfLost = Outcome.UNKNOWN;
                if (answer == overdue.answer()) {
                    answer.deadlineNanos = answer.revertUntilNanos;
                }
                answer.revertUntilNanos = 0;
            }
        }
    }
}
