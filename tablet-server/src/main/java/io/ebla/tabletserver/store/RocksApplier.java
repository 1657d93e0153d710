package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.core.oplog.Mutation.Replaced;
import io.ebla.core.row.RowVersion;
import io.ebla.tabletserver.store.RowCodec.Header;
import io.ebla.tabletserver.store.TabletStore.Applied;
import java.util.List;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * Turns entries into write batches, each with the applied position inside, so that a store never
 * stands between two entries.
 *
 * <p>Nothing is read while applying but by an expiry, and by a write over a row that had expired
 * ({@link ReplacedRow}). Both must see everything before them, so the batch that is under way is
 * written first; neither parts an entry. Owned by the applying thread, inside the gate.
 */
final class RocksApplier {

    /** A batch is written when it reaches this size, and never parts an entry. */
    private static final long BATCH_BYTES_MAX = 4 << 20;

    private final TabletDatabase database;
    private final RocksExpiry expiry;
    private final int inlineBytes;
    private final Written written;
    private final WriteBatch batch = new WriteBatch();
    private AppliedCounter counter;
    private StoreShape shape;

    /** What the store's record of epochs says; null when there is none to go on from. */
    private EpochStarts storedEpochs;

    private volatile EpochStarts writtenEpochs;

    /** With the entries of the batch that is under way. */
    private EpochStarts epochs;

    /** Whether an entry was taken into the batch since it was last written. */
    private boolean pending;

    /** What {@link RocksExpiry#nothingBefore} is told once the batch is written. */
    private long floorAfterWrite = Long.MIN_VALUE;

    /** When the first of the records falls due that the batch adds to the expiry index, or removes. */
    private long lowestAdded = Long.MAX_VALUE;

    private long lowestRemoved = Long.MAX_VALUE;

    /** Told after each batch where the store stands. */
    @FunctionalInterface
    interface Written {

        void at(Applied applied, StoreShape shape);
    }

    /** @param written told after each batch */
    RocksApplier(
            TabletDatabase database,
            RocksExpiry expiry,
            StoreFormat.Opened opened,
            Written written) {
        this.database = database;
        this.expiry = expiry;
        this.inlineBytes = opened.inlineBytes();
        this.storedEpochs = opened.storedEpochs();
        this.writtenEpochs = opened.epochs();
        this.written = written;
    }

    /** Where the epochs began of all entries that are written. Any thread. */
    EpochStarts epochs() {
        return writtenEpochs;
    }

    /** @param applied where the store stands; a failed batch leaves it at the last one written */
    void apply(Applied applied, StoreShape before, List<LogEntry> entries) throws RocksDBException {
        shape = before;
        batch.clear();
        pending = false;
        floorAfterWrite = Long.MIN_VALUE;
        lowestAdded = Long.MAX_VALUE;
        lowestRemoved = Long.MAX_VALUE;
        counter = new AppliedCounter(applied);
        epochs = writtenEpochs;
        for (LogEntry entry : entries) {
            if (ReplacedRow.mustBeRead(entry)) {
                write();
            }
            int position = 0;
            for (Mutation mutation : entry.mutations()) {
                apply(mutation, entry, position++);
            }
            counter.moveTo(entry);
            epochs = epochs.with(entry.epoch(), entry.index());
            if (entry.kind().equals(EntryKind.SPLIT)) {
                split(entry);
            } else if (entry.kind().equals(EntryKind.SEAL)) {
                seal(entry);
            }
            pending = true;
            if (batch.getDataSize() >= BATCH_BYTES_MAX) {
                write();
            }
        }
        write();
    }

    private void apply(Mutation mutation, LogEntry entry, int position) throws RocksDBException {
        if (mutation instanceof Mutation.Put put) {
            RowVersion version = new RowVersion(entry.epoch(), entry.index(), position);
            put(put, version, entry.timestampMillis());
        } else if (mutation instanceof Mutation.Delete delete) {
            delete(delete, entry.timestampMillis());
        } else if (mutation instanceof Mutation.Remember remember) {
            remember(remember);
        } else if (mutation instanceof Mutation.Expire expire) {
            write();
            expire(expire);
        } else if (mutation instanceof Mutation.CancelSplit cancel) {
            shape = shape.cancelled(cancel.low().value());
            batch.put(database.system(), SystemKeys.CANCELLED, shape.encodedCancelled());
            if (!shape.isSealed()) {
                batch.delete(database.system(), SystemKeys.SEALED);
            }
        }
    }

    private void seal(LogEntry entry) throws RocksDBException {
        Sealing sealing = Sealing.of(entry, counter.applied());
        shape = shape.sealed(sealing);
        batch.put(database.system(), SystemKeys.SEALED, sealing.encode());
    }

    private void split(LogEntry entry) throws RocksDBException {
        Division division = Division.of(database.tablet(), shape.range(), entry, counter.applied());
        shape = shape.split(division);
        batch.put(database.system(), SystemKeys.DIVISION, division.encode());
    }

