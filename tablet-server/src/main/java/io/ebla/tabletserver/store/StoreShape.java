package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import java.util.Arrays;
import java.util.Objects;

/**
 * What a store knows of the splits and merges that it came from and that it went into. Immutable.
 *
 * @param range what it shows: a store made by a split may lie over files that hold more
 * @param division into what its tablet was split, null while it was not
 * @param sealing the merge for which it is sealed, null while it is not
 * @param cancelledSplit the lower child of the last split that was cancelled, or the tablet of the last
 *     merge, 0 for
 *     none
 * @param counted whether its rows and bytes are exact
 * @param settled whether nothing outside its range is left in it
 */
record StoreShape(
        KeyRange range,
        Division division,
        Sealing sealing,
        long cancelledSplit,
        boolean counted,
        boolean settled) {

    static final StoreShape PLAIN = new StoreShape(KeyRange.ALL, null, null, 0, true, true);

    StoreShape {
        Objects.requireNonNull(range);
    }

    /** Of a child over the files of its parent. */
    static StoreShape ofChild(KeyRange range) {
        return new StoreShape(range, null, null, 0, false, false);
    }

    /** Of a merged tablet: exact, and looked over once like a child. */
    static StoreShape ofMerged(KeyRange range) {
        return new StoreShape(range, null, null, 0, true, false);
    }

    boolean isSealed() {
        return sealing != null;
    }

    StoreShape sealed(Sealing by) {
        return new StoreShape(range, division, by, cancelledSplit, counted, settled);
    }

    boolean isSplit() {
        return division != null;
    }

    StoreShape split(Division into) {
        return new StoreShape(range, into, sealing, cancelledSplit, counted, settled);
    }

    StoreShape cancelled(long low) {
        long last = Math.max(low, cancelledSplit);
        boolean off = sealing != null && sealing.into().value() <= low;
        return new StoreShape(range, division, off ? null : sealing, last, counted, settled);
    }

    StoreShape whenCounted() {
        return new StoreShape(range, division, sealing, cancelledSplit, true, settled);
    }

    StoreShape whenSettled() {
        return new StoreShape(range, division, sealing, cancelledSplit, true, true);
    }

    /** With a system record that snapshots carry. */
    StoreShape with(byte[] key, byte[] value) {
        if (Arrays.equals(key, SystemKeys.DIVISION)) {
            return split(Division.decode(value));
        } else if (Arrays.equals(key, SystemKeys.SEALED)) {
            return sealed(Sealing.decode(value));
        } else if (Arrays.equals(key, SystemKeys.CANCELLED)) {
            return cancelled(new VarReader(value, 0, value.length).getLong());
        }
        throw RowCodec.corrupted("a system record that this version does not know");
    }

    byte[] encodedCancelled() {
        VarWriter writer = new VarWriter(8);
        writer.putLong(cancelledSplit);
        return writer.toArray();
    }

    /** Whether the key of a row, or of what is kept beside rows, is one of this store's. */
    boolean holds(Bytes key) {
        return range.from().compareTo(key) <= 0
                && (range.to().isEmpty() || key.compareTo(range.to()) < 0);
    }

    /** Whether every key is. */
    boolean holdsAll() {
        return range.from().isEmpty() && range.to().isEmpty();
    }
}
