package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
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
    record Opened(Applied applied, EpochStarts storedEpochs, int inlineBytes) {

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
            Applied applied = position == null ? Applied.NOTHING : AppliedCodec.decode(position);
            return new Opened(
                    applied,
                    epochs(db.get(database.system(), SystemKeys.EPOCHS), applied),
                    inlineBytes(database.tablet(), stored));
        } catch (RocksDBException failure) {
            throw RocksFailures.of("opening tablet " + database.tablet(), failure);
        }
    }

    private static EpochStarts epochs(byte[] stored, Applied applied) {
        EpochStarts epochs = stored == null ? EpochStarts.NONE : EpochStartsCodec.decode(stored);
        return epochs.reachTo(applied) ? epochs : null;
    }

    private static Opened create(TabletDatabase database) throws RocksDBException {
        int inlineBytes = database.resources().settings().inlineValueBytes();
        VarWriter writer = new VarWriter(13);
        writer.putByte(FORMAT);
        writer.putLong(database.tablet().value());
        writer.putInt(inlineBytes);
        try (WriteBatch batch = new WriteBatch()) {
            batch.put(database.system(), SystemKeys.FORMAT, writer.toArray());
            database.write(batch);
        }
        return new Opened(Applied.NOTHING, EpochStarts.NONE, inlineBytes);
    }

    private static int inlineBytes(TabletId tablet, byte[] stored) {
        if (stored.length != 13 || stored[0] != FORMAT) {
            throw RowCodec.corrupted("a format that this version cannot read");
        }
        VarReader reader = new VarReader(stored, 1, stored.length);
        long owner = reader.getLong();
        if (owner != tablet.value()) {
            throw RowCodec.corrupted("the rows of tablet " + owner + ", not of " + tablet);
        }
        return reader.getInt();
    }
}
