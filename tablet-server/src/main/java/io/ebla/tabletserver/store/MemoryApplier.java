package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.core.oplog.Mutation.Replaced;
import io.ebla.core.row.Row;
import io.ebla.core.row.RowVersion;
import java.util.Arrays;
import java.util.List;

/** Applies entries to a {@link MemoryState}, giving the next one. Used once, by one thread. */
final class MemoryApplier {

    private final TabletId tablet;
    private final AppliedCounter counter;
    private EpochStarts epochs;
    private StoreShape shape;
    private PersistentTree<Row> rows;
    private PersistentTree<IdempotencyRecord> idempotency;
    private PersistentTree<ExpiryKey> expiry;

    MemoryApplier(TabletId tablet, MemoryState start) {
        this.tablet = tablet;
        shape = start.shape();
        counter = new AppliedCounter(start.applied());
        epochs = start.epochs();
        rows = start.rows();
        idempotency = start.idempotency();
        expiry = start.expiry();
    }

    MemoryState apply(List<LogEntry> entries) {
        for (LogEntry entry : entries) {
            int position = 0;
            for (Mutation mutation : entry.mutations()) {
                apply(mutation, entry, position++);
            }
            counter.moveTo(entry);
            epochs = epochs.with(entry.epoch(), entry.index());
            if (entry.kind().equals(EntryKind.SPLIT)) {
                shape = shape.split(Division.of(tablet, shape.range(), entry, counter.applied()));
            } else if (entry.kind().equals(EntryKind.SEAL)) {
                shape = shape.sealed(Sealing.of(entry, counter.applied()));
            }
        }
        return state();
    }

    private MemoryState state() {
        return new MemoryState(counter.applied(), epochs, rows, idempotency, expiry, shape);
    }

    private void apply(Mutation mutation, LogEntry entry, int position) {
        if (mutation instanceof Mutation.Put put) {
            RowVersion version = new RowVersion(entry.epoch(), entry.index(), position);
            put(put, version, entry.timestampMillis());
        } else if (mutation instanceof Mutation.Delete delete) {
            delete(delete, entry.timestampMillis());
        } else if (mutation instanceof Mutation.Remember remember) {
            remember(remember.memo());
        } else if (mutation instanceof Mutation.Expire expire) {
            expire(expire);
        } else if (mutation instanceof Mutation.CancelSplit cancel) {
            shape = shape.cancelled(cancel.low().value());
        }
    }

    private void put(Mutation.Put put, RowVersion version, long timestampMillis) {
        Bytes key = put.key().encoded();
        Replaced replaced = replaced(put.replaced(), key, timestampMillis);
        Row row =
                new Row(
                        RowKey.decode(owned(key)),
                        owned(put.value()),
                        put.value().length(),
                        put.contentType(),
                        version,
                        put.createdAt(),
                        timestampMillis,
                        put.expiresAt());
        rows = rows.with(row.key().encoded(), row);
        dropExpiry(replaced, key);
        if (put.expiresAt() != 0) {
            record(ExpiryKey.ofRow(put.expiresAt(), key));
        }
        counter.put(put, replaced);
    }

    /** Kept for long, so not as a slice of the larger array in which it came. */
    private static Bytes owned(Bytes bytes) {
        return bytes.length() == bytes.array().length
                ? bytes
                : Bytes.wrap(
                        Arrays.copyOfRange(
                                bytes.array(), bytes.offset(), bytes.offset() + bytes.length()));
    }

    private void delete(Mutation.Delete delete, long timestampMillis) {
        Bytes key = delete.key().encoded();
        Replaced replaced = replaced(delete.replaced(), key, timestampMillis);
        if (!replaced.present()) {
            return;
        }
        rows = rows.without(key);
        dropExpiry(replaced, key);
        counter.removed(replaced);
    }

    private Replaced replaced(Replaced said, Bytes key, long timestampMillis) {
        if (!ReplacedRow.mustBeRead(said, timestampMillis)) {
            return said;
        }
        Row row = rows.get(key);
        return row == null
                ? Replaced.NOTHING
                : new Replaced(true, row.sizeBytes(), row.expiresAt());
    }

    private void remember(IdempotencyRecord memo) {
        Bytes key = IdempotencyCodec.key(memo.id());
        idempotency = idempotency.with(key, memo);
        record(ExpiryKey.ofIdempotency(memo.expiresAt(), key));
    }

    private void record(ExpiryKey due) {
        expiry = expiry.with(due.encoded(), due);
    }

    private void dropExpiry(Replaced replaced, Bytes key) {
        if (replaced.expiresAt() != 0) {
            expiry = expiry.without(ExpiryKey.ofRow(replaced.expiresAt(), key).encoded());
        }
    }

    private void expire(Mutation.Expire expire) {
        for (ExpiryKey record : state().due(expire.before(), expire.maxRows(), Integer.MAX_VALUE)) {
            expiry = expiry.without(record.encoded());
            switch (record.what()) {
                case ROW -> expireRow(record);
                case IDEMPOTENCY -> expireIdempotency(record);
            }
        }
    }

    private void expireRow(ExpiryKey due) {
        Row row = rows.get(due.key());
        if (row != null && row.expiresAt() == due.expiresAt()) {
            rows = rows.without(due.key());
            counter.expired(due.key(), row.valueBytes());
        }
    }

    private void expireIdempotency(ExpiryKey due) {
        IdempotencyRecord memo = idempotency.get(due.key());
        if (memo != null && memo.expiresAt() == due.expiresAt()) {
            idempotency = idempotency.without(due.key());
        }
    }
}
