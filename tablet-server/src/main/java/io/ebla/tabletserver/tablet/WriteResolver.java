package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.oplog.Mutation;
import io.ebla.core.row.Row;
import io.ebla.core.row.RowVersion;
import io.ebla.tabletserver.store.TabletStore.MemoryRead;
import io.ebla.tabletserver.tablet.PendingEntry.Answer;
import io.ebla.tabletserver.tablet.PendingEntry.PendingRow;
import io.ebla.tabletserver.tablet.WriteResult.OperationResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The steps check and stamp: finds what a write meets, judges its conditions, and turns it into an
 * entry of resolved mutations (W1). Nothing has changed until the entry is made, and from then on the
 * overlay shows it. Writer only.
 */
final class WriteResolver {

    /** How far a request came. */
    enum Progress {
        /** It is in the group, or its answer is known or waits for an entry. */
        DONE,
        /** Something it must read is not in memory: warm it elsewhere and come back. */
        COLD,
        /** It meets a row or record that a pending EXPIRE may remove. */
        BEHIND_EXPIRY
    }

    private final TabletId tablet;
    private final List<NodeId> replicas;
    private final Env env;
    private final TabletSettings settings;
    private final LogHead head;
    private final Overlay overlay;
    private final Idempotency idempotency;
    private final Expiry expiry;
    private final Acks acks;
    private final Failures failures;

    /** What the request at hand meets: rows as they stand, and the last pending entry among them. */
    private Row[] found = new Row[1];

    private PendingEntry seen;
    private int copies;

    WriteResolver(TabletParts parts, LogHead head, Expiry expiry, Acks acks) {
        this.tablet = parts.tablet();
        this.replicas = List.of(parts.self());
        this.env = parts.env();
        this.settings = parts.settings();
        this.head = head;
        this.overlay = parts.overlay();
        this.idempotency = parts.idempotency();
        this.expiry = expiry;
        this.acks = acks;
        this.failures = parts.failures();
    }

    /**
     * Resolves the submission's next request.
     *
     * @param commitHint highest index known committed
     */
    Progress resolve(Submission submission, WriteGroup group, long commitHint) {
        WriteRequest request = submission.nextRequest();
        try {
            Progress progress = repetition(submission, request, group);
            if (progress != null) {
                return progress;
            }
            progress = lookUp(submission, request);
            if (progress != Progress.DONE) {
                return progress;
            }
            check(request, group.timestampMillis());
            copies = acks.wanted(request);
        } catch (EblaException refused) {
            answerAfter(seen, submission, null, refused.withOutcome(Outcome.NOT_APPLIED));
            return Progress.DONE;
        }
        stamp(submission, request, group, commitHint);
        return Progress.DONE;
    }

    /** W4, before any condition is looked at; null when the request is none. */
    private Progress repetition(Submission submission, WriteRequest request, WriteGroup group) {
        seen = null;
        if (request.idempotency() == null) {
            return null;
        }
        Idempotency.Pending pending = idempotency.pending(request.idempotency());
        if (pending != null) {
            joinFirst(submission, request, pending);
            return Progress.DONE;
        }
        if (!submission.warmed()) {
            return Progress.COLD;
        }
        Optional<IdempotencyRecord> memo = env.idempotencyRecord(request.idempotency());
        if (memo.isEmpty()) {
            return null;
        }
        if (memo.get().expiresAt() <= group.timestampMillis()) {
            return expiry.mayRemoveRecord(memo.get().expiresAt()) ? Progress.BEHIND_EXPIRY : null;
        }
        if (!Idempotency.sameRequest(memo.get(), request.fingerprint())) {
            throw Idempotency.keyReused(request.idempotency());
        }
        if (AnswerCodec.isReverted(memo.get().answer())) {
            answerAfter(null, submission, null, failures.reverted());
        } else {
            WriteResult answer = AnswerCodec.decode(memo.get().answer(), tablet, replicas);
            answerAfter(null, submission, answer, null);
        }
        return Progress.DONE;
    }

