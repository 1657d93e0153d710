package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.RowCodec.Header;
import io.ebla.tabletserver.store.TabletStore.RowCursor;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;

/**
 * Walks the rows of one snapshot. Large values are fetched from the same snapshot, one by one, and
 * only when values are wanted.
 *
 * <p>A scan that turns out to be long goes on with a large read-ahead and without filling the block
 * cache, so that it neither waits for every block nor drives out what point reads need.
 */
final class RocksRowCursor implements RowCursor, TabletDatabase.Guest {

    private static final int LONG_SCAN_ROWS = 2_000;
    private static final long LONG_SCAN_READ_AHEAD_BYTES = 1 << 20;

    /** Holds every header but those with a content type of uncommon length. */
    private static final int HEADER_BYTES = 256;

    private final TabletDatabase database;
    private final RocksRows rows;
    private final boolean descending;
    private final boolean withValues;
    private final Snapshot snapshot;
    private final Slice lower;
    private final Slice upper;
    private final byte[] start = new byte[HEADER_BYTES];
    private ReadOptions options;
    private RocksIterator iterator;
    private long returned;
    private byte[] lastKey;
    private boolean ended;
    private boolean closed;

    /** Called inside the gate. */
    RocksRowCursor(
            TabletDatabase database,
            RocksRows rows,
            KeyRange range,
            boolean descending,
            boolean withValues) {
        this.database = database;
        this.rows = rows;
        this.descending = descending;
        this.withValues = withValues;
        snapshot = database.db().getSnapshot();
        lower = slice(range.from());
        upper = slice(range.to());
        options = options();
        iterator = database.db().newIterator(database.rows(), options);
        database.admit(this);
    }

    private static Slice slice(Bytes bound) {
        return bound.isEmpty() ? null : new Slice(bound.toArray());
    }

    private ReadOptions options() {
        ReadOptions made = new ReadOptions().setSnapshot(snapshot);
        if (lower != null) {
            made.setIterateLowerBound(lower);
        }
        if (upper != null) {
            made.setIterateUpperBound(upper);
        }
        return made;
    }

    @Override
    public Row next() {
        if (closed) {
            throw new IllegalStateException("the cursor is closed");
        }
        database.gate().enter();
        try {
            return read();
        } catch (RocksDBException failure) {
            throw RocksFailures.of("scanning tablet " + database.tablet(), failure);
        } finally {
            database.gate().leave();
        }
    }

    private Row read() throws RocksDBException {
        if (ended) {
            return null;
        }
        step();
        if (!iterator.isValid()) {
            iterator.status();
            ended = true;
            return null;
        }
        lastKey = iterator.key();
        returned++;
        Bytes key = Bytes.wrap(lastKey);
        return withValues ? readWhole(key) : readHeader(key);
    }

    private void step() {
        if (returned == LONG_SCAN_ROWS) {
            reopenForLongScan();
        }
        if (lastKey == null) {
            first();
        } else if (descending) {
            iterator.prev();
        } else {
            iterator.next();
        }
    }

    private void first() {
        if (descending) {
            iterator.seekToLast();
        } else {
            iterator.seekToFirst();
        }
    }

    private void reopenForLongScan() {
        iterator.close();
        options.close();
        options = options().setFillCache(false).setReadaheadSize(LONG_SCAN_READ_AHEAD_BYTES);
        iterator = database.db().newIterator(database.rows(), options);
        iterator.seek(lastKey);
    }

    private Row readWhole(Bytes key) throws RocksDBException {
        byte[] stored = iterator.value();
        Header header = RowCodec.decode(stored, stored.length);
        Bytes value =
                header.inline()
                        ? RowCodec.inlineValue(stored, stored.length, header)
                        : rows.largeValue(key, header, options);
        return header.toRow(RowKey.decode(key), value);
    }

    private Row readHeader(Bytes key) {
        int length = iterator.value(start);
        Header header =
                length <= HEADER_BYTES
                        ? RowCodec.decode(start, length)
                        : RowCodec.decodeStart(start);
        if (header == null) {
            byte[] whole = iterator.value();
            header = RowCodec.decode(whole, whole.length);
        }
        return header.toRow(RowKey.decode(key), null);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            database.dismiss(this);
        }
    }

    @Override
    public void free() {
        iterator.close();
        options.close();
        database.db().releaseSnapshot(snapshot);
        if (lower != null) {
            lower.close();
        }
        if (upper != null) {
            upper.close();
        }
    }
}
