package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.oplog.OplogObserver;
import io.ebla.tabletserver.oplog.SegmentOplog;
import io.ebla.tabletserver.oplog.SimulatedDisk;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.store.CrashableTabletStores;
import io.ebla.tabletserver.store.TabletStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * A node of a {@link LocalGroup}: one process after another on one disk. What it holds is opened, made,
 * rebuilt and dropped by the production {@link LocalReplicas}.
 */
public final class GroupNode {
    private static final long MILLI = Timeline.MILLI;
    private static final long TICK = 10 * MILLI;

    static final long DISK_BYTES = 64L << 20;

    private static final long ORDERLY_END_NANOS = 300 * MILLI;

    public final NodeId id;
    public final DriftingClock clock;
    final ReplicaId replica;
    private final LocalGroup group;
    private final Timeline time;
    private final SimulatedReplicaFiles files = new SimulatedReplicaFiles();
    private SimulatedDisk disk;
    private CrashableTabletStores stores = new CrashableTabletStores();
    private StoreId storeId;
    private int disks;
    private Former former;
    private int runs;
    private Ticks ticks;
    private Statuses statuses;
    private Incarnation incarnation;
    private SegmentOplog journal;
    private Oplog oplog;
    private LocalReplicas replicas;
    private StoreFlushing flushing;
    private StoreSettling settling;
    private MetaCalls calls;
    private SimulatedSnapshots snapshots;
    private NodeBeats beats;
    private boolean up;
    private boolean starting;
    private boolean opening;
    private boolean writing;
    private long frozenUntilNanos;
    private boolean syncing;
    private boolean damaged;
    private int rotsInRun;
    private boolean ending;
    private boolean diedUnseen;

    /** As if no run lived for so long that it may forget what those before granted. */
    private long longestLeaseMillis;

    /** How often a master told it to fetch a snapshot. */
    public int rebuildsWanted;

    /** Whether syncs hang until this is false again. */
    public boolean syncsHeld;

    GroupNode(LocalGroup group, String name) {
        this.group = group;
        this.time = group.time();
        id = new NodeId(name);
        clock = new DriftingClock(time);
        replica = new ReplicaId("r-" + name);
        newDisk();
    }

    private void newDisk() {
        disk = new SimulatedDisk(time.random().nextLong(), DISK_BYTES);
        storeId = new StoreId("s-" + id + "-" + disks++);
    }

    /** It holds an empty replica from the beginning, without having been told to make it. */
    void holdsOne() {
        files.write(new ReplicaFiles.Replica(LocalGroup.TABLET, LocalGroup.TABLE, "", "", replica));
    }

    LocalGroup group() {
        return group;
    }

    public boolean isUp() {
        return up;
    }

    /** Counts its processes. */
    int run() {
        return runs;
    }

    /** The tablet, or null while none is open here. */
    public Tablet tablet() {
        LocalReplica open = replicas.of(LocalGroup.TABLET);
        return open == null ? null : open.tablet();
    }

    /** The tablet with that id, or null while none is open here. */
    Tablet tablet(TabletId id) {
        return replicas.open(id);
    }

    /** All that are open, the older first. */
    List<Tablet> tablets() {
        return replicas.allOpen().stream()
                .sorted(Comparator.comparing(tablet -> tablet.id().value()))
                .toList();
    }

    /** Whether a tablet here is in that state; while there is none, it is as good as open. */
    boolean is(TabletState wanted) {
        List<Tablet> open = tablets();
        return open.isEmpty()
                ? wanted == TabletState.OPEN
                : open.stream().anyMatch(each -> each.state() == wanted);
    }

    boolean masters() {
        return tablets().stream().anyMatch(each -> each.state().masters());
    }

    boolean servesStrongReads() {
        return tablets().stream().anyMatch(Tablet::servesStrongReads);
    }

    LocalReplicas replicas() {
        return replicas;
    }

    /** What meta asks of this run. */
    MetaCalls metaCalls() {
        return calls;
    }

    SimulatedSnapshots snapshots() {
        return snapshots;
    }

    public TabletStore store() {
        return tablet().store();
    }

    public Oplog oplog() {
        return oplog;
    }

    public SimulatedDisk disk() {
        return disk;
    }

    public Incarnation incarnation() {
        return incarnation;
    }

    StoreId storeId() {
        return storeId;
    }

