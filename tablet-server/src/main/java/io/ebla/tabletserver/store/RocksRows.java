package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.RowCodec.Header;
import io.ebla.tabletserver.store.TabletStore.MemoryRead;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.KeyMayExist;
import org.rocksdb.KeyMayExist.KeyMayExistEnum;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Snapshot;

/**
 * Reads single rows. A large value is read after its header without a snapshot, and carries the
 * version that wrote it; only when a write came between is the pair read again, from a snapshot.
 * Every method is called inside the gate, by any thread.
 */
final class RocksRows {

    /** Enough for the header of nearly every row; a longer one is read whole. */
    private static final int HEAD_BYTES = 128;

    private static final MemoryRead ABSENT = new MemoryRead.Absent();
    private static final MemoryRead INCOMPLETE = new MemoryRead.Incomplete();

    private final TabletDatabase database;

    RocksRows(TabletDatabase database) {
        this.database = database;
    }

    Optional<Row> get(RowKey key) throws RocksDBException {
        ReadOptions options = database.resources().diskReads();
        byte[] stored = get(database.rows(), options, key.encoded());
        if (stored == null) {
            return Optional.empty();
        }
        Header header = RowCodec.decode(stored, stored.length);
        if (header.inline()) {
            return Optional.of(header.toRow(key, inline(stored, header)));
        }
        byte[] large = get(database.values(), options, key.encoded());
        Bytes value = RowCodec.largeValue(large, header);
        return value == null ? getPinned(key) : Optional.of(header.toRow(key, value));
    }

    /** The row without its value, of which no more is copied than stands beside the header. */
    Optional<Row> getHead(RowKey key) throws RocksDBException {
        byte[] start = new byte[HEAD_BYTES];
        Bytes encoded = key.encoded();
        int length =
                database.db()
                        .get(
                                database.rows(),
                                database.resources().diskReads(),
                                encoded.array(),
                                encoded.offset(),
                                encoded.length(),
                                start,
                                0,
                                start.length);
        if (length == RocksDB.NOT_FOUND) {
            return Optional.empty();
        }
        Header header = headerOf(start, length);
        return header == null ? get(key) : Optional.of(header.toRow(key, null));
    }

    /** The header of a record of that length, of which the start is here; null when it is longer. */
    private static Header headerOf(byte[] start, int length) {
        return length <= start.length
                ? RowCodec.decode(start, length)
                : RowCodec.decodeStart(start);
    }

    private Optional<Row> getPinned(RowKey key) throws RocksDBException {
        Snapshot snapshot = database.db().getSnapshot();
        try (ReadOptions options = new ReadOptions().setSnapshot(snapshot)) {
            byte[] stored = get(database.rows(), options, key.encoded());
            if (stored == null) {
                return Optional.empty();
            }
            Header header = RowCodec.decode(stored, stored.length);
            Bytes value =
                    header.inline()
                            ? inline(stored, header)
                            : largeValue(key.encoded(), header, options);
            return Optional.of(header.toRow(key, value));
        } finally {
            database.db().releaseSnapshot(snapshot);
        }
    }

    /** The large value of a header that was read from the same view. */
    Bytes largeValue(Bytes key, Header header, ReadOptions options) throws RocksDBException {
        Bytes value = RowCodec.largeValue(get(database.values(), options, key), header);
        if (value == null) {
            throw RowCodec.corrupted("the row " + key + " without the value of its version");
        }
        return value;
    }

    private static Bytes inline(byte[] stored, Header header) {
        return RowCodec.inlineValue(stored, stored.length, header);
    }

    byte[] get(ColumnFamilyHandle family, ReadOptions options, Bytes key) throws RocksDBException {
        return database.db().get(family, options, key.array(), key.offset(), key.length());
    }

    /**
     * Asks memory only, and costs no exception when memory does not know: RocksDB's {@code
     * keyMayExist} is a get from the block cache that answers "perhaps" instead of failing. It would
     * also call a damaged block absent; but damage is found when a block is read from disk, which
     * never happens here, and then the block does not come into the cache.
     *
     * <p>When the index of a table is not in memory it forgets to say that it has no value, and gives
     * one of no bytes (facebook/rocksdb 12921). Every record read here has some, so none means unknown.
     */
    MemoryRead getFromMemory(RowKey key) {
        ReadBuffers buffers = ReadBuffers.ofThisThread();
        byte[] stored = fromMemory(database.rows(), key, buffers);
        if (stored == ReadBuffers.NOTHING) {
            return ABSENT;
        }
        if (stored == null) {
            return INCOMPLETE;
        }
        Header header = RowCodec.decode(stored, stored.length);
        if (header.inline()) {
            return new MemoryRead.Found(header.toRow(key, inline(stored, header)));
        }
        byte[] large = fromMemory(database.values(), key, buffers);
        Bytes value = large == ReadBuffers.NOTHING ? null : RowCodec.largeValue(large, header);
        return value == null ? INCOMPLETE : new MemoryRead.Found(header.toRow(key, value));
    }

    /** As {@link #getFromMemory}, without the value: not even a large one is looked for. */
    MemoryRead getHeadFromMemory(RowKey key) {
        ReadBuffers buffers = ReadBuffers.ofThisThread();
        ByteBuffer target = buffers.value().limit(HEAD_BYTES);
        KeyMayExist found = mayExist(database.rows(), key, buffers, target);
        if (found.exists == KeyMayExistEnum.kNotExist) {
            return ABSENT;
        }
        if (found.exists == KeyMayExistEnum.kExistsWithoutValue || found.valueLength == 0) {
            return INCOMPLETE;
        }
        byte[] start = new byte[Math.min(found.valueLength, HEAD_BYTES)];
        target.get(0, start);
        Header header = headerOf(start, found.valueLength);
        return header == null ? getFromMemory(key) : new MemoryRead.Found(header.toRow(key, null));
    }

    /** The stored bytes, {@link ReadBuffers#NOTHING} when there are none, null when unknown. */
    private byte[] fromMemory(ColumnFamilyHandle family, RowKey key, ReadBuffers buffers) {
        ByteBuffer target = buffers.value();
        KeyMayExist found = mayExist(family, key, buffers, target);
        if (found.exists == KeyMayExistEnum.kNotExist) {
            return ReadBuffers.NOTHING;
        }
        if (found.exists == KeyMayExistEnum.kExistsWithoutValue
                || found.valueLength == 0
                || found.valueLength > target.capacity()) {
            return null;
        }
        byte[] stored = new byte[found.valueLength];
        target.get(0, stored);
        return stored;
    }

    private KeyMayExist mayExist(
            ColumnFamilyHandle family, RowKey key, ReadBuffers buffers, ByteBuffer target) {
        return database.db()
                .keyMayExist(
                        family,
                        database.resources().memoryReads(),
                        buffers.key(key.encoded()),
                        target);
    }
}
