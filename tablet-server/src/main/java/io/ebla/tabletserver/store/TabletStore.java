package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.IdempotencyId;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.row.Row;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The applied state of one tablet replica: committed entries only, so it is never rolled back (L1).
 *
 * <p>It knows nothing of wall time: rows past their expiry are returned until an {@link
 * io.ebla.core.oplog.Mutation.Expire} removes them, and the reader judges them. One thread applies;
 * any thread reads. What was applied is durable only after {@link #flush}; a reopened store stands at
 * the position that it says, and everything up to that is there.
 */
public interface TabletStore extends AutoCloseable {

    /**
     * How far a store has come, kept in the same atomic write as the rows.
     *
     * @param epoch of the last applied entry, 0 for a new store
     * @param index of the last applied entry, 0 for a new store
     * @param timestampMillis its timestamp: a floor for tablet time (T1)
     * @param rows rows held, expired ones that are not yet removed included
     * @param bytes sum of {@link Row#sizeBytes()} of those rows
     */
    record Applied(long epoch, long index, long timestampMillis, long rows, long bytes) {

        public static final Applied NOTHING = new Applied(0, 0, 0, 0, 0);

        /** The same position with so many more rows and bytes, or fewer. */
        Applied counted(long moreRows, long moreBytes) {
            return new Applied(epoch, index, timestampMillis, rows + moreRows, bytes + moreBytes);
        }
    }

    /** What memory alone can say of a row. */
    sealed interface MemoryRead {

        /** What somebody who could wait has found. */
        static MemoryRead of(Optional<Row> row) {
            return row.isPresent() ? new Found(row.get()) : new Absent();
        }

        record Found(Row row) implements MemoryRead {}

        /** Certainly not there. */
        record Absent() implements MemoryRead {}

        /** Only the disk knows: ask {@link #get} on a thread that may wait. */
        record Incomplete() implements MemoryRead {}
    }

    Applied applied();

    /** Where each epoch of the applied entries began, kept in the same atomic write (W7). */
    EpochStarts epochs();

    /** Applied position that is known to survive power loss. */
    Applied flushed();

    /** Reads a row, from disk if need be. */
    Optional<Row> get(RowKey key);

    /** Reads a row without touching the disk; cheap enough for an event loop. */
    MemoryRead getFromMemory(RowKey key);

    /** As {@link #get}, but the row may come without its value, which may then not be read at all. */
    default Optional<Row> getHead(RowKey key) {
        return get(key);
    }

    /** As {@link #getFromMemory}, but the row may come without its value. */
    default MemoryRead getHeadFromMemory(RowKey key) {
        return getFromMemory(key);
    }

    Optional<IdempotencyRecord> idempotencyRecord(IdempotencyId id);

    /**
     * Opens a cursor over one consistent view of the rows in a range.
     *
     * @param descending from the end of the range to its start
     * @param withValues false leaves large values where they are: rows come with a null value
     */
    RowCursor scan(KeyRange range, boolean descending, boolean withValues);

    /**
     * Applies committed entries in order, each wholly, and moves the applied position with them in
     * one atomic write (an EXPIRE may end one and begin another).
     *
     * @throws IllegalStateException if the entries do not follow the applied index: a broken invariant
     */
    void apply(List<LogEntry> entries);

    /** When the first record of the expiry index falls due, ms since the epoch. */
    OptionalLong earliestExpiry();

    /** How many records of the expiry index are due at {@code beforeMillis}, counted up to {@code most}. */
    int countExpired(long beforeMillis, int most);

    /** What it shows; it may lie over files that hold more, until it is {@linkplain #settle settled}. */
    default KeyRange range() {
        return KeyRange.ALL;
    }

    /** Into what the tablet was split; from then on only starts of epochs are applied (R4). */
    default Optional<Division> division() {
        return Optional.empty();
    }

    /**
     * The merge for which the tablet is sealed; but for a CANCEL only starts of epochs are applied then (R6).
     */
    default Optional<Sealing> sealing() {
        return Optional.empty();
    }

    /**
     * The lower child of the last split, or the tablet of the last merge, that was cancelled, 0 for none:
     * that split never comes (R4).
     */
    default long cancelledSplit() {
        return 0;
    }

    /** Whether {@link #applied} tells its rows and bytes exactly: not so for a while after a split. */
    default boolean counted() {
        return true;
    }

    /** Whether nothing is left to do for {@link #settle}. */
    default boolean settled() {
        return true;
    }

    /** Whether nothing is left to do for {@link #trim}. */
    default boolean trimmed() {
        return true;
    }

    /**
     * Takes out what lies outside the range of a store that a split made over the files of another, as far as
     * that rewrites no row. One thread at a time, and while nobody counts or {@linkplain #settle settles} it.
     */
    default void trim() {}

    /** Whether anything of it is compacted now, or is due. Cheap; any thread. */
    default boolean compacts() {
        return false;
    }

    /**
     * Has a store that waits to be {@linkplain #settle settled} before it compacts do so now, if so much has
     * piled up in it that writes would have to wait later. Cheap; any thread.
     */
    default void relieve() {}

    /**
     * Counts what a store holds that a split made over the files of another, so that {@link #counted} holds:
     * goes on from where it was, for some rows. One thread at a time, the one that {@linkplain #settle
     * settles}.
     *
     * @param most rows to look at, about
     * @return whether all are counted
     */
    default boolean count(int most) {
        return true;
    }

    /**
     * Brings a store in order that a split made over the files of another: counts what it holds, and
     * removes what lies outside its range. May take long; changes nothing that a reader sees but the
     * counts. One thread at a time, any but the applying one; goes on where a restart cut it off.
     */
    default void settle() {}

    /** Whatever settles it ends soon, and for good: the store is about to be closed. Any thread. */
    default void stopSettling() {}

    /**
     * The bound at which half of the bytes lie below, for a split there; empty when all rows share one pk.
     * May take long.
     */
    default Optional<Bytes> middle() {
        return Middle.of(this);
    }

    /** Pins what was applied so far, to be copied to another node (L5). */
    default Snapshot snapshot() {
        throw new UnsupportedOperationException("snapshot");
    }

    /** Returns when everything applied before the call survives power loss. */
    void flush();

    /** Bytes on disk, 0 in memory. */
    long sizeOnDiskBytes();

    @Override
    void close();

    /** A cursor over rows; owned by one thread at a time, and closed by its owner. */
    interface RowCursor extends AutoCloseable {

        /** The next row, or null at the end. */
        Row next();

        @Override
        void close();
    }
}