    public ReplicaId replica() {
        return replica;
    }

    /** OPEN while there is no tablet to ask. */
    TabletState state() {
        Tablet open = tablet();
        return open == null ? TabletState.OPEN : open.state();
    }

    /** Whether it found that what it holds cannot be right. */
    boolean corrupted() {
        return replicas.all().stream()
                .anyMatch(
                        held ->
                                held.isOpen()
                                        ? held.tablet().state() == TabletState.CORRUPTED
                                        : held.refusal().code() == ErrorCode.CORRUPTED);
    }

    /** Whether something was done to its disk that it may find. */
    boolean damaged() {
        return damaged;
    }

    /** Its disk is damaged in this run: it may find that at any time, or its next run at once. */
    void rots() {
        rotsInRun = runs;
        damaged = true;
    }

    boolean isRotten() {
        return rotsInRun == runs;
    }

    void damage(boolean now) {
        damaged = now;
    }

    boolean leaseHolds() {
        return tablet() != null && leaseHolds(this, tablet());
    }

    static boolean leaseHolds(GroupNode node, Tablet tablet) {
        DriftingClock clock = node.clock;
        return tablet.parts().lease().holds(clock.monotonicNanos(), clock.wallMillis());
    }

    /** What it says of its replica in a heartbeat. */
    MetaApi.TabletStatus reports() {
        return statuses().stream()
                .filter(status -> status.tablet().equals(LocalGroup.TABLET))
                .findFirst()
                .orElseThrow();
    }

    /** What this run reports of all its replicas. */
    List<MetaApi.TabletStatus> statuses() {
        boolean room = oplog.condition() != Oplog.Condition.DISK_FULL;
        return statuses.of(replicas.all(), room, clock.monotonicNanos(), replicas::rebuilding);
    }

    /** A new process on what the disk holds; the map it gets is the caller's to tell. */
    public void start() {
        runs++;
        incarnation = new Incarnation(id.value() + "-" + runs);
        up = true;
        syncing = false;
        syncsHeld = false;
        ending = false;
        try {
            journal =
                    SegmentOplog.openWithoutThreads(
                            group.tampering().disk(this, disk),
                            NodeNumbers.journal(group),
                            clock,
                            OplogObserver.NONE,
                            () -> {});
        } catch (IOException failed) {
            requireAilingDisk(failed);
            endWithoutDisk();
            return;
        }
        oplog = group.tampering().oplog(this, TamperedOplog.of(journal, new Switches()));
        Executor executor = whileThisRunLives();
        Clock seen = group.tampering().clock(this, clock);
        ReplicationSettings told = group.tampering().replication(this, group.replication());
        JudgedClock judged = new JudgedClock(seen, told.maxClockOffsetMillis());
        statuses = new Statuses();
        ticks = new Ticks(judged, group.settings(), this::tablets);
        NodeLinks links = new NodeLinks(this, ticks);
        Storage storage =
                new Storage(
                        oplog,
                        new GroupStores(
                                stores,
                                files,
                                this::watched,
                                group.tampering().settlesInstallations(),
                                tablet -> group.removes(this, tablet),
                                step -> group.makes(this, step),
                                joining -> group.tampering().joining(this, joining),
                                group.tampering().joinsAnything()));
        replicas =
                new LocalReplicas(
                        id,
                        incarnation,
                        Map.of(StoreKind.DISK, storage),
                        files,
                        new TabletFactory(
                                id,
                                judged,
                                group.settings(),
                                told,
                                readers(),
                                writers(),
                                links,
                                TabletObserver.NONE,
                                new ReplicationCounters(),
                                earlierGrants(seen, told)),
                        task -> open(executor, task),
                        task -> open(executor, task),
                        clock,
                        new TabletDirectory());
        flushing =
                new StoreFlushing(
                        clock,
                        Map.of(StoreKind.DISK, storage),
                        NodeNumbers.host(group),
                        replicas::all);
        snapshots = new SimulatedSnapshots(this, time);
        beats = new NodeBeats(judged, judged, told, links, replicas::open, this::tablets);
        calls = new MetaCalls(storeId, incarnation, replicas, executor);
        settling = new StoreSettling(executor, clock, this::tablets);
        starting = true;
        replicas.openHeld();
        starting = false;
        int run = runs;
        every(TICK, run, this::tick);
        every(group.replication().beatMillis() * MILLI, run, beats::beat);
    }