    private void put(Mutation.Put put, RowVersion version, long timestampMillis)
            throws RocksDBException {
        byte[] key = put.key().encoded().toArray();
        Replaced replaced = replaced(put.replaced(), key, timestampMillis);
        boolean inline = put.value().length() <= inlineBytes;
        batch.put(database.rows(), key, RowCodec.encode(put, version, timestampMillis, inline));
        if (!inline) {
            batch.put(database.values(), key, RowCodec.encodeLarge(put.value(), version));
        } else if (wasLarge(replaced, key)) {
            batch.delete(database.values(), key);
        }
        if (replaced.expiresAt() != put.expiresAt()) {
            dropExpiry(replaced, put.key().encoded());
            if (put.expiresAt() != 0) {
                record(ExpiryKey.ofRow(put.expiresAt(), put.key().encoded()));
            }
        }
        counter.put(put, replaced);
    }

    private void delete(Mutation.Delete delete, long timestampMillis) throws RocksDBException {
        byte[] key = delete.key().encoded().toArray();
        Replaced replaced = replaced(delete.replaced(), key, timestampMillis);
        if (!replaced.present()) {
            return;
        }
        batch.delete(database.rows(), key);
        if (wasLarge(replaced, key)) {
            batch.delete(database.values(), key);
        }
        dropExpiry(replaced, delete.key().encoded());
        counter.removed(replaced);
    }

    private Replaced replaced(Replaced said, byte[] key, long timestampMillis)
            throws RocksDBException {
        if (!ReplacedRow.mustBeRead(said, timestampMillis)) {
            return said;
        }
        byte[] stored = stored(database.rows(), Bytes.wrap(key));
        if (stored == null) {
            return Replaced.NOTHING;
        }
        Header header = RowCodec.decode(stored, stored.length);
        return new Replaced(true, (long) key.length + header.valueBytes(), header.expiresAt());
    }

    private boolean wasLarge(Replaced replaced, byte[] key) {
        return replaced.present() && replaced.sizeBytes() - key.length > inlineBytes;
    }

    private void dropExpiry(Replaced replaced, Bytes key) throws RocksDBException {
        if (replaced.expiresAt() != 0) {
            remove(ExpiryKey.ofRow(replaced.expiresAt(), key));
        }
    }

    private void remove(ExpiryKey due) throws RocksDBException {
        batch.delete(database.expiry(), due.encoded().toArray());
        lowestRemoved = Math.min(lowestRemoved, due.expiresAt());
    }

    /**
     * A record that replaces another leaves the other's expiry behind: it is told by its time when
     * it falls due.
     */
    private void remember(Mutation.Remember remember) throws RocksDBException {
        Bytes key = IdempotencyCodec.key(remember.memo().id());
        byte[] stored = IdempotencyCodec.encode(remember.memo());
        batch.put(database.idempotency(), key.toArray(), stored);
        record(ExpiryKey.ofIdempotency(remember.memo().expiresAt(), key));
    }

    private void record(ExpiryKey due) throws RocksDBException {
        batch.put(database.expiry(), due.encoded().toArray(), new byte[0]);
        expiry.recordAt(due.expiresAt());
        lowestAdded = Math.min(lowestAdded, due.expiresAt());
        floorAfterWrite = Math.min(floorAfterWrite, due.expiresAt());
    }

    private void expire(Mutation.Expire expire) throws RocksDBException {
        List<ExpiryKey> due = expiry.due(expire.before(), expire.maxRows());
        for (ExpiryKey record : due) {
            remove(record);
            switch (record.what()) {
                case ROW -> expireRow(record);
                case IDEMPOTENCY -> expireIdempotency(record);
            }
        }
        if (!due.isEmpty()) {
            floorAfterWrite = due.get(due.size() - 1).expiresAt();
        }
    }

    private void expireRow(ExpiryKey due) throws RocksDBException {
        byte[] stored = stored(database.rows(), due.key());
        if (stored == null) {
            return;
        }
        Header header = RowCodec.decode(stored, stored.length);
        if (header.expiresAt() != due.expiresAt()) {
            return;
        }
        byte[] key = due.key().toArray();
        batch.delete(database.rows(), key);
        if (!header.inline()) {
            batch.delete(database.values(), key);
        }
        counter.expired(due.key(), header.valueBytes());
    }

    private void expireIdempotency(ExpiryKey due) throws RocksDBException {
        byte[] stored = stored(database.idempotency(), due.key());
        if (stored != null && IdempotencyCodec.expiresAt(stored) == due.expiresAt()) {
            batch.delete(database.idempotency(), due.key().toArray());
        }
    }

    private byte[] stored(ColumnFamilyHandle family, Bytes key) throws RocksDBException {
        ReadOptions options = database.resources().diskReads();
        return database.db().get(family, options, key.array(), key.offset(), key.length());
    }

    private void write() throws RocksDBException {
        if (!pending) {
            return;
        }
        Applied applied = counter.applied();
        batch.put(database.system(), SystemKeys.APPLIED, AppliedCodec.encode(applied));
        if (epochs != storedEpochs) {
            batch.put(database.system(), SystemKeys.EPOCHS, EpochStartsCodec.encode(epochs));
        }
        database.write(batch);
        batch.clear();
        pending = false;
        storedEpochs = epochs;
        writtenEpochs = epochs;
        written.at(applied, shape);
        expiry.changed(lowestAdded, lowestRemoved);
        lowestAdded = Long.MAX_VALUE;
        lowestRemoved = Long.MAX_VALUE;
        if (floorAfterWrite != Long.MIN_VALUE) {
            expiry.nothingBefore(floorAfterWrite);
            floorAfterWrite = Long.MIN_VALUE;
        }
    }

    void free() {
        batch.close();
    }
}
