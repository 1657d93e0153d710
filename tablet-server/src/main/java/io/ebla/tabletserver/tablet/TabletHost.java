package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaNetwork;
import io.ebla.tabletserver.replication.SnapshotSource;
import io.ebla.tabletserver.replication.SnapshotViews;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * All tablets of one node, and what they share: journal, stores, worker threads, read threads.
 *
 * <p>{@link #start} opens what the disk holds; maps then say what to serve, to make and to drop. When
 * the journal fails, reads go on for a moment and the process ends (L3). {@link #close} is the
 * graceful end: writes in flight are finished, stores flushed, files closed; after a kill the next
 * start recovers instead.
 */
public final class TabletHost implements AutoCloseable, ReplicaNetwork.Receiver, SnapshotViews {

    /**
     * What a host is made of. It closes the storages, not the data directory.
     *
     * @param incarnation this run of the process, random
     * @param clock of the tablets
     * @param judge what the clocks of others are told to, the one under that clock
     * @param network the way to other nodes
     */
    public record Parts(
            DataDirectory data,
            Incarnation incarnation,
            Clock clock,
            JudgedClock judge,
            Storage disk,
            Storage memory,
            TabletObserver observer,
            FatalExit fatalExit,
            ReplicaNetwork network) {

        /** Of a node that has no others. */
        public Parts(
                DataDirectory data,
                Incarnation incarnation,
                Clock clock,
                Storage disk,
                Storage memory,
                TabletObserver observer,
                FatalExit fatalExit) {
            this(
                    data,
                    incarnation,
                    clock,
                    new JudgedClock(clock, ReplicationSettings.DEFAULTS.maxClockOffsetMillis()),
                    disk,
                    memory,
                    observer,
                    fatalExit,
                    new NoNetwork());
        }
    }

    private final Parts parts;
    private final HostSettings settings;
    private final HostThreads threads;
    private final TabletDirectory directory = new TabletDirectory();
    private final LocalReplicas replicas;
    private final Orphans orphans;
    private final StoreFlushing flushing;
    private final StoreSettling settling;
    private final NodeBeats beats;
    private final MetaCalls calls;
    private final JournalWatch journal;
    private final ReplicationCounters counters = new ReplicationCounters();
    private final BeatsSoon beatsSoon;
    private final Ticks ticks;
    private final Statuses statuses = new Statuses();
    private volatile SnapshotSource snapshots;
    private boolean closed;

    public TabletHost(Parts parts, HostSettings settings) {
        this.parts = parts;
        this.settings = settings;
        this.threads = new HostThreads(settings);
        this.beatsSoon = new BeatsSoon(threads::onBeat, this::beatNow);
        long leaseMillis = settings.replication().leaseMillis();
        EarlierGrants earlier = EarlierGrants.of(parts.data().path(), parts.clock(), leaseMillis);
        threads.everyFlushCheck(settings.flushCheckMillis(), earlier::settle);
        TabletFactory factory =
                new TabletFactory(
                        parts.data().node(),
                        parts.clock(),
                        settings.tablet(),
                        settings.replication(),
                        threads.readers(),
                        threads.writers(),
                        new Others(),
                        parts.observer(),
                        counters,
                        earlier);
        Map<StoreKind, Storage> storages =
                Map.of(StoreKind.DISK, parts.disk(), StoreKind.MEMORY, parts.memory());
        ReplicaFiles files = new ReplicaFiles(parts.data().path());
        this.orphans = files.orphans();
        this.replicas =
                new LocalReplicas(
                        parts.data().node(),
                        parts.incarnation(),
                        storages,
                        files,
                        factory,
                        threads.openers(),
                        threads.merger(),
                        parts.clock(),
                        directory);
        this.ticks = new Ticks(parts.clock(), settings.tablet(), replicas::allOpen);
        this.beats =
                new NodeBeats(
                        parts.clock(),
                        parts.judge(),
                        settings.replication(),
                        parts.network(),
                        replicas::open,
                        replicas::allOpen);
        this.calls = new MetaCalls(store(), incarnation(), replicas, threads.preparers());
        this.journal =
                new JournalWatch(
                        parts.disk().oplog(), settings.failedGraceMillis(), parts.fatalExit());
        this.settling = new StoreSettling(threads.settlers(), parts.clock(), replicas::allOpen);
        this.flushing = new StoreFlushing(parts.clock(), storages, settings, replicas::all);
    }

    /** Begins to open what the disk holds, and to look after it. */
    public void start() {
        replicas.openHeld();
        threads.everyBeat(settings.tickMillis(), this::beat);
        threads.everyBeat(settings.replication().beatMillis(), beats::beat);
        threads.everyFlushCheck(settings.flushCheckMillis(), flushing::check);
        threads.everyFlushCheck(settings.flushCheckMillis(), settling::check);
    }

    public NodeId self() {
        return parts.data().node();
    }

    /** The data directory's own random name. */
    public StoreId store() {
        return parts.data().store();
    }

    /** This run of the process. */
    public Incarnation incarnation() {
        return parts.incarnation();
    }

    public TabletDirectory directory() {
        return directory;
    }

    /** The journal under the disk tables. */
    public Oplog oplog() {
        return parts.disk().oplog();
    }

    /**
     * Bounded threads for everything that may touch a disk; refuses with {@link
     * java.util.concurrent.RejectedExecutionException} when its queue is full.
     */
    public Executor readExecutor() {
        return threads.readers();
    }

    /** Takes in a map: opens, promotes and drops tablets. An older map is ignored. Any thread. */
    public void update(ClusterMap map) {
        replicas.update(map);
    }

    public List<MetaApi.TabletStatus> statuses() {
        boolean room = parts.disk().oplog().condition() != Oplog.Condition.DISK_FULL;
        return statuses.of(
                replicas.all(), room, parts.clock().monotonicNanos(), replicas::rebuilding);
    }

    /**
     * The wall clock, or the highest time of the tablets here while that is ahead of it. Who stamps entries
     * with a time that is ahead finds no follower, whether its wall clock still is or was put right (T2).
     */
    public long timeMillis() {
        return replicas.all().stream()
                .filter(LocalReplica::isOpen)
                .mapToLong(replica -> replica.tablet().parts().time().floorMillis())
                .reduce(parts.clock().wallMillis(), Math::max);
    }

    /** What metrics want to know of each open tablet. */
    public List<TabletFigures> figures() {
        return replicas.all().stream().filter(LocalReplica::isOpen).map(TabletFigures::of).toList();
    }

    /** Replicas here that the metadata does not know. */
    public int orphanedReplicas() {
        return orphans.replicas();
    }

    /** Folders among the tablets' of which nobody knows whose they are. */
    public int orphanedFolders() {
        return orphans.folders();
    }

    /** How the replication of each open tablet stands. */
    public List<ReplicationFigures> replication() {
        long nowNanos = parts.clock().monotonicNanos();
        long wallMillis = parts.clock().wallMillis();
        return replicas.all().stream()
                .filter(LocalReplica::isOpen)
                .map(
                        replica ->
                                ReplicationFigures.of(
                                        replica.tablet(),
                                        replica.self().table(),
                                        nowNanos,
                                        wallMillis))
                .toList();
    }

    /** What happened in replication since the process began. */
    public ReplicationCounters replicationCounters() {
        return counters;
    }

    /**
     * The leading meta-server told its wall clock (T2). Any thread.
     *
     * @param askedNanos monotonic time at which it was asked
     */
    public void heardMetaClock(long wallMillis, long askedNanos) {
        parts.judge().heardMeta(wallMillis, askedNanos);
    }

    /** By how much this node's wall clock is ahead of the median of others and itself (T2). */
    public long clockOffsetMillis() {
        return parts.judge().offsetMillis();
    }

    /** Reads that wait for a read thread. */
    public int readQueueDepth() {
        return threads.readers().getQueue().size();
    }

    /** Open stores that came from a split and are not in order yet. */
    public int unsettledStores() {
        return settling.unsettled();
    }

    /** Every replica this node holds: what it registers with. */
    public List<MetaApi.Holding> holdings() {
        return replicas.holdings();
    }

    /** Replicas that are durably open here, and that the map does not yet call opened. */
    public List<MetaApi.Holding> openedUnreported() {
        return replicas.openedUnreported();
    }

    /** Tablets that the map lists as dropped and of which nothing is held here any more. */
    public List<TabletId> droppedUnreported() {
        return replicas.droppedUnreported();
    }

    /** As {@link #droppedUnreported}, of replicas that the map lists as retired. */
    public List<MetaApi.Retired> retiredUnreported() {
        return replicas.retiredUnreported();
    }

    /** Has {@code listener} run whenever one of the two lists above may have grown. */
    public void onUnreported(Runnable listener) {
        replicas.onUnreported(listener);
    }

    // ---------------------------------------------------------------- other nodes

    /** Names where replicas that are too far behind get their stores from; before {@link #start}. */
    public void snapshotsFrom(SnapshotSource source) {
        snapshots = source;
    }

    /**
     * Pins the store of a replica that counts, to be copied to another node (L5). One that is about to master
     * too: its EPOCH_START may wait for the very replica that asks.
     */
    @Override
    public Optional<PinnedView> pin(TabletId id) {
        Tablet tablet = replicas.open(id);
        return tablet != null && tablet.mayBeCopied()
                ? Optional.of(new PinnedSnapshot(tablet.store().snapshot()))
                : Optional.empty();
    }

    @Override
    public void receive(NodeId from, ReplicaMessage message) {
        Tablet tablet = replicas.open(message.tablet());
        if (tablet != null) {
            tablet.pipeline().receive(from, message);
        }
    }

    @Override
    public void receive(NodeId from, NodeBeat beat) {
        beats.receive(from, beat);
    }

    @Override
    public void receive(NodeId from, NodeBeat.Reply reply) {
        beats.receive(from, reply);
    }

    @Override
    public void disconnected(NodeId node) {
        replicas.allOpen().forEach(tablet -> tablet.pipeline().disconnected(node));
    }

    /** What the leading meta-server may ask of the tablets here. */
    public MetaCalls metaCalls() {
        return calls;
    }

    /** What the tablets send to other nodes. */
    private final class Others implements LocalEnv.Group {

        @Override
        public void send(NodeId to, ReplicaMessage message) {
            parts.network().send(to, message);
        }

        @Override
        public void rebuild(TabletId tablet, NodeId from) {
            replicas.rebuild(tablet, from, snapshots);
        }

        @Override
        public void split(TabletId tablet) {
            replicas.split(tablet);
        }

        @Override
        public void ticksWanted(WritePipeline tablet) {
            ticks.add(tablet);
        }

        @Override
        public void beatSoon() {
            beatsSoon.want();
        }
    }

    private void beatNow() {
        beats.beat();
    }

    /** On the beat's thread. */
    private void beat() {
        journal.check(parts.clock().monotonicNanos());
        replicas.retry();
        ticks.tick();
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        OrderlyEnd.of(replicas.allOpen(), settings.drainMillis());
        replicas.merges().close();
        threads.stopBeating();
        for (LocalReplica replica : replicas.all()) {
            if (replica.isOpen() && replica.kind() == StoreKind.DISK) {
                flushing.flush(replica);
            }
        }
        settling.stop();
        threads.close();
        parts.disk().stores().close();
        parts.memory().stores().close();
        parts.disk().oplog().close();
        parts.memory().oplog().close();
    }
}
