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
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * All tablets of one node, and what they share: journal, stores, worker threads, read threads.
 *
 * <p>{@link #start} opens what the disk holds; maps then say what to serve, to make and to drop. When
 * the journal fails, reads go on for a moment and the process ends (L3). {@link #close} is the
 * graceful end: writes in flight are finished, stores flushed, files closed; after a kill the next
 * start recovers instead.
 */
public final class TabletHost implements AutoCloseable {

    private static final Logger LOG = System.getLogger(TabletHost.class.getName());

    /**
     * What a host is made of. It closes the storages, not the data directory.
     *
     * @param incarnation this run of the process, random
     */
    public record Parts(
            DataDirectory data,
            Incarnation incarnation,
            Clock clock,
            Storage disk,
            Storage memory,
            TabletObserver observer,
            FatalExit fatalExit) {}

    private final Parts parts;
    private final HostSettings settings;
    private final HostThreads threads;
    private final TabletDirectory directory = new TabletDirectory();
    private final LocalReplicas replicas;
    private final StoreFlushing flushing;
    private long failedAtNanos;
    private boolean failed;
    private boolean exited;
    private long expiryAtNanos;
    private boolean closed;

    public TabletHost(Parts parts, HostSettings settings) {
        this.parts = parts;
        this.settings = settings;
        this.threads = new HostThreads(settings);
        TabletFactory factory =
                new TabletFactory(
                        parts.data().node(),
                        parts.clock(),
                        settings.tablet(),
                        ReplicationSettings.DEFAULTS,
                        parts.clock().monotonicNanos(),
                        threads.readers(),
                        threads.writers(),
                        LocalEnv.Group.NONE,
                        parts.observer());
        Map<StoreKind, Storage> storages =
                Map.of(StoreKind.DISK, parts.disk(), StoreKind.MEMORY, parts.memory());
        this.replicas =
                new LocalReplicas(
                        parts.data().node(),
                        parts.incarnation(),
                        storages,
                        new ReplicaFiles(parts.data().path()),
                        factory,
                        threads.openers(),
                        directory);
        this.flushing = new StoreFlushing(parts.clock(), storages, settings, replicas::all);
    }

    /** Begins to open what the disk holds, and to look after it. */
    public void start() {
        expiryAtNanos = parts.clock().monotonicNanos();
        replicas.openHeld();
        threads.everyBeat(settings.tickMillis(), this::beat);
        threads.everyFlushCheck(settings.flushCheckMillis(), flushing::check);
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
        return replicas.all().stream().map(LocalReplica::status).toList();
    }

    /** What metrics want to know of each open tablet. */
    public List<TabletFigures> figures() {
        return replicas.all().stream().filter(LocalReplica::isOpen).map(TabletFigures::of).toList();
    }

    /** Reads that wait for a read thread. */
    public int readQueueDepth() {
        return threads.readers().getQueue().size();
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

    /** Has {@code listener} run whenever one of the two lists above may have grown. */
    public void onUnreported(Runnable listener) {
        replicas.onUnreported(listener);
    }

    /** On the beat's thread: wakes the tablets for which time matters. */
    private void beat() {
        long nowNanos = parts.clock().monotonicNanos();
        watchJournal(nowNanos);
        boolean expiry = nowNanos - expiryAtNanos >= 0;
        if (expiry) {
            expiryAtNanos = nowNanos + settings.tablet().expiryIntervalMillis() * 1_000_000L;
        }
        for (LocalReplica replica : replicas.all()) {
            try {
                beat(replica, expiry);
            } catch (RuntimeException failed) {
                LOG.log(Level.ERROR, "the beat of tablet " + replica.self().tablet(), failed);
            }
        }
    }

    private static void beat(LocalReplica replica, boolean expiry) {
        if (replica.isOpen()) {
            Tablet tablet = replica.tablet();
            if (tablet.pipeline().waiting()
                    || (expiry && tablet.pipeline().expiryDue(tablet.nowMillis()))) {
                tablet.pipeline().tick();
            }
        }
    }

    private void watchJournal(long nowNanos) {
        if (parts.disk().oplog().condition() != Oplog.Condition.FAILED || exited) {
            return;
        }
        if (!failed) {
            failed = true;
            failedAtNanos = nowNanos;
            LOG.log(
                    Level.ERROR,
                    "the journal failed; this process ends in {0} ms",
                    settings.failedGraceMillis());
        } else if (nowNanos - failedAtNanos >= settings.failedGraceMillis() * 1_000_000L) {
            exited = true;
            parts.fatalExit().exit("the journal failed to sync");
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        List<Tablet> open = new ArrayList<>();
        for (LocalReplica replica : replicas.all()) {
            if (replica.isOpen()) {
                open.add(replica.tablet());
            }
        }
        awaitAll(open, (tablet, done) -> tablet.pipeline().drain(done));
        awaitAll(open, (tablet, done) -> tablet.pipeline().close(done));
        threads.stopBeating();
        for (LocalReplica replica : replicas.all()) {
            if (replica.isOpen() && replica.kind() == StoreKind.DISK) {
                flushing.flush(replica);
            }
        }
        threads.close();
        parts.disk().stores().close();
        parts.memory().stores().close();
        parts.disk().oplog().close();
        parts.memory().oplog().close();
    }

    private interface Ending {
        void begin(Tablet tablet, Runnable done);
    }

    private void awaitAll(List<Tablet> tablets, Ending ending) {
        CountDownLatch left = new CountDownLatch(tablets.size());
        for (Tablet tablet : tablets) {
            ending.begin(tablet, left::countDown);
        }
        try {
            if (!left.await(settings.drainMillis(), TimeUnit.MILLISECONDS)) {
                LOG.log(Level.WARNING, "{0} tablets did not end in time", left.getCount());
            }
        } catch (InterruptedException wanted) {
            Thread.currentThread().interrupt();
        }
    }
}
