package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.LogBatch;
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
     * Queues entries of one tablet, in index order. The start of a mastership, and what cancels a split or
     * merge, is taken on a full disk too while there is room at all; other entries are not.
     *
     * @throws io.ebla.core.contract.EblaException not applied: {@code disk_full}, {@code disk_failed},
     *     {@code corrupted}, {@code too_large}, or {@code overloaded} when the queue is at its bound
     */
    void append(List<LogEntry> entries, AppendListener listener);

    /**
     * Queues entries with their bytes: what was encoded already is copied, not encoded again.
     *
     * @see #append(List, AppendListener)
     */
    default void append(LogBatch batch, AppendListener listener) {
        append(batch.entries(), listener);
    }

    /**
     * Queues entries, perhaps of older masterships, that the master of an epoch hands on to a slave (E6):
     * it is the master's epoch that must not be below a promised one (E4).
     *
     * @param epoch of the mastership that hands them on
     * @see #append(List, AppendListener)
     */
    default void append(LogBatch batch, long epoch, AppendListener listener) {
        append(batch, listener);
    }

    /**
     * Durably cuts a tablet's log behind an entry (E6); taken on a full disk too. Goes through the queue
     * with appends and promises: what was queued before it is judged before it, what is queued after it
     * follows the cut. A log that ends there already is left as it is.
     *
     * <p>Fails as a broken invariant when the log does not reach there, does not hold that entry any
     * more, or says itself that later ones are committed; {@code corrupted} when it lost entries.
     *
     * @param lastIndexKept index of the last entry that stays, 0 for none
     */
    default void truncate(TabletId tablet, long lastIndexKept, AppendListener listener) {
        throw new UnsupportedOperationException("truncate");
    }

    /**
     * Durably says that the store holds everything up to an entry (L5): a log that does not hold that
     * very entry ends there from now on, empty; one that does keeps what follows it. A tablet never
     * heard of begins there. Goes through the queue as {@link #truncate} does, and is taken on a full
     * disk too. The promised epoch stays, or rises to the entry's.
     *
     * <p>Fails as a broken invariant when the log says itself that it has committed another entry there,
     * or holds entries only behind it; {@code corrupted} when it lost entries.
     */
    default void restart(TabletId tablet, long epoch, long index, AppendListener listener) {
        throw new UnsupportedOperationException("restart");
    }

    /**
     * Durably says that a replica of a tablet was made here: an empty log begins, if there is none. What was
     * {@linkplain #drop dropped} before was another replica's, and is not said of this one after a restart
     * (L7). Taken on a full disk too.
     */
    void begin(TabletId tablet, AppendListener listener);

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
     * Reads durable entries from an index on, in order, for a slave that catches up: at least one when
     * there is one, and no more than fit. Waits for the disk. The log may be cut or freed meanwhile:
     * then it fails, and never gives entries that were cut before the call ended.
     *
     * @param maxBytes of the encoded entries, unless one alone is larger
     * @return empty when the log ends before {@code fromIndex}
     * @throws io.ebla.core.contract.EblaException {@code position_lost} when the log begins behind {@code
     *     fromIndex} (the slave needs a snapshot), {@code no_master} when the log was cut meanwhile,
     *     {@code corrupted} or {@code disk_failed} when it cannot be read
     */
    default LogBatch read(TabletId tablet, long fromIndex, int maxBytes) {
        throw new UnsupportedOperationException("read");
    }

    /**
     * Says that a slave still needs the log from an index on, although the store does not (L4). Replaces
     * what was said before; {@link Long#MAX_VALUE} for nobody. Kept in memory only, and heeded while all
     * log together stays below the retention bound: what is freed nevertheless shows in {@link
     * Tail#firstIndex}.
     */
    default void retain(TabletId tablet, long fromIndex) {}

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

    /** Whether it holds so much that who makes it hold more, and could do without, had better do without. */
    default boolean crowded() {
        return condition() == Condition.DISK_FULL;
    }

    /** Bytes of log held now. */
    long sizeBytes();

    /** Syncs what is queued, writes the closing marker, ends the thread. */
    @Override
    void close();
}
