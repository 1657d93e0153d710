package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.IdempotencyId;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.row.Row;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A tablet's rows in memory: one reference to an immutable {@link MemoryState}, replaced whole after
 * each {@link #apply}. A reader takes the reference and has a view that nothing changes, a writer
 * copies only paths of trees, and nobody locks.
 *
 * <p>The option that lost, a concurrent map, gives single reads as cheaply, but a pinned view then
 * needs several versions of each row and somebody who clears them away.
 */
final class InMemoryTabletStore implements TabletStore {

    /** Records of others that a look for the first one passes over: settling takes them out soon. */
    private static final int LOOK_MAX = 1_000;

    private final TabletId tablet;
    private final Consumer<InMemoryTabletStore> whenClosed;
    private volatile MemoryState state;
    private volatile MemoryState flushed;
    private volatile boolean closed;

    /** @param whenClosed called once when it is closed; its {@link #flushedState} is then the last */
    InMemoryTabletStore(
            TabletId tablet, MemoryState start, Consumer<InMemoryTabletStore> whenClosed) {
        this.tablet = tablet;
        this.whenClosed = whenClosed;
        state = start;
        flushed = start;
    }

    TabletId tablet() {
        return tablet;
    }

    MemoryState flushedState() {
        return flushed;
    }

    @Override
    public Applied applied() {
        return state.applied();
    }

    @Override
    public EpochStarts epochs() {
        return state.epochs();
    }

    /** Where it stood at the last flush: memory survives nothing, and its log with it (L6). */
    @Override
    public Applied flushed() {
        return flushed.applied();
    }

    @Override
    public Optional<Row> get(RowKey key) {
        return Optional.ofNullable(open().rows().get(key.encoded()));
    }

    @Override
    public MemoryRead getFromMemory(RowKey key) {
        Row row = open().rows().get(key.encoded());
        return row == null ? new MemoryRead.Absent() : new MemoryRead.Found(row);
    }

    @Override
    public Optional<IdempotencyRecord> idempotencyRecord(IdempotencyId id) {
        return Optional.ofNullable(open().idempotency().get(IdempotencyCodec.key(id)));
    }

    @Override
    public RowCursor scan(KeyRange range, boolean descending, boolean withValues) {
        MemoryState view = open();
        KeyRange held = range.intersect(view.shape().range());
        return held.isEmpty()
                ? new EmptyRowCursor()
                : new Cursor(view.rows().walk(held.from(), held.to(), descending), withValues);
    }

    @Override
    public Snapshot snapshot() {
        return snapshot(SnapshotChunk.TARGET_BYTES);
    }

    Snapshot snapshot(int chunkBytes) {
        MemoryState view = open();
        return new ChunkedSnapshot(
                tablet, view.applied(), new MemorySnapshotRecords(view, this::open), chunkBytes);
    }

    @Override
    public synchronized void apply(List<LogEntry> entries) {
        MemoryState before = open();
        EntryOrder.check(tablet, before.applied(), before.shape(), entries);
        state = new MemoryApplier(tablet, before).apply(entries);
    }

    @Override
    public KeyRange range() {
        return state.shape().range();
    }

    @Override
    public Optional<Division> division() {
        return Optional.ofNullable(state.shape().division());
    }

    @Override
    public Optional<Sealing> sealing() {
        return Optional.ofNullable(state.shape().sealing());
    }

    @Override
    public long cancelledSplit() {
        return state.shape().cancelledSplit();
    }

    @Override
    public boolean counted() {
        return state.shape().counted();
    }

    @Override
    public boolean settled() {
        return state.shape().settled();
    }

    @Override
    public boolean count(int most) {
        new MemorySettling(this).count();
        return true;
    }

    @Override
    public void settle() {
        new MemorySettling(this).settle();
    }

    /** One bounded step of settling, between two groups of entries. */
    synchronized void change(UnaryOperator<MemoryState> step) {
        state = step.apply(open());
    }

    MemoryState state() {
        return open();
    }

    @Override
    public OptionalLong earliestExpiry() {
        List<ExpiryKey> first = open().due(Long.MAX_VALUE, 1, LOOK_MAX);
        return first.isEmpty() ? OptionalLong.empty() : OptionalLong.of(first.get(0).expiresAt());
    }

    @Override
    public int countExpired(long beforeMillis, int most) {
        return open().due(beforeMillis, most, Integer.MAX_VALUE).size();
    }

    @Override
    public synchronized void flush() {
        flushed = open();
    }

    @Override
    public long sizeOnDiskBytes() {
        return 0;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            flush();
            closed = true;
            whenClosed.accept(this);
        }
    }

    /** Ends it as the death of the process would: what was not flushed is gone. */
    synchronized void abandon() {
        if (!closed) {
            closed = true;
            whenClosed.accept(this);
        }
    }

    private MemoryState open() {
        if (closed) {
            throw new EblaException(
                    ErrorCode.NO_MASTER, "tablet " + tablet + " has been closed on this node");
        }
        return state;
    }

    /** Walks the rows of one state. */
    private final class Cursor implements RowCursor {

        private final PersistentTree.Walk<Row> walk;
        private final boolean withValues;
        private boolean over;

        private Cursor(PersistentTree.Walk<Row> walk, boolean withValues) {
            this.walk = walk;
            this.withValues = withValues;
        }

        @Override
        public Row next() {
            if (over) {
                throw new IllegalStateException("the cursor is closed");
            }
            open();
            if (!walk.next()) {
                return null;
            }
            return withValues ? walk.value() : withoutValue(walk.value());
        }

        private static Row withoutValue(Row row) {
            return new Row(
                    row.key(),
                    null,
                    row.valueBytes(),
                    row.contentType(),
                    row.version(),
                    row.createdAt(),
                    row.updatedAt(),
                    row.expiresAt());
        }

        @Override
        public void close() {
            over = true;
        }
    }
}