    /** A journal opens on a disk to which nothing was done: else it is the journal that failed. */
    private void requireAilingDisk(IOException failed) {
        if (!disk.ails()) {
            GroupLedger.Violation found =
                    new GroupLedger.Violation(
                            id + " cannot open its journal on a good disk: " + failed.getMessage());
            found.initCause(failed);
            throw found;
        }
    }

    /** Without a journal there is no process; what it had begun to write is lost if the power went. */
    private void endWithoutDisk() {
        diedUnseen = true;
        if (disk.isPowered()) {
            kill();
        } else {
            crash();
        }
    }

    /** Whether it died by itself, perhaps so shortly that only broken links tell of it; asked once. */
    boolean diedUnseen() {
        boolean died = diedUnseen;
        diedUnseen = false;
        return died;
    }

    /** Writes what is queued; whether there was anything. */
    private boolean stepJournal() {
        boolean busy = journal.step();
        if (!disk.isPowered()) {
            endWithoutDisk();
        }
        return busy;
    }

    /** As of a process that takes its directory while it opens what that holds. */
    private EarlierGrants earlierGrants(Clock seen, ReplicationSettings told) {
        opening = true;
        EarlierGrants earlier = new EarlierGrants(seen, told.leaseMillis(), longestLeaseMillis);
        opening = false;
        longestLeaseMillis = Math.max(longestLeaseMillis, told.leaseMillis());
        return earlier;
    }

    /** A store whose memory may not know, and of which somebody may lie or look on. */
    private TabletStore watched(TabletStore store) {
        TabletStore cold = ColdReads.of(store, group.world, time.random());
        return group.watched(this, group.tampering().store(this, cold));
    }

    /** What is held is open as soon as the process runs; everything later takes its time. */
    private void open(Executor executor, Runnable task) {
        if (starting) {
            opened(task);
        } else {
            executor.execute(() -> opened(task));
        }
    }

    private void opened(Runnable task) {
        opening = true;
        try {
            task.run();
        } catch (Killed power) {
            crash();
        } finally {
            opening = false;
        }
    }

    /** Whoever hears of a step of this node may end it there: nothing of the step goes on. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1;
    }

    private void logBegun() {
        try {
            group.makes(this, MakingStep.LOG_BEGUN);
        } catch (Killed power) {
            crash();
        }
    }

    /** The descriptors on its disk. */
    List<ReplicaFiles.Replica> descriptors() {
        return files.list();
    }

    /** Whether there is anything of a store of a tablet on its disk, open or not. */
    boolean hasStore(TabletId tablet) {
        return stores.tablets().contains(tablet);
    }

    /** The replica that its disk holds, or null. */
    ReplicaId held() {
        return held(LocalGroup.TABLET);
    }

    ReplicaId held(TabletId tablet) {
        return files.list().stream()
                .filter(each -> each.tablet().equals(tablet))
                .map(ReplicaFiles.Replica::replica)
                .findFirst()
                .orElse(null);
    }

    /** A map reaches it. */
    void update(ClusterMap map) {
        if (up) {
            replicas.update(group.tampering().map(this, map));
        }
    }

    private void tick() {
        if (!syncsHeld) {
            stepJournal();
        }
        if (!up) {
            return;
        }
        if (journal.condition() == Oplog.Condition.FAILED && group.copies()) {
            endSoon();
        }
        group.tampering().ticking(this);
        replicas.retry();
        if (NodeNumbers.areTight(group)) {
            flushing.check();
        }
        settling.check();
        ticks.tick();
    }

    /** As a process does whose journal failed: reads go on for a moment. */
    private void endSoon() {
        if (!ending) {
            ending = true;
            int run = runs;
            time.after(
                    time.random().nextLong(100) * MILLI,
                    () -> {
                        if (up && runs == run) {
                            if (time.random().nextBoolean()) {
                                crash();
                            } else {
                                kill();
                            }
                        }
                    });
        }
    }

    /** Whether its journal failed: it ends soon, and answers nothing new. */
    boolean diskFailed() {
        return journal.condition() == Oplog.Condition.FAILED;
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

    /** Whether its process begins, and opens what it finds. */
    boolean isStarting() {
        return starting;
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

    /** Another node's answer to a beat arrives. */
    void hears(NodeId from, NodeBeat.Reply reply) {
        beats.receive(from, reply);
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
                    if (up && runs == run) {
                        syncing = false;
                        if (syncsHeld || frozenUntilNanos > time.nowNanos() || stepJournal()) {
                            syncSoon(run);
                        }
                    }
                });
    }

