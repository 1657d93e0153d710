package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.TabletStore.Applied;

/** All that a store in memory holds after some entry: immutable, and so a consistent view for ever. */
record MemoryState(
        Applied applied,
        EpochStarts epochs,
        PersistentTree<Row> rows,
        PersistentTree<IdempotencyRecord> idempotency,
        PersistentTree<ExpiryKey> expiry) {

    static final MemoryState EMPTY =
            new MemoryState(
                    Applied.NOTHING,
                    EpochStarts.NONE,
                    PersistentTree.empty(),
                    PersistentTree.empty(),
                    PersistentTree.empty());

    /** The records of the expiry index that are due, first ones first. */
    PersistentTree.Walk<ExpiryKey> due(long beforeMillis) {
        return expiry.walk(Bytes.EMPTY, ExpiryKey.dueBound(beforeMillis), false);
    }
}
