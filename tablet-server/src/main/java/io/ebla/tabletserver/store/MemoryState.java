package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.TabletStore.Applied;
import java.util.ArrayList;
import java.util.List;

/** All that a store in memory holds after some entry: immutable, and so a consistent view for ever. */
record MemoryState(
        Applied applied,
        EpochStarts epochs,
        PersistentTree<Row> rows,
        PersistentTree<IdempotencyRecord> idempotency,
        PersistentTree<ExpiryKey> expiry,
        StoreShape shape) {

    static final MemoryState EMPTY =
            new MemoryState(
                    Applied.NOTHING,
                    EpochStarts.NONE,
                    PersistentTree.empty(),
                    PersistentTree.empty(),
                    PersistentTree.empty(),
                    StoreShape.PLAIN);

    /**
     * The first records of the expiry index that are due and of this store.
     *
     * @param lookMax how many are looked at
     */
    List<ExpiryKey> due(long beforeMillis, int most, int lookMax) {
        List<ExpiryKey> due = new ArrayList<>();
        PersistentTree.Walk<ExpiryKey> walk =
                expiry.walk(Bytes.EMPTY, ExpiryKey.dueBound(beforeMillis), false);
        for (int seen = 0; due.size() < most && seen < lookMax && walk.next(); seen++) {
            if (shape.holds(walk.value().key())) {
                due.add(walk.value());
            }
        }
        return due;
    }

    MemoryState with(Applied position, StoreShape other) {
        return new MemoryState(position, epochs, rows, idempotency, expiry, other);
    }

    /** The store of a child, over the same trees. */
    MemoryState ofChild(TabletId child) {
        Division division = shape.division();
        Applied begin = division.positionOf(child);
        return new MemoryState(
                begin,
                epochs.upTo(begin.index()),
                rows,
                idempotency,
                expiry,
                StoreShape.ofChild(division.rangeOf(child)));
    }
}