    /** A repetition of a request in flight waits for what the first one waits for. */
    private void joinFirst(
            Submission submission, WriteRequest request, Idempotency.Pending pending) {
        if (!Idempotency.sameRequest(pending.memo(), request.fingerprint())) {
            answerAfter(
                    pending.entry(),
                    submission,
                    null,
                    Idempotency.keyReused(request.idempotency()));
        } else if (pending.answer() == null) {
            answerAfter(pending.entry(), submission, null, failures.reverted());
        } else {
            answerAfter(pending.entry(), submission, Idempotency.replay(pending.answer()), null);
        }
    }

    private Progress lookUp(Submission submission, WriteRequest request) {
        List<RowOperation> operations = request.operations();
        if (found.length < operations.size()) {
            found = new Row[operations.size()];
        }
        for (int i = 0; i < operations.size(); i++) {
            RowOperation operation = operations.get(i);
            PendingRow pending = overlay.get(operation.key());
            if (pending != null) {
                found[i] = pending.row;
                if (seen == null || pending.entry.index() > seen.index()) {
                    seen = pending.entry;
                }
            } else {
                MemoryRead read = read(submission, i, operation);
                if (read instanceof MemoryRead.Incomplete) {
                    return Progress.COLD;
                }
                found[i] = read instanceof MemoryRead.Found row ? row.row() : null;
            }
            if (expiry.mayRemove(found[i])) {
                return Progress.BEHIND_EXPIRY;
            }
        }
        return Progress.DONE;
    }

    /**
     * The row as the store holds it. A condition may ask for its value; without one the header is
     * enough, and what was read on a read thread counts as long as nothing was applied over it.
     */
    private MemoryRead read(Submission submission, int slot, RowOperation operation) {
        boolean whole = submission.nextRequest().needsWhole(operation);
        RowKey key = operation.key();
        if (submission.warmed() && !env.changedAfter(submission.warmedAt(), key)) {
            MemoryRead warm = submission.warm(slot);
            if (warm != null) {
                return warm;
            }
        }
        MemoryRead read = whole ? env.getFromMemory(key) : env.getHeadFromMemory(key);
        return read instanceof MemoryRead.Incomplete && submission.warmed()
                ? MemoryRead.of(whole ? env.get(key) : env.getHead(key))
                : read;
    }

    /** Every condition sees the state before the write. */
    private void check(WriteRequest request, long nowMillis) {
        List<RowOperation> operations = request.operations();
        for (int i = 0; i < operations.size(); i++) {
            RowOperation operation = operations.get(i);
            if (operation.condition() != RowCondition.ALWAYS
                    && !holds(operation, Optional.ofNullable(living(i, nowMillis)))) {
                throw new EblaException(
                                ErrorCode.CONDITION_FAILED,
                                "the condition on row " + operation.key() + " does not hold")
                        .withFailedOperation(i);
            }
        }
    }

    private static boolean holds(RowOperation operation, Optional<Row> row) {
        try {
            return operation.condition().holds(operation.key(), row);
        } catch (EblaException tooLarge) {
            throw tooLarge;
        } catch (RuntimeException errorInExpression) {
            return false;
        }
    }

