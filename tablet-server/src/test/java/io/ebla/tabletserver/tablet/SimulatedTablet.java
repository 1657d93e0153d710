package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.IdempotencyId;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.TabletStore;
import io.ebla.tabletserver.store.TabletStores;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * The production tablet in a world of one thread: writers, readers and callers are one queue of tasks
 * that {@link #settle} runs, time is virtual, and syncs end when the test says so.
 */
final class SimulatedTablet {

    static final TabletId ID = new TabletId(7);
    static final NodeId NODE = new NodeId("t1");
    static final ReplicaId REPLICA = new ReplicaId("r1");
    static final long TIMEOUT_MILLIS = 2_000;

    final VirtualClock clock;
    final HeldOplog oplog;
    final TabletStores stores;
    final Deque<Runnable> tasks = new ArrayDeque<>();
    final Executor later = this::later;
    private final TabletSettings settings;
    TabletStore store;
    Tablet tablet;
    private long epoch;
    private boolean ended;

    SimulatedTablet(TabletStores stores, TabletSettings settings) {
        this(new VirtualClock(), new HeldOplog(), stores, settings);
    }

    SimulatedTablet(
            VirtualClock clock, HeldOplog oplog, TabletStores stores, TabletSettings settings) {
        this.clock = clock;
        this.oplog = oplog;
        this.stores = stores;
        this.settings = settings;
    }

    /** Opens and recovers it, nobody's master yet. */
    SimulatedTablet open() {
        return over(stores.open(ID));
    }

    /** Opens and recovers it over a store. */
    SimulatedTablet over(TabletStore opened) {
        tasks.clear();
        store = opened;
        tablet =
                new TabletFactory(
                                NODE,
                                clock,
                                settings,
                                ReplicationSettings.DEFAULTS,
                                later,
                                later,
                                LocalEnv.Group.NONE,
                                TabletObserver.NONE)
                        .open(ID, KeyRange.ALL, oplog, store);
        return this;
    }

    /** Makes it master of the next epoch, all syncs ending at once. */
    SimulatedTablet serve() {
        epoch++;
        takeOver(epoch);
        settleAndSync();
        return this;
    }

    /** The map names it master of an epoch, alone. */
    void takeOver(long newEpoch) {
        tablet.pipeline()
                .assign(
                        new Assignment(
                                true,
                                false,
                                ReplicaSet.alone(NODE, REPLICA),
                                newEpoch,
                                NODE,
                                true));
    }

    long epoch() {
        return epoch;
    }

    /** Its threads take nothing any more. */
    void endThreads() {
        ended = true;
    }

    private void later(Runnable task) {
        if (ended) {
            throw new RejectedExecutionException("the threads have ended");
        }
        tasks.add(task);
    }

    /** Runs every task, and those they make, until none is left. */
    void settle() {
        while (!tasks.isEmpty()) {
            tasks.poll().run();
        }
    }

    void settleAndSync() {
        settle();
        while (oplog.queuedAppends() > 0) {
            oplog.sync();
            settle();
        }
    }

    /** Lets time pass and the beat look at the tablet. */
    void pass(long millis) {
        clock.pass(millis);
        tablet.pipeline().tick();
        settle();
    }

    long deadline() {
        return clock.monotonicNanos() + TIMEOUT_MILLIS * 1_000_000L;
    }

    // ---------------------------------------------------------------- requests

    static RowKey key(String pk) {
        return RowKey.of(pk);
    }

    static Bytes bytes(String text) {
        return Bytes.utf8(text);
    }

    static RowOperation.Put put(String pk, String value) {
        return put(pk, value, 0, RowCondition.ALWAYS);
    }

    static RowOperation.Put put(String pk, String value, long ttlMillis, RowCondition condition) {
        return new RowOperation.Put(key(pk), bytes(value), "text/plain", ttlMillis, condition);
    }

    static RowOperation.Delete delete(String pk) {
        return new RowOperation.Delete(key(pk), RowCondition.ALWAYS);
    }

    WriteRequest request(RowOperation... operations) {
        return new WriteRequest(
                Arrays.asList(operations), WriteRequest.QUORUM, deadline(), "", null, null);
    }

    WriteRequest idempotent(String idempotencyKey, String fingerprint, RowOperation... operations) {
        return new WriteRequest(
                Arrays.asList(operations),
                WriteRequest.QUORUM,
                deadline(),
                "",
                new IdempotencyId(operations[0].key().pk(), "", idempotencyKey),
                bytes(fingerprint));
    }

    Answers<WriteResult> write(RowOperation... operations) {
        return write(request(operations));
    }

    Answers<WriteResult> write(WriteRequest request) {
        Answers<WriteResult> answer = new Answers<>();
        tablet.write(request, later, answer);
        settle();
        return answer;
    }

    /** Writes and syncs, and expects it to end well. */
    WriteResult written(RowOperation... operations) {
        Answers<WriteResult> answer = write(operations);
        settleAndSync();
        return answer.result();
    }

    Answers<ReadResult> get(String pk) {
        return get(pk, ReadLevel.STRONG, null);
    }

    Answers<ReadResult> get(String pk, ReadLevel level, Position atLeast) {
        Answers<ReadResult> answer = new Answers<>();
        tablet.get(key(pk), level, atLeast, deadline(), later, answer);
        settle();
        return answer;
    }

    Optional<String> value(String pk) {
        return get(pk).result().row().map(SimulatedTablet::text);
    }

    Answers<TabletScan> scan() {
        Answers<TabletScan> answer = new Answers<>();
        tablet.scan(KeyRange.ALL, false, true, ReadLevel.STRONG, null, deadline(), later, answer);
        settle();
        return answer;
    }

    static List<Row> rows(TabletScan scan) {
        List<Row> rows = new ArrayList<>();
        try (scan) {
            for (Row row = scan.next(); row != null; row = scan.next()) {
                rows.add(row);
            }
        }
        return rows;
    }

    static String text(Row row) {
        return new String(row.value().toArray(), StandardCharsets.UTF_8);
    }
}
