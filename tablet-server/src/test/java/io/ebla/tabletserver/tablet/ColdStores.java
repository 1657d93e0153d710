package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.IdempotencyId;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.Division;
import io.ebla.tabletserver.store.EpochStarts;
import io.ebla.tabletserver.store.Sealing;
import io.ebla.tabletserver.store.TabletStore;
import io.ebla.tabletserver.store.TabletStores;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;

/**
 * Stores whose memory sometimes does not know: every row may turn out cold.
 *
 * @param beforeApply called at the moment when entries are committed and not applied
 */
record ColdStores(TabletStores stores, Random random, int onceIn, Runnable beforeApply)
        implements TabletStores {

    @Override
    public TabletStore open(TabletId tablet) {
        return new Cold(stores.open(tablet), random, onceIn, beforeApply);
    }

    @Override
    public void remove(TabletId tablet) {
        stores.remove(tablet);
    }

    @Override
    public void close() {
        stores.close();
    }

    private record Cold(TabletStore store, Random random, int onceIn, Runnable beforeApply)
            implements TabletStore {

        @Override
        public MemoryRead getFromMemory(RowKey key) {
            return random.nextInt(onceIn) == 0
                    ? new MemoryRead.Incomplete()
                    : store.getFromMemory(key);
        }

        @Override
        public Applied applied() {
            return store.applied();
        }

        @Override
        public EpochStarts epochs() {
            return store.epochs();
        }

        @Override
        public Applied flushed() {
            return store.flushed();
        }

        @Override
        public Optional<Row> get(RowKey key) {
            return store.get(key);
        }

        @Override
        public Optional<IdempotencyRecord> idempotencyRecord(IdempotencyId id) {
            return store.idempotencyRecord(id);
        }

        @Override
        public RowCursor scan(KeyRange range, boolean descending, boolean withValues) {
            return store.scan(range, descending, withValues);
        }

        @Override
        public void apply(List<LogEntry> entries) {
            beforeApply.run();
            store.apply(entries);
        }

        @Override
        public KeyRange range() {
            return store.range();
        }

        @Override
        public Optional<Division> division() {
            return store.division();
        }

        @Override
        public Optional<Sealing> sealing() {
            return store.sealing();
        }

        @Override
        public long cancelledSplit() {
            return store.cancelledSplit();
        }

        @Override
        public boolean counted() {
            return store.counted();
        }

        @Override
        public boolean settled() {
            return store.settled();
        }

        @Override
        public boolean trimmed() {
            return store.trimmed();
        }

        @Override
        public void trim() {
            store.trim();
        }

        @Override
        public boolean count(int most) {
            return store.count(most);
        }

        @Override
        public void settle() {
            store.settle();
        }

        @Override
        public OptionalLong earliestExpiry() {
            return store.earliestExpiry();
        }

        @Override
        public int countExpired(long beforeMillis, int most) {
            return store.countExpired(beforeMillis, most);
        }

        @Override
        public void flush() {
            store.flush();
        }

        @Override
        public long sizeOnDiskBytes() {
            return store.sizeOnDiskBytes();
        }

        @Override
        public void close() {
            store.close();
        }
    }
}
