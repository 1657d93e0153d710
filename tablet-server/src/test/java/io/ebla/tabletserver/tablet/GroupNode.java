package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.oplog.OplogObserver;
import io.ebla.tabletserver.oplog.OplogSettings;
import io.ebla.tabletserver.oplog.SegmentOplog;
import io.ebla.tabletserver.oplog.SimulatedDisk;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaNetwork;
import io.ebla.tabletserver.store.CrashableTabletStores;
import io.ebla.tabletserver.store.TabletStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executor;

/** A node of a {@link LocalGroup}: one process after another on one disk. */
public final class GroupNode {
    private static final long MILLI = Timeline.MILLI;
    private static final long TICK = 10 * MILLI;

    public final NodeId id;
    public final DriftingClock clock;
    public final SimulatedDisk disk;
    final ReplicaId replica;
    private final LocalGroup group;
    private final Timeline time;
    private final CrashableTabletStores stores = new CrashableTabletStores();
    private int runs;
    private Incarnation incarnation;
    private SegmentOplog oplog;
    private TabletStore store;
    private NodeBeats beats;
    private Tablet tablet;
    private boolean up;
    private boolean syncing;
    private boolean opening;
    private boolean writing;
    private long frozenUntilNanos;

    /** How often a master told it to fetch a snapshot; nothing is fetched here. */
    public int rebuildsWanted;

    /** Whether syncs hang until this is false again. */
    public boolean syncsHeld;

    GroupNode(LocalGroup group, String name) {
        this.group = group;
        this.time = group.time();
        id = new NodeId(name);
        clock = new DriftingClock(time);
        replica = new ReplicaId("r-" + name);
        disk = new SimulatedDisk(time.random().nextLong(), 64L << 20);
    }

    LocalGroup group() {
        return group;
    }

    public boolean isUp() {
        return up;
    }

    public Tablet tablet() {
        return tablet;
    }

    public TabletStore store() {
        return store;
    }

    public Oplog oplog() {
        return oplog;
    }

    public Incarnation incarnation() {
        return incarnation;
    }

    public ReplicaId replica() {
        return replica;
    }

    TabletState state() {
        return tablet.state();
    }

    boolean leaseHolds() {
        return tablet.parts().lease().holds(clock.monotonicNanos(), clock.wallMillis());
    }

