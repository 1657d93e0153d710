package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.IdempotencyId;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.row.Row;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaNetwork;
import io.ebla.tabletserver.store.Division;
import io.ebla.tabletserver.store.Sealing;
import io.ebla.tabletserver.store.TabletStore;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The world as the {@link WritePipeline} of one tablet sees it, and all of it: a simulation puts one
 * thread, virtual time and a disk that loses unsynced bytes behind these.
 */
interface Env {

    Clock clock();

    /** As {@link Oplog#append}; the listener may be called on any thread. */
    void append(LogBatch batch, long epoch, Oplog.AppendListener listener);

    /** As {@link Oplog#truncate}. */
    void truncate(long lastIndexKept, Oplog.AppendListener listener);

    /** As {@link Oplog#promise}. */
    void promise(long epoch, Oplog.AppendListener listener);

    /** As {@link Oplog#read}: only where a disk may be waited for. */
    LogBatch readLog(long fromIndex, int maxBytes);

    /** As {@link Oplog#retain}. */
    void retainLog(long fromIndex);

    /** As {@link ReplicaNetwork#send}. */
    void send(NodeId to, ReplicaMessage message);

    /** The log that this replica lacks is gone: its store is to be fetched from another node (L5). */
    void rebuild(NodeId from);

    /** Has this node's leases asked for at once, not at the next beat. */
    void beatSoon();

    TabletStore.MemoryRead getFromMemory(RowKey key);

    /** As {@link TabletStore#getHeadFromMemory}. */
    TabletStore.MemoryRead getHeadFromMemory(RowKey key);

    Optional<Row> get(RowKey key);

    /** As {@link TabletStore#getHead}. */
    Optional<Row> getHead(RowKey key);

    /** Whether {@link #apply} may have changed a row by an entry after that index. Writer only. */
    boolean changedAfter(long index, RowKey key);

    Optional<IdempotencyRecord> idempotencyRecord(IdempotencyId id);

    /** As {@link TabletStore#apply}. */
    void apply(List<LogEntry> entries);

    TabletStore.Applied applied();

    OptionalLong earliestExpiry();

    /** As {@link TabletStore#division}. */
    Optional<Division> division();

    /** As {@link TabletStore#sealing}. */
    Optional<Sealing> sealing();

    /** As {@link TabletStore#cancelledSplit}. */
    long cancelledSplit();

    /**
     * The tablet ended by a split, or was sealed or unsealed: what is to be made of it is opened on this
     * node.
     */
    void split();

    /**
     * Runs something that may wait for a disk, on another thread.
     *
     * @throws java.util.concurrent.RejectedExecutionException when too much waits already
     */
    void read(Runnable task);

    /** Has the pipeline's {@link WritePipeline#run} called soon, never twice at a time. Any thread. */
    void wake();

    /** Time matters to the tablet: it is ticked until it no longer {@linkplain Attention#isWanted waits}. */
    void ticksWanted();
}
