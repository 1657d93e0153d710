package io.ebla.tabletserver.tablet;

import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.IdempotencyId;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.Division;
import io.ebla.tabletserver.store.EpochStarts;
import io.ebla.tabletserver.store.Sealing;
import io.ebla.tabletserver.store.Snapshot;
import io.ebla.tabletserver.store.TabletStore;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A store over the real one, to play one that lacks a rule. */
class PlayedStore implements TabletStore {

    private final TabletStore real;

    PlayedStore(TabletStore real) {
        this.real = real;
    }

    @Override
    public Applied applied() {
        return real.applied();
    }

    @Override
    public EpochStarts epochs() {
        return real.epochs();
    }

    @Override
    public Applied flushed() {
        return real.flushed();
    }

    @Override
    public Optional<Row> get(RowKey key) {
        return real.get(key);
    }

    @Override
    public MemoryRead getFromMemory(RowKey key) {
        return real.getFromMemory(key);
    }

    @Override
    public Optional<IdempotencyRecord> idempotencyRecord(IdempotencyId id) {
        return real.idempotencyRecord(id);
    }

    @Override
    public RowCursor scan(KeyRange range, boolean descending, boolean withValues) {
        return real.scan(range, descending, withValues);
    }

    @Override
    public void apply(List<LogEntry> entries) {
        real.apply(entries);
    }

    @Override
    public KeyRange range() {
        return real.range();
    }

    @Override
    public Optional<Division> division() {
        return real.division();
    }

    @Override
    public Optional<Sealing> sealing() {
        return real.sealing();
    }

    @Override
    public long cancelledSplit() {
        return real.cancelledSplit();
    }

    @Override
    public boolean counted() {
        return real.counted();
    }

    @Override
    public boolean settled() {
        return real.settled();
    }

    @Override
    public boolean trimmed() {
        return real.trimmed();
    }

    @Override
    public void trim() {
        real.trim();
    }

    @Override
    public boolean count(int most) {
        return real.count(most);
    }

    @Override
    public void settle() {
        real.settle();
    }

    @Override
    public OptionalLong earliestExpiry() {
        return real.earliestExpiry();
    }

    @Override
    public int countExpired(long beforeMillis, int most) {
        return real.countExpired(beforeMillis, most);
    }

    @Override
    public Snapshot snapshot() {
        return real.snapshot();
    }

    @Override
    public void flush() {
        real.flush();
    }

    @Override
    public long sizeOnDiskBytes() {
        return real.sizeOnDiskBytes();
    }

    @Override
    public void close() {
        real.close();
    }
}
