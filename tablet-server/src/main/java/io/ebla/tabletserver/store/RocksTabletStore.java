package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.IdempotencyId;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.row.Row;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.rocksdb.Checkpoint;
import org.rocksdb.RocksDBException;

/**
 * A tablet's rows in a RocksDB of its own. There is no write-ahead log below it: the oplog is the
 * one, and what was applied after the last flush is applied again from there.
 *
 * <p>When a flush finds no room, RocksDB refuses writes and goes on by itself when there is room;
 * meanwhile {@link #apply} and {@link #flush} say {@code disk_full}, nothing of the failed batch is
 * applied, and reads go on. After any other failure of the disk it stays read-only until reopened.
 */
final class RocksTabletStore implements TabletStore {

    /** A read of native memory; only ever called inside the gate. */
    interface Visit<T> {
        T read() throws RocksDBException;
    }

    /** Of what is larger, indexes know well enough where it has its middle. */
    private static final long WALKED_BYTES_MAX = 64L << 20;

    private final TabletDatabase database;
    private final RocksRows rows;
    private final RocksExpiry expiry;
    private final RocksApplier applier;
    private final RocksSettling settling;
    private final Runnable whenClosed;
    private volatile Applied applied;
    private volatile StoreShape shape;
    private volatile Applied flushed;

    private RocksTabletStore(
            TabletDatabase database, StoreFormat.Opened opened, Runnable whenClosed) {
        this.database = database;
        this.rows = new RocksRows(database);
        this.expiry = new RocksExpiry(database, () -> shape);
        shape = opened.shape();
        this.settling = new RocksSettling(this);
        this.whenClosed = whenClosed;
        applied = opened.applied();
        flushed = opened.applied();
        applier =
                new RocksApplier(
                        database,
                        expiry,
                        opened,
                        (position, changed) -> {
                            applied = position;
                            shape = changed;
                        });
    }

    /**
     * @param compacts whether it compacts by itself from the beginning, else from when it is {@linkplain
     *     #settle settled} or {@linkplain #relieve relieved}
     * @param whenClosed called once, after the handles were freed
     */
    static RocksTabletStore open(
            TabletId tablet,
            Path folder,
            RocksResources resources,
            boolean compacts,
            Runnable whenClosed) {
        return over(TabletDatabase.open(tablet, folder, resources, compacts), whenClosed);
    }

    /** Of a database that is open already; freed if that fails. */
    static RocksTabletStore over(TabletDatabase database, Runnable whenClosed) {
        try {
            return new RocksTabletStore(database, StoreFormat.open(database), whenClosed);
        } catch (RuntimeException unreadable) {
            database.gate().shut();
            database.free();
            throw unreadable;
        }
    }

    TabletDatabase database() {
        return database;
    }

    @Override
    public Applied applied() {
        return applied;
    }

    @Override
    public EpochStarts epochs() {
        return applier.epochs();
    }

    @Override
    public Applied flushed() {
        return flushed;
    }

    @Override
    public Optional<Row> get(RowKey key) {
        return visit("reading", () -> rows.get(key));
    }

    @Override
    public MemoryRead getFromMemory(RowKey key) {
        database.gate().enter();
        try {
            return rows.getFromMemory(key);
        } finally {
            database.gate().leave();
        }
    }

    @Override
    public Optional<Row> getHead(RowKey key) {
        return visit("reading", () -> rows.getHead(key));
    }

    @Override
    public MemoryRead getHeadFromMemory(RowKey key) {
        database.gate().enter();
        try {
            return rows.getHeadFromMemory(key);
        } finally {
            database.gate().leave();
        }
    }

    @Override
    public Optional<IdempotencyRecord> idempotencyRecord(IdempotencyId id) {
        return visit(
                "reading",
                () -> {
                    byte[] stored =
                            rows.get(
                                    database.idempotency(),
                                    database.resources().diskReads(),
                                    IdempotencyCodec.key(id));
                    return stored == null
                            ? Optional.empty()
                            : Optional.of(IdempotencyCodec.decode(id, stored));
                });
    }

    @Override
    public RowCursor scan(KeyRange range, boolean descending, boolean withValues) {
        KeyRange held = range.intersect(shape.range());
        return visit(
                "scanning",
                () ->
                        held.isEmpty()
                                ? new EmptyRowCursor()
                                : new RocksRowCursor(database, rows, held, descending, withValues));
    }

    @Override
    public Snapshot snapshot() {
        return snapshot(SnapshotChunk.TARGET_BYTES);
    }

    Snapshot snapshot(int chunkBytes) {
        return visit("copying", () -> RocksSnapshot.open(database, rows, shape, chunkBytes));
    }