    /** A new process on what the disk holds; the map it gets is the caller's to tell. */
    public void start() {
        runs++;
        incarnation = new Incarnation(id.value() + "-" + runs);
        up = true;
        syncing = false;
        syncsHeld = false;
        try {
            oplog =
                    SegmentOplog.openWithoutThreads(
                            disk,
                            OplogSettings.defaults()
                                    .withSegmentBytes(256 << 10)
                                    .withFreeSpace(0, 10),
                            clock,
                            OplogObserver.NONE,
                            () -> {});
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        store = group.watched(this, group.tampering().store(this, stores.open(LocalGroup.TABLET)));
        Executor executor = whileThisRunLives();
        Clock seen = group.tampering().clock(this, clock);
        Links links = new Links(runs);
        ReplicationSettings told = group.tampering().replication(this, group.replication());
        JudgedClock judged = new JudgedClock(seen, told.maxClockOffsetMillis());
        beats =
                new NodeBeats(
                        judged,
                        judged,
                        group.replication(),
                        links,
                        any -> any.equals(LocalGroup.TABLET) ? tablet : null,
                        this::tablets);
        opening = true;
        tablet =
                new TabletFactory(
                                id,
                                judged,
                                group.settings(),
                                told,
                                readers(),
                                writers(),
                                links,
                                TabletObserver.NONE)
                        .open(
                                LocalGroup.TABLET,
                                KeyRange.ALL,
                                group.tampering().oplog(this, oplog),
                                store);
        opening = false;
        int run = runs;
        every(TICK, run, this::tick);
        every(group.replication().beatMillis() * MILLI, run, beats::beat);
    }

    private Collection<Tablet> tablets() {
        return List.of(tablet);
    }

    private void tick() {
        if (!syncsHeld) {
            oplog.step();
        }
        group.tampering().ticking(this);
        if (tablet.pipeline().waiting() || tablet.pipeline().expiryDue(tablet.nowMillis())) {
            tablet.pipeline().tick();
        }
    }

    private void every(long nanos, int run, Runnable task) {
        time.after(
                time.random().nextLong(nanos) + 1,
                new Runnable() {
                    @Override
                    public void run() {
                        if (up && runs == run) {
                            whenAwake(task);
                            time.after(nanos, this);
                        }
                    }
                });
    }

    /** Runs tasks as events of their own, as long as this process lives. */
    Executor whileThisRunLives() {
        int run = runs;
        return task ->
                time.after(
                        time.micros(0, group.world.taskMaxMicros),
                        () ->
                                whenAwake(
                                        () -> {
                                            if (up && runs == run) {
                                                task.run();
                                                syncSoon(run);
                                            }
                                        }));
    }

    /** The writers' threads: known as such to whoever tampers with what they see. */
    private Executor writers() {
        Executor executor = whileThisRunLives();
        return task ->
                executor.execute(
                        () -> {
                            writing = true;
                            try {
                                task.run();
                            } finally {
                                writing = false;
                            }
                        });
    }

    /** The read threads, before a disk that takes its time. */
    private Executor readers() {
        Executor executor = whileThisRunLives();
        return task ->
                time.after(time.micros(0, group.world.readMaxMicros), () -> executor.execute(task));
    }

    /** Whether the tablet is being opened. */
    boolean isOpening() {
        return opening;
    }

    /** Whether a turn of the tablet's writer runs. */
    boolean isWriting() {
        return writing;
    }

    /** The machine is suspended: nothing runs and monotonic time stands still, and the wall goes on. */
    void suspend(long millis) {
        frozenUntilNanos = time.nowNanos() + millis * MILLI;
        time.after(millis * MILLI, () -> clock.stoodStill(millis));
    }

    /** Runs something a while later. */
    void later(long nanos, Runnable task) {
        time.after(nanos, task);
    }

    /** Runs something now, or as soon as the machine is no longer suspended. */
    void whenAwake(Runnable task) {
        if (frozenUntilNanos > time.nowNanos()) {
            time.after(frozenUntilNanos - time.nowNanos(), task);
        } else {
            task.run();
        }
    }

    /** The journal's own turn: what was queued is written and synced a while later. */
    private void syncSoon(int run) {
        if (syncing) {
            return;
        }
        syncing = true;
        time.after(
                time.micros(group.world.syncMinMicros, group.world.syncMaxMicros),
                () -> {
                    syncing = false;
                    if (up && runs == run) {
                        if (syncsHeld || frozenUntilNanos > time.nowNanos()) {
                            syncSoon(run);
                        } else if (oplog.step()) {
                            syncSoon(run);
                        }
                    }
                });
    }

    /** The process dies; what it wrote and did not sync may be lost with the power. */
    public void crash() {
        up = false;
        disk.crash();
        stores.crash();
    }

    /** The process dies and the machine does not: what it wrote is there. */
    public void kill() {
        up = false;
        disk.kill();
        stores.crash();
    }

    /** Begins a new run, and tells it the map. */
    public void restart() {
        start();
        group.publish(this);
    }

    /** Flushes the store and tells the journal. */
    public void flush() {
        store.flush();
        oplog.release(LocalGroup.TABLET, store.flushed().index());
    }

    // ------------------------------------------------------------ requests

    Answers<WriteResult> write(WriteRequest request) {
        Answers<WriteResult> answer = new Answers<>();
        tablet.write(request, whileThisRunLives(), answer);
        return answer;
    }

    Answers<WriteResult> put(String pk, String value) {
        return put(pk, value, WriteRequest.QUORUM);
    }

    Answers<WriteResult> put(String pk, String value, int copies) {
        return write(request(copies, SimulatedTablet.put(pk, value)));
    }

    WriteRequest request(int copies, RowOperation... operations) {
        return new WriteRequest(
                Arrays.asList(operations), copies, group.deadline(this, 2_000), "", null, null);
    }

    Answers<ReadResult> get(String pk) {
        return get(pk, ReadLevel.STRONG, null);
    }

    Answers<ReadResult> get(String pk, ReadLevel level, Position atLeast) {
        Answers<ReadResult> answer = new Answers<>();
        tablet.get(
                RowKey.of(pk),
                level,
                atLeast,
                group.deadline(this, 2_000),
                whileThisRunLives(),
                answer);
        return answer;
    }

    /** What its store holds. */
    List<Row> rows() {
        List<Row> held = new ArrayList<>();
        try (TabletStore.RowCursor cursor = store.scan(KeyRange.ALL, false, true)) {
            for (Row row = cursor.next(); row != null; row = cursor.next()) {
                held.add(row);
            }
        }
        return held;
    }

    /** Another node's answer to a beat arrives. */
    void hears(NodeId from, NodeBeat.Reply reply) {
        beats.receive(from, reply);
    }

    @Override
    public String toString() {
        return id.value();
    }

    /** What leaves this node. */
    private final class Links implements ReplicaNetwork, LocalEnv.Group {
        private final int run;

        private Links(int run) {
            this.run = run;
        }

        @Override
        public void send(NodeId to, ReplicaMessage message) {
            group.network()
                    .deliver(
                            GroupNode.this,
                            to,
                            target ->
                                    target.tablet
                                            .pipeline()
                                            .receive(
                                                    id,
                                                    group.tampering().message(target, message)));
        }

        @Override
        public void send(NodeId to, NodeBeat beat) {
            group.network()
                    .deliver(
                            GroupNode.this,
                            to,
                            target ->
                                    target.beats.receive(id, group.tampering().beat(target, beat)));
            for (GroupNode other : group.tampering().standIns(GroupNode.this, to)) {
                group.network()
                        .deliver(
                                GroupNode.this,
                                other.id,
                                target -> new StandIn(target, to).receive(id, beat));
            }
        }

        @Override
        public void send(NodeId to, NodeBeat.Reply reply) {
            group.network()
                    .deliver(
                            GroupNode.this,
                            to,
                            target ->
                                    target.hears(
                                            id, group.tampering().reply(GroupNode.this, reply)));
        }

        @Override
        public void rebuild(TabletId id, NodeId source) {
            rebuildsWanted++;
            tablet.pipeline().notReplaced();
        }

        @Override
        public void beatSoon() {
            time.after(
                    1_000,
                    () -> {
                        if (up && runs == run) {
                            beats.beat();
                        }
                    });
        }
    }
}
