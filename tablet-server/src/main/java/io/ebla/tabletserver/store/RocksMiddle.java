package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.Range;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.SizeApproximationFlag;
import org.rocksdb.Slice;

/**
 * Finds where about half of what a store has on disk lies below, by what the indexes of its files say: it
 * halves the space between two keys again and again, looks which key is there, and asks how much lies below
 * that. So it reads some dozens of blocks, however large the store is; what is small, or not flushed, is
 * better {@linkplain Middle walked}. Called inside the gate.
 */
final class RocksMiddle {

    /** What part of all it may be off by: less is within what indexes know. */
    private static final int TOLERANCE = 50;

    /**
     * Halvings after which the nearest key that was seen is good enough: keys are long, and alike at first.
     */
    private static final int HALVINGS_MAX = 200;

    private static final SizeApproximationFlag[] COUNTED = {
        SizeApproximationFlag.INCLUDE_FILES,
        SizeApproximationFlag.INCLUDE_MEMTABLES,
        SizeApproximationFlag.INCLUDE_BLOB_FILES
    };

    private final TabletDatabase database;
    private final KeyRange range;

    private RocksMiddle(TabletDatabase database, KeyRange range) {
        this.database = database;
        this.range = range;
    }

    /** A bound between two pks of the range; empty when all its rows share one pk. */
    static Optional<Bytes> of(TabletDatabase database, KeyRange range) throws RocksDBException {
        RocksMiddle middle = new RocksMiddle(database, range);
        try (RocksIterator keys = database.db().newIterator(database.rows())) {
            return middle.find(keys);
        }
    }

    private Optional<Bytes> find(RocksIterator keys) throws RocksDBException {
        byte[] first = at(keys, range.from().toArray());
        byte[] last = last(keys);
        if (first == null || last == null) {
            return Optional.empty();
        }
        long all = below(first, last);
        byte[] low = first;
        byte[] high = last;
        for (int i = 0; i < HALVINGS_MAX; i++) {
            byte[] half = between(low, high);
            byte[] key = half == null ? null : at(keys, half);
            if (key == null) {
                break;
            }
            long off = below(first, key) - all / 2;
            if (off < 0) {
                low = key;
            } else {
                high = Arrays.compareUnsigned(key, high) < 0 ? key : half;
            }
            if (Math.abs(off) <= all / TOLERANCE) {
                low = key;
                break;
            }
        }
        return bound(keys, pk(first), low, high);
    }

    /** That of the pk of a key near the middle; if it is the first one's, of the next. */
    private Optional<Bytes> bound(RocksIterator keys, Bytes first, byte[] low, byte[] high)
            throws RocksDBException {
        byte[] next = low;
        if (pk(low).equals(first)) {
            byte[] behind = at(keys, high);
            boolean far = behind != null && !pk(behind).equals(first);
            next = far ? behind : at(keys, KeyRange.ofPk(first).to().toArray());
        }
        return next == null ? Optional.empty() : Optional.of(KeyRange.boundOfPk(pk(next)));
    }

    private static Bytes pk(byte[] key) {
        return RowKey.decode(Bytes.wrap(key)).pk();
    }

    /** The first key of the range from there on, or null. */
    private byte[] at(RocksIterator keys, byte[] from) throws RocksDBException {
        keys.seek(from);
        keys.status();
        return inside(keys);
    }

    private byte[] last(RocksIterator keys) throws RocksDBException {
        if (range.to().isEmpty()) {
            keys.seekToLast();
        } else {
            keys.seekForPrev(range.to().toArray());
            if (keys.isValid() && range.to().equals(Bytes.wrap(keys.key()))) {
                keys.prev();
            }
        }
        keys.status();
        return inside(keys);
    }

    private byte[] inside(RocksIterator keys) {
        byte[] key = keys.isValid() ? keys.key() : null;
        return key != null && range.contains(RowKey.decode(Bytes.wrap(key))) ? key : null;
    }

    /** About how many bytes of rows and large values lie from the first key on and below another. */
    private long below(byte[] first, byte[] key) {
        try (Slice from = new Slice(first);
                Slice to = new Slice(key)) {
            List<Range> asked = List.of(new Range(from, to));
            long bytes = 0;
            for (ColumnFamilyHandle family : List.of(database.rows(), database.values())) {
                bytes += database.db().getApproximateSizes(family, asked, COUNTED)[0];
            }
            return bytes;
        }
    }

    /**
     * Half way from one key to a greater one, of one byte more than the longer has; null when there is
     * nothing.
     */
    private static byte[] between(byte[] low, byte[] high) {
        int length = Math.max(low.length, high.length) + 1;
        BigInteger from = new BigInteger(1, Arrays.copyOf(low, length));
        BigInteger to = new BigInteger(1, Arrays.copyOf(high, length));
        BigInteger half = from.add(to).shiftRight(1);
        if (half.compareTo(from) <= 0) {
            return null;
        }
        byte[] digits = half.toByteArray();
        byte[] key = new byte[length];
        int kept = Math.min(length, digits.length);
        System.arraycopy(digits, digits.length - kept, key, length - kept, kept);
        return key;
    }
}