    /**
     * The process ends: it hands over, finishes what is in flight, and closes; each if it can, within a
     * while.
     */
    void end() {
        if (!up || ending) {
            return;
        }
        ending = true;
        int run = runs;
        List<Tablet> open = tablets();
        int[] left = {open.size()};
        Runnable ended =
                () -> {
                    if (--left[0] == 0) {
                        closed();
                    }
                };
        for (Tablet tablet : open) {
            WritePipeline pipeline = tablet.pipeline();
            Runnable close = soon(run, () -> pipeline.close(soon(run, ended)));
            pipeline.handOverToBest(soon(run, () -> pipeline.drain(close)));
        }
        time.after(ORDERLY_END_NANOS, soon(run, this::closed));
    }

    private Runnable soon(int run, Runnable task) {
        return () ->
                time.after(
                        0,
                        () -> {
                            if (up && runs == run) {
                                task.run();
                            }
                        });
    }

    private void closed() {
        journal.close();
        kill();
    }

    /** It is told that what it had under way to another node was lost. */
    void loses(GroupNode other) {
        if (up && other != this) {
            tablets().forEach(tablet -> tablet.pipeline().disconnected(other.id));
        }
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

    /** Its disk is replaced by an empty one while it is down. */
    void wipe() {
        former = new Former(disk, stores, storeId, files.list());
        newDisk();
        stores = new CrashableTabletStores();
        if (!group.tampering().keepsIdentity()) {
            files.clear();
        } else {
            storeId = new StoreId("s-" + id + "-" + (disks - 2));
        }
    }

    /** A data directory that is out of its machine. */
    private record Former(
            SimulatedDisk disk,
            CrashableTabletStores stores,
            StoreId storeId,
            List<ReplicaFiles.Replica> replicas) {}

    boolean hasFormerDisk() {
        return former != null;
    }

    /** The disk that was replaced is back while the node is down, and the other one is gone. */
    void diskBack() {
        disk = former.disk();
        stores = former.stores();
        storeId = former.storeId();
        files.clear();
        former.replicas().forEach(files::write);
        former = null;
    }

    /** Begins a new run, and tells it the map. */
    public void restart() {
        start();
        group.publish(this);
    }

    /** Flushes the store and tells the journal. */
    public void flush() {
        for (LocalReplica held : up ? replicas.all() : List.<LocalReplica>of()) {
            if (held.isOpen()) {
                flushing.flush(held);
            }
        }
    }

    // ------------------------------------------------------------ requests

    Answers<WriteResult> write(WriteRequest request) {
        Answers<WriteResult> answer = new Answers<>();
        tablet().write(request, whileThisRunLives(), answer);
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

    Answers<ReadResult> get(TabletId id, String pk) {
        return get(tablet(id), pk, ReadLevel.STRONG, null);
    }

    Answers<ReadResult> get(String pk, ReadLevel level, Position atLeast) {
        return get(tablet(), pk, level, atLeast);
    }

    private Answers<ReadResult> get(Tablet tablet, String pk, ReadLevel level, Position atLeast) {
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
        if (tablet() == null) {
            return held;
        }
        try (TabletStore.RowCursor cursor = store().scan(KeyRange.ALL, false, true)) {
            for (Row row = cursor.next(); row != null; row = cursor.next()) {
                held.add(row);
            }
        }
        return held;
    }

    @Override
    public String toString() {
        return id.value();
    }

    NodeBeats beats() {
        return beats;
    }

    /** Tells when the log was durably begun behind a snapshot, and the new store is not in its place yet. */
    private final class Switches implements TamperedOplog.Change {

        @Override
        public void before(String method, Object[] arguments) {
            if (method.equals("restart")) {
                Oplog.AppendListener told = (Oplog.AppendListener) arguments[3];
                arguments[3] =
                        new Oplog.AppendListener() {
                            @Override
                            public void durable() {
                                group.switched(GroupNode.this);
                                int run = runs;
                                soon(run, GroupNode.this::logBegun).run();
                                told.durable();
                            }

                            @Override
                            public void failed(RuntimeException cause) {
                                told.failed(cause);
                            }
                        };
            }
        }
    }
}
