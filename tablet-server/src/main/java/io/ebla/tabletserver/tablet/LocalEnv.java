package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.IdempotencyId;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.row.Row;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.store.Division;
import io.ebla.tabletserver.store.Sealing;
import io.ebla.tabletserver.store.TabletStore;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;

/**
 * The world of a tablet's pipeline on one node: its oplog, its store, read threads, and the workers
 * that run its turns.
 */
final class LocalEnv implements Env {

    private final TabletId tablet;
    private final Clock clock;
    private final Oplog oplog;
    private final TabletStore store;
    private final Executor readers;
    private final Executor workers;
    private final AppliedRows appliedRows = new AppliedRows();
    private final Group group;
    private WritePipeline pipeline;
    private Turn turn;

    /** The way to the other replicas of a node's tablets. */
    interface Group {

        /** A node that has no others. */
        Group NONE =
                new Group() {
                    @Override
                    public void send(NodeId to, ReplicaMessage message) {}

                    @Override
                    public void beatSoon() {}

                    @Override
                    public void rebuild(TabletId tablet, NodeId from) {}

                    @Override
                    public void split(TabletId tablet) {}

                    @Override
                    public void ticksWanted(WritePipeline tablet) {}
                };

        void send(NodeId to, ReplicaMessage message);

        void beatSoon();

        /** Fetches a tablet's store; {@link WritePipeline#notReplaced} hears if that fails. */
        void rebuild(TabletId tablet, NodeId from);

        /** A tablet was split, sealed or unsealed: has opened what is made of it. */
        void split(TabletId tablet);

        /** As {@link Ticks#add}. */
        void ticksWanted(WritePipeline tablet);
    }

    LocalEnv(
            TabletId tablet,
            Clock clock,
            Oplog oplog,
            TabletStore store,
            Executor readers,
            Executor workers,
            Group group) {
        this.tablet = tablet;
        this.clock = clock;
        this.oplog = oplog;
        this.store = store;
        this.readers = readers;
        this.workers = workers;
        this.group = group;
    }

    /** Names what {@link #wake} runs; once, before the first wake. */
    void runs(WritePipeline of) {
        pipeline = of;
        turn = new Turn(of, workers);
    }

    @Override
    public Clock clock() {
        return clock;
    }

    @Override
    public void append(LogBatch batch, long epoch, Oplog.AppendListener listener) {
        oplog.append(batch, epoch, listener);
    }

    @Override
    public void truncate(long lastIndexKept, Oplog.AppendListener listener) {
        oplog.truncate(tablet, lastIndexKept, listener);
    }

    @Override
    public LogBatch readLog(long fromIndex, int maxBytes) {
        return oplog.read(tablet, fromIndex, maxBytes);
    }

    @Override
    public void retainLog(long fromIndex) {
        oplog.retain(tablet, fromIndex);
    }

    @Override
    public void send(NodeId to, ReplicaMessage message) {
        group.send(to, message);
    }

    @Override
    public void beatSoon() {
        group.beatSoon();
    }

    @Override
    public void rebuild(NodeId from) {
        group.rebuild(tablet, from);
    }

    @Override
    public void promise(long epoch, Oplog.AppendListener listener) {
        oplog.promise(tablet, epoch, listener);
    }

    @Override
    public TabletStore.MemoryRead getFromMemory(RowKey key) {
        return store.getFromMemory(key);
    }

    @Override
    public TabletStore.MemoryRead getHeadFromMemory(RowKey key) {
        return store.getHeadFromMemory(key);
    }

    @Override
    public Optional<Row> getHead(RowKey key) {
        return store.getHead(key);
    }

    @Override
    public boolean changedAfter(long index, RowKey key) {
        return appliedRows.changedAfter(index, key);
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
    public void apply(List<LogEntry> entries) {
        appliedRows.applied(entries);
        store.apply(entries);
    }

    @Override
    public TabletStore.Applied applied() {
        return store.applied();
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
    public void split() {
        group.split(tablet);
    }

    @Override
    public OptionalLong earliestExpiry() {
        return store.earliestExpiry();
    }

    @Override
    public void read(Runnable task) {
        readers.execute(task);
    }

    @Override
    public void wake() {
        turn.wake();
    }

    @Override
    public void ticksWanted() {
        group.ticksWanted(pipeline);
    }
}
