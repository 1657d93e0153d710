package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.LogEntry;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The ordered logs of all tablets of one node, made durable together: one journal, one group commit.
 *
 * <p>Appends never block: they are queued, written and synced in groups by the oplog's own thread,
 * which then calls the listeners; a listener must be short and must not call back into a blocking
 * method. For each tablet the entries become durable, and its listeners are called, in the order of
 * the appends. When {@link AppendListener#durable} is called, the entries survive power loss (on a
 * disk; L6 for memory).
 *
 * <p>A failed sync is final (L3): every append in flight and every later one fails with {@code
 * disk_failed}, and the outcome of those in flight is unknown.
 */
public interface Oplog extends AutoCloseable {

    /** Told once, on the oplog's thread, how an append ended. */
    interface AppendListener {

        void durable();

        /**
         * @param cause {@code disk_failed} with outcome unknown; {@code no_master}, not applied, when
         *     a higher epoch was promised before; {@code disk_full} or {@code disk_failed}, not
         *     applied, when it was never written; {@link IllegalStateException} when the entries do
         *     not follow the log: a broken invariant
         */
        void failed(RuntimeException cause);
    }

    /**
     * The end of one tablet's log.
     *
     * @param lastEpoch epoch of the last entry, 0 for an empty log
     * @param lastIndex index of the last entry, 0 for an empty log
     * @param promisedEpoch the highest epoch accepted, at least {@code lastEpoch} (E4, E7)
     * @param commitHint the highest commit index the log speaks of (L2)
     * @param firstIndex the oldest index still held, {@code lastIndex + 1} when none is
     */
    record Tail(
            long lastEpoch, long lastIndex, long promisedEpoch, long commitHint, long firstIndex) {}

    /** Why appends are refused, if they are. */
    enum Condition {
        OPEN,
        /** Below the free-space floor; ends by itself when there is room. */
        DISK_FULL,
        /** A sync failed; the process must end. */
        FAILED,
        CLOSED
    }

    /**
     * Queues entries of one tablet, in index order. The start of a mastership is taken on a full disk
     * too while there is room at all; other entries are not.
     *
     * @throws io.ebla.core.contract.EblaException not applied: {@code disk_full}, {@code disk_failed},
     *     {@code corrupted}, {@code too_large}, or {@code overloaded} when the queue is at its bound
     */
    void append(List<LogEntry> entries, AppendListener listener);

    /** Durably promises to take no append of an epoch below this one; taken on a full disk too. */
    void promise(TabletId tablet, long epoch, AppendListener listener);

    /** The end of a tablet's log as far as it is durable; empty when the log never heard of it. */
    Optional<Tail> tail(TabletId tablet);

    /**
     * Reads the durable entries of a tablet in order.
     *
     * @param fromIndex the first index wanted
     * @throws io.ebla.core.contract.EblaException {@code corrupted} if an entry from there to the tail
     *     cannot be read as it was written, or is below the tail's {@code firstIndex}
     */
    void replay(TabletId tablet, long fromIndex, Consumer<LogEntry> consumer);

    /**
     * Says that everything up to an index is durable in the tablet's store: log that no tablet needs
     * is freed (L4). Means nothing for a dropped tablet: a flush that ends late must not take away what
     * {@link #dropped} says until the files are gone.
     */
    void release(TabletId tablet, long flushedIndex);

    /** Tablets whose unreleased entries stand in the oldest log: flush these to free it (L4). */
    Set<TabletId> pinningOldest();

    /** Durably forgets a tablet: the DROPPED record that lets its files go (L7). */
    void drop(TabletId tablet, AppendListener listener);

    /** Tablets that were durably dropped, whose files may go, and that were not forgotten since. */
    Set<TabletId> dropped();

    /** Says that the files of a dropped tablet are gone: {@link #dropped} forgets it. */
    void forgetDropped(TabletId tablet);

    /**
     * Says that a tablet cannot be served because of corruption that the log does not know of: it
     * takes no appends and keeps no log of the others. Durable with the next checkpoint; whoever finds
     * the tablet corrupted after a crash before that says it again.
     */
    void corrupt(TabletId tablet);

    /** Tablets that lost entries to corruption; they must answer {@code corrupted} (L3). */
    Set<TabletId> corrupted();

    /**
     * Whether corruption may have swallowed the only trace of a tablet: then one that this node holds
     * and the log never heard of lost its log, and must answer {@code corrupted} as well.
     */
    boolean forgetful();

    Condition condition();

    /** Bytes of log held now. */
    long sizeBytes();

    /** Syncs what is queued, writes the closing marker, ends the thread. */
    @Override
    void close();
}