    private void stamp(
            Submission submission, WriteRequest request, WriteGroup group, long commitHint) {
        long timestamp = group.timestampMillis();
        long index = head.nextIndex();
        List<RowOperation> operations = request.operations();
        List<Mutation> mutations = new ArrayList<>(operations.size() + 1);
        List<OperationResult> results = new ArrayList<>(operations.size());
        Row[] after = new Row[operations.size()];
        for (int i = 0; i < operations.size(); i++) {
            RowOperation operation = operations.get(i);
            boolean existed = living(i, timestamp) != null;
            if (operation instanceof RowOperation.Put put) {
                RowVersion version = new RowVersion(head.epoch(), index, mutations.size());
                after[i] = row(put, version, existed ? found[i].createdAt() : timestamp, timestamp);
                mutations.add(mutation(after[i], replaced(found[i])));
                results.add(
                        new OperationResult(
                                existed,
                                version,
                                after[i].createdAt(),
                                timestamp,
                                after[i].expiresAt()));
            } else {
                if (operation instanceof RowOperation.Delete) {
                    mutations.add(new Mutation.Delete(operation.key(), replaced(found[i])));
                }
                results.add(new OperationResult(existed, null, 0, 0, 0));
            }
        }
        if (mutations.isEmpty() && request.idempotency() == null) {
            answerAfter(seen, submission, checked(results, commitHint), null);
            return;
        }
        WriteResult result = result(new Position(tablet, head.epoch(), index), results);
        IdempotencyRecord memo = null;
        if (request.idempotency() != null) {
            memo = memo(request, index, timestamp, results);
            mutations.add(new Mutation.Remember(memo));
        }
        PendingEntry entry =
                new PendingEntry(
                        head.next(
                                commitHint,
                                timestamp,
                                EntryKind.WRITE,
                                request.principal(),
                                mutations));
        for (int i = 0; i < operations.size(); i++) {
            if (!(operations.get(i) instanceof RowOperation.Check)) {
                PendingRow row = entry.addRow(operations.get(i).key(), after[i]);
                row.before = request.revertOnTimeout() ? found[i] : null;
                overlay.put(row);
            }
        }
        if (memo != null) {
            idempotency.add(memo, entry, result);
        }
        group.add(entry, operations.size(), request.sizeBytes());
        Answer answer =
                new Answer(
                        submission,
                        submission.next(),
                        copies,
                        result,
                        null,
                        Outcome.UNKNOWN,
                        group.nowNanos(),
                        request.deadlineNanos());
        if (request.revertOnTimeout()) {
            // The answer comes within twice the timeout.
            answer.revertUntilNanos =
                    request.deadlineNanos() + (request.deadlineNanos() - group.nowNanos());
        }
        entry.addAnswer(answer);
        acks.added(answer);
    }

    private Row living(int i, long nowMillis) {
        return found[i] == null || found[i].expired(nowMillis) ? null : found[i];
    }

    private static Row row(
            RowOperation.Put put, RowVersion version, long createdAt, long timestamp) {
        long expiresAt = put.ttlMillis() == 0 ? 0 : saturatedSum(timestamp, put.ttlMillis());
        return new Row(
                put.key(),
                put.value(),
                put.value().length(),
                put.contentType(),
                version,
                createdAt,
                timestamp,
                expiresAt);
    }

    private static Mutation.Put mutation(Row row, Mutation.Replaced replaced) {
        return new Mutation.Put(
                row.key(),
                row.value(),
                row.contentType(),
                row.createdAt(),
                row.expiresAt(),
                replaced);
    }

    private static Mutation.Replaced replaced(Row row) {
        return row == null
                ? Mutation.Replaced.NOTHING
                : new Mutation.Replaced(true, row.sizeBytes(), row.expiresAt());
    }

    private IdempotencyRecord memo(
            WriteRequest request, long index, long timestamp, List<OperationResult> results) {
        return new IdempotencyRecord(
                request.idempotency(),
                request.fingerprint(),
                AnswerCodec.encode(replicas.size(), head.epoch(), index, results),
                saturatedSum(timestamp, settings.idempotencyRetentionMillis()));
    }

    /** A write of checks alone changes nothing: it stands where what it saw stands. */
    private WriteResult checked(List<OperationResult> results, long commitHint) {
        long index = seen == null ? commitHint : seen.index();
        return result(new Position(tablet, head.epoch(), index), results);
    }

    private WriteResult result(Position position, List<OperationResult> results) {
        return new WriteResult(
                Outcome.COMMITTED, replicas.size(), replicas, position, false, results);
    }

    /** W2: an answer that rests on a pending entry waits for it; with null it is due at once. */
    private void answerAfter(
            PendingEntry entry, Submission submission, WriteResult result, EblaException failure) {
        if (entry == null) {
            acks.answerNow(submission, result, failure);
            return;
        }
        boolean known =
                result != null && result.replayed()
                        || failure != null && failure.outcome().orElse(null) == Outcome.REVERTED;
        Answer answer =
                new Answer(
                        submission,
                        submission.next(),
                        0,
                        result,
                        failure,
                        known ? Outcome.UNKNOWN : Outcome.NOT_APPLIED,
                        Answer.NO_ACK,
                        submission.nextRequest().deadlineNanos());
        if (!acks.rest(entry, answer)) {
            acks.refuseNow(
                    submission,
                    failures.overloaded("too many answers wait for writes that are not committed")
                            .withOutcome(answer.outcomeIfLost));
        }
    }

    private static long saturatedSum(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }
}
