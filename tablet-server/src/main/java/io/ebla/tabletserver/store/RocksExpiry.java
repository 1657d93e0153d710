package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * Reads the expiry index from its front. The front is where records are deleted, so it fills with
 * tombstones; {@link #floorMillis} keeps reads from walking over them: no record is due before it.
 * One thread applies and moves the floor, any thread reads; every method is called inside the gate.
 */
final class RocksExpiry {

    private final TabletDatabase database;

    /** Lowered before a write that needs it, raised only after one that was made. */
    private volatile long floorMillis = Long.MIN_VALUE;

    RocksExpiry(TabletDatabase database) {
        this.database = database;
    }

    void recordAt(long expiresAt) {
        if (expiresAt < floorMillis) {
            floorMillis = expiresAt;
        }
    }

    void nothingBefore(long millis) {
        floorMillis = millis;
    }

    OptionalLong earliest() throws RocksDBException {
        List<ExpiryKey> first = due(Long.MAX_VALUE, 1);
        return first.isEmpty() ? OptionalLong.empty() : OptionalLong.of(first.get(0).expiresAt());
    }

    /** The first records that are due at {@code beforeMillis}, in the order of the index. */
    List<ExpiryKey> due(long beforeMillis, int most) throws RocksDBException {
        List<ExpiryKey> due = new ArrayList<>();
        Bytes to = ExpiryKey.dueBound(beforeMillis);
        try (Slice upper = to.isEmpty() ? null : new Slice(to.toArray());
                ReadOptions options = new ReadOptions()) {
            if (upper != null) {
                options.setIterateUpperBound(upper);
            }
            try (RocksIterator index = database.db().newIterator(database.expiry(), options)) {
                index.seek(ExpiryKey.bound(floorMillis).toArray());
                while (due.size() < most && index.isValid()) {
                    due.add(ExpiryKey.decode(Bytes.wrap(index.key())));
                    index.next();
                }
                index.status();
            }
        }
        return due;
    }
}
