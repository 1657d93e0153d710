package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.KeyRange;
import io.ebla.tabletserver.store.TabletStore.Applied;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * The record by which a store says what it is: format, whose it is, and which values stand inline.
 * The bound must not change over a store's life, because it tells where a replaced value lies.
 */
final class StoreFormat {

    private static final int FORMAT = 1;

    private StoreFormat() {}

    /**
     * How a store was found.
     *
     * @param storedEpochs where epochs began, as it says; null when it does not, or went on without
     */
    record Opened(Applied applied, EpochStarts storedEpochs, int inlineBytes, StoreShape shape) {

        /** What is known of them: at least where it stands. */
        EpochStarts epochs() {
            return storedEpochs == null ? EpochStarts.floorAt(applied) : storedEpochs;
        }
    }

    static Opened open(TabletDatabase database) {
        try {
            RocksDB db = database.db();
            byte[] stored = db.get(database.system(), SystemKeys.FORMAT);
            byte[] position = db.get(database.system(), SystemKeys.APPLIED);
            if (stored == null) {
                if (position != null) {
                    throw RowCodec.corrupted("rows and no record of their format");
                }
                return create(database);
            }
            byte[] division = db.get(database.system(), SystemKeys.DIVISION);
            byte[] epochs = db.get(database.system(), SystemKeys.EPOCHS);
            TabletId owner = owner(stored);
            if (!owner.equals(database.tablet()) && division != null) {
                adopt(database, Division.decode(division), owner, inlineBytes(stored), epochs);
                return open(database);
            }
            if (!owner.equals(database.tablet())) {
                throw RowCodec.corrupted(
                        "the rows of tablet " + owner + ", not of " + database.tablet());
            }
            Applied applied = position == null ? Applied.NOTHING : AppliedCodec.decode(position);
            return new Opened(
                    applied,
                    epochs(epochs, applied),
                    inlineBytes(stored),
                    shape(database, division));
        } catch (RocksDBException failure) {
            throw RocksFailures.of("opening tablet " + database.tablet(), failure);
        }
    }

    /** Opens links of a store as they are, whoever's they are: another is about to be made of them. */
    static Opened openLinked(TabletDatabase database) throws RocksDBException {
        byte[] stored = database.db().get(database.system(), SystemKeys.FORMAT);
        byte[] position = database.db().get(database.system(), SystemKeys.APPLIED);
        owner(stored);
        Applied applied = position == null ? Applied.NOTHING : AppliedCodec.decode(position);
        return new Opened(applied, null, inlineBytes(stored), StoreShape.PLAIN);
    }

    /** Two stores that were joined become that of the merged tablet, in one batch. */
    static void joined(TabletDatabase database, int inlineBytes, KeyRange range, Applied begin)
            throws RocksDBException {
        EpochStarts epochs = EpochStarts.floorAt(begin);
        try (WriteBatch batch = new WriteBatch()) {
            batch.put(database.system(), SystemKeys.FORMAT, encode(database.tablet(), inlineBytes));
            batch.put(database.system(), SystemKeys.APPLIED, AppliedCodec.encode(begin));
            batch.put(database.system(), SystemKeys.EPOCHS, EpochStartsCodec.encode(epochs));
            batch.put(database.system(), SystemKeys.RANGE, Division.encode(range));
            batch.put(database.system(), SystemKeys.UNSETTLED, new byte[] {1});
            batch.delete(database.system(), SystemKeys.SEALED);
            batch.delete(database.system(), SystemKeys.CANCELLED);
            database.write(batch);
        }
    }

    private static EpochStarts epochs(byte[] stored, Applied applied) {
        EpochStarts epochs = stored == null ? EpochStarts.NONE : EpochStartsCodec.decode(stored);
        return epochs.reachTo(applied) ? epochs : null;
    }

    private static Opened create(TabletDatabase database) throws RocksDBException {
        int inlineBytes = database.resources().settings().inlineValueBytes();
        try (WriteBatch batch = new WriteBatch()) {
            batch.put(database.system(), SystemKeys.FORMAT, encode(database.tablet(), inlineBytes));
            database.write(batch);
        }
        return new Opened(Applied.NOTHING, EpochStarts.NONE, inlineBytes, StoreShape.PLAIN);
    }

    private static byte[] encode(TabletId owner, int inlineBytes) {
        VarWriter writer = new VarWriter(13);
        writer.putByte(FORMAT);
        writer.putLong(owner.value());
        writer.putInt(inlineBytes);
        return writer.toArray();
    }

    /**
     * The files of a parent that was split become those of a child, in one batch. It need not be durable:
     * until it is, the next opening does the same, and the child's log begins where that leaves the store.
     */
    private static void adopt(
            TabletDatabase database,
            Division division,
            TabletId owner,
            int inlineBytes,
            byte[] epochs)
            throws RocksDBException {
        TabletId child = database.tablet();
        if (!owner.equals(division.tablet()) || !division.isChild(child)) {
            throw RowCodec.corrupted("the rows of tablet " + owner + ", not of " + child);
        }
        try (WriteBatch batch = new WriteBatch()) {
            Applied begin = division.positionOf(child);
            batch.put(database.system(), SystemKeys.FORMAT, encode(child, inlineBytes));
            batch.put(database.system(), SystemKeys.APPLIED, AppliedCodec.encode(begin));
            batch.put(
                    database.system(), SystemKeys.RANGE, Division.encode(division.rangeOf(child)));
            batch.put(database.system(), SystemKeys.UNSETTLED, new byte[] {0});
            if (epochs != null) {
                // The parent may have begun other epochs since: they are none of the child's.
                EpochStarts known = EpochStartsCodec.decode(epochs).upTo(begin.index());
                batch.put(database.system(), SystemKeys.EPOCHS, EpochStartsCodec.encode(known));
            }
            batch.delete(database.system(), SystemKeys.DIVISION);
            batch.delete(database.system(), SystemKeys.CANCELLED);
            database.write(batch);
        }
    }

    private static StoreShape shape(TabletDatabase database, byte[] division)
            throws RocksDBException {
        RocksDB db = database.db();
        byte[] range = db.get(database.system(), SystemKeys.RANGE);
        byte[] sealed = db.get(database.system(), SystemKeys.SEALED);
        byte[] cancelled = db.get(database.system(), SystemKeys.CANCELLED);
        byte[] unsettled = db.get(database.system(), SystemKeys.UNSETTLED);
        return new StoreShape(
                range == null ? KeyRange.ALL : Division.decodeRange(range),
                division == null ? null : Division.decode(division),
                sealed == null ? null : Sealing.decode(sealed),
                cancelled == null ? 0 : new VarReader(cancelled, 0, cancelled.length).getLong(),
                unsettled == null || unsettled[0] != 0,
                unsettled == null);
    }

    private static TabletId owner(byte[] stored) {
        if (stored.length != 13 || stored[0] != FORMAT) {
            throw RowCodec.corrupted("a format that this version cannot read");
        }
        return new TabletId(new VarReader(stored, 1, stored.length).getLong());
    }

    private static int inlineBytes(byte[] stored) {
        return new VarReader(stored, 9, stored.length).getInt();
    }
}
