package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import io.ebla.tabletserver.store.RowCodec.Header;
import io.ebla.tabletserver.store.TabletStore.Applied;
import java.nio.ByteBuffer;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * A snapshot of a disk store: one of RocksDB's, walked by one iterator at a time, with read-ahead and
 * without filling the block cache. Its handles go when it is closed, or with the store.
 */
final class RocksSnapshot implements Snapshot, TabletDatabase.Guest {

    private static final long READ_AHEAD_BYTES = 1 << 20;

    private final TabletDatabase database;
    private final RocksRows rows;
    private final StoreShape shape;
    private final org.rocksdb.Snapshot pinned;
    private final ReadOptions options;
    private final Records records = new Records();
    private ChunkedSnapshot chunks;

    private RocksSnapshot(TabletDatabase database, RocksRows rows, StoreShape shape) {
        this.shape = shape;
        this.database = database;
        this.rows = rows;
        pinned = database.db().getSnapshot();
        options =
                new ReadOptions()
                        .setSnapshot(pinned)
                        .setFillCache(false)
                        .setReadaheadSize(READ_AHEAD_BYTES);
    }

    /** Called inside the gate. */
    static RocksSnapshot open(
            TabletDatabase database, RocksRows rows, StoreShape shape, int chunkBytes)
            throws RocksDBException {
        RocksSnapshot snapshot = new RocksSnapshot(database, rows, shape);
        try {
            snapshot.begin(chunkBytes);
        } catch (RocksDBException | RuntimeException failure) {
            snapshot.free();
            throw failure;
        }
        database.admit(snapshot);
        return snapshot;
    }

    private void begin(int chunkBytes) throws RocksDBException {
        byte[] stored = database.db().get(database.system(), options, SystemKeys.APPLIED);
        Applied applied = stored == null ? Applied.NOTHING : AppliedCodec.decode(stored);
        chunks = new ChunkedSnapshot(database.tablet(), applied, records, chunkBytes);
    }

    @Override
    public Applied applied() {
        return chunks.applied();
    }

    @Override
    public ByteBuffer chunk(long number) {
        database.gate().enter();
        try {
            return chunks.chunk(number);
        } finally {
            database.gate().leave();
        }
    }

    @Override
    public void close() {
        database.dismiss(this);
    }

    @Override
    public void free() {
        records.close();
        options.close();
        database.db().releaseSnapshot(pinned);
    }

    private final class Records implements SnapshotRecords {

        private Space space = Space.ROWS;
        private RocksIterator iterator;

        @Override
        public void seek(Space wanted, Bytes key) {
            close();
            space = wanted;
            iterator = database.db().newIterator(family(space), options);
            iterator.seek(first(key).toArray());
            settle();
        }

        /** Skips what is the node's own, and goes to the next space at the end of one. */
        private void settle() {
            while (true) {
                while (isHere() && isOwn()) {
                    iterator.next();
                }
                if (isHere()) {
                    return;
                }
                check();
                Space after = space.next();
                if (after == null) {
                    return;
                }
                space = after;
                iterator.close();
                iterator = database.db().newIterator(family(space), options);
                iterator.seek(first(Bytes.EMPTY).toArray());
            }
        }

        /** Whether it stands at a record of this space; what a split left behind the range is none. */
        private boolean isHere() {
            return iterator.isValid()
                    && (!isInKeyOrder() || shape.holds(Bytes.wrap(iterator.key())));
        }

        private boolean isInKeyOrder() {
            return !shape.holdsAll() && (space == Space.ROWS || space == Space.IDEMPOTENCY);
        }

        private Bytes first(Bytes key) {
            Bytes from = shape.range().from();
            return isInKeyOrder() && key.compareTo(from) < 0 ? from : key;
        }

        private void check() {
            try {
                iterator.status();
            } catch (RocksDBException failure) {
                throw failed(failure);
            }
        }

        private boolean isOwn() {
            return switch (space) {
                case SYSTEM -> SystemKeys.isOwn(iterator.key());
                case EXPIRY ->
                        !shape.holdsAll()
                                && !shape.holds(ExpiryKey.decode(Bytes.wrap(iterator.key())).key());
                default -> false;
            };
        }

        private ColumnFamilyHandle family(Space of) {
            return database.family(of);
        }

        @Override
        public boolean isValid() {
            return isHere();
        }

        @Override
        public void advance() {
            iterator.next();
            settle();
        }

        @Override
        public Space space() {
            return space;
        }

        @Override
        public Bytes key() {
            return Bytes.wrap(iterator.key());
        }

        @Override
        public Bytes value() {
            byte[] stored = iterator.value();
            return space == Space.ROWS ? whole(stored) : Bytes.wrap(stored);
        }

        private Bytes whole(byte[] stored) {
            Header header = RowCodec.decode(stored, stored.length);
            if (header.inline()) {
                return Bytes.wrap(stored);
            }
            try {
                Bytes large = rows.largeValue(key(), header, options);
                return Bytes.wrap(RowCodec.inlined(stored, header, large));
            } catch (RocksDBException failure) {
                throw failed(failure);
            }
        }

        private RuntimeException failed(RocksDBException failure) {
            return RocksFailures.of("copying tablet " + database.tablet(), failure);
        }

        @Override
        public void close() {
            if (iterator != null) {
                iterator.close();
                iterator = null;
            }
        }
    }
}