    @Override
    public void apply(List<LogEntry> entries) {
        if (entries.isEmpty()) {
            return;
        }
        visit(
                "applying",
                () -> {
                    synchronized (applier) {
                        EntryOrder.check(database.tablet(), applied, shape, entries);
                        applier.apply(applied, shape, entries);
                        return applied;
                    }
                });
    }

    @Override
    public OptionalLong earliestExpiry() {
        return visit("reading", expiry::earliest);
    }

    @Override
    public int countExpired(long beforeMillis, int most) {
        return visit("reading", () -> expiry.count(beforeMillis, most));
    }

    @Override
    public KeyRange range() {
        return shape.range();
    }

    @Override
    public Optional<Division> division() {
        return Optional.ofNullable(shape.division());
    }

    @Override
    public Optional<Sealing> sealing() {
        return Optional.ofNullable(shape.sealing());
    }

    @Override
    public long cancelledSplit() {
        return shape.cancelledSplit();
    }

    @Override
    public boolean counted() {
        return shape.counted();
    }

    @Override
    public boolean settled() {
        return shape.settled();
    }

    @Override
    public boolean trimmed() {
        return settling.trimmed();
    }

    @Override
    public void trim() {
        settling.trim();
    }

    @Override
    public boolean compacts() {
        return visit("settling", () -> RocksFigures.compactions(database)) > 0;
    }

    @Override
    public void relieve() {
        visit(
                "settling",
                () -> {
                    database.relieve();
                    return null;
                });
    }

    @Override
    public boolean count(int most) {
        return settling.count(most);
    }

    @Override
    public void settle() {
        settling.settle();
    }

    @Override
    public Optional<Bytes> middle() {
        return applied.bytes() <= WALKED_BYTES_MAX
                ? Middle.of(this)
                : visit("looking for the middle", () -> RocksMiddle.of(database, shape.range()));
    }

    @Override
    public void stopSettling() {
        settling.stop();
    }

    /** A cursor over its rows, and the counts of that very view. */
    RocksSettling.View view() {
        synchronized (applier) {
            return new RocksSettling.View(scan(shape.range(), false, false), applied);
        }
    }

    /** What settling writes between two groups of entries, with the shape that comes of it. */
    void change(RocksSettling.Step step) {
        visit(
                "settling",
                () -> {
                    synchronized (applier) {
                        RocksSettling.Result result = step.take(applied, shape);
                        applied = result.applied();
                        shape = result.shape();
                        return null;
                    }
                });
    }

    /** As {@link #visit}, for who settles or divides the store. */
    <T> T inside(String doing, Visit<T> visit) {
        return visit(doing, visit);
    }

    /** Its files as they are, flushed, under another path; nothing is copied (hard links). */
    void linkTo(Path folder) {
        visit(
                "linking",
                () -> {
                    try (Checkpoint checkpoint = Checkpoint.create(database.db())) {
                        checkpoint.createCheckpoint(folder.toString());
                    }
                    return null;
                });
    }

    StoreShape shape() {
        return shape;
    }

    @Override
    public void flush() {
        database.gate().enter();
        try {
            flushInside();
        } finally {
            database.gate().leave();
        }
    }

    private void flushInside() {
        Applied before = applied;
        if (before.index() == flushed.index()) {
            return;
        }
        database.flush();
        synchronized (this) {
            if (before.index() > flushed.index()) {
                flushed = before;
            }
        }
    }

    long unflushedBytes() {
        return visit("measuring", () -> RocksFigures.unflushedBytes(database));
    }

    @Override
    public long sizeOnDiskBytes() {
        return visit("measuring", () -> RocksFigures.sizeOnDiskBytes(database));
    }

    private <T> T visit(String doing, Visit<T> visit) {
        database.gate().enter();
        try {
            return visit.read();
        } catch (RocksDBException failure) {
            throw RocksFailures.of(doing + " tablet " + database.tablet(), failure);
        } finally {
            database.gate().leave();
        }
    }

    /** Waits for callers inside, flushes and frees; open cursors end with {@code no_master}. */
    @Override
    public void close() {
        settling.stop();
        if (!database.gate().shut()) {
            return;
        }
        try {
            flushInside();
        } finally {
            free();
        }
    }

    /** Closes without the flush, as the end of the process would. */
    void abandon() {
        settling.stop();
        if (database.gate().shut()) {
            free();
        }
    }

    /** Ends as {@link #abandon} does, but for the database, which is another tablet's from now on. */
    TabletDatabase letGo(TabletId other) {
        settling.stop();
        if (!database.gate().shut()) {
            throw database.gate().closed();
        }
        applier.free();
        return database.of(other);
    }

    private void free() {
        applier.free();
        database.free();
        whenClosed.run();
    }
}
