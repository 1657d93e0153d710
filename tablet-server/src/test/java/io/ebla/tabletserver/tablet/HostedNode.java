package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.SystemClock;
import io.ebla.tabletserver.oplog.FileJournalDisk;
import io.ebla.tabletserver.oplog.InMemoryOplog;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.oplog.OplogObserver;
import io.ebla.tabletserver.oplog.OplogSettings;
import io.ebla.tabletserver.oplog.SegmentOplog;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaNetwork;
import io.ebla.tabletserver.replication.SnapshotSource;
import io.ebla.tabletserver.store.InMemoryTabletStores;
import io.ebla.tabletserver.store.RocksSettings;
import io.ebla.tabletserver.store.RocksTabletStores;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** One run of a node with a tablet over a real disk, and what its replica answered other nodes. */
final class HostedNode implements AutoCloseable {

    static final NodeId SELF = new NodeId("t1");
    static final SystemClock CLOCK = new SystemClock();

    final Path folder;
    final Incarnation incarnation;
    final TabletHost host;
    final Queue<ReplicaMessage.Appended> answers = new ConcurrentLinkedQueue<>();
    private final DataDirectory directory;
    private boolean closed;

    HostedNode(Path folder, String run, Oplog journal) {
        this.folder = folder;
        incarnation = new Incarnation(run);
        directory = DataDirectory.open(folder, SELF);
        host =
                new TabletHost(
                        new TabletHost.Parts(
                                directory,
                                incarnation,
                                CLOCK,
                                new JudgedClock(CLOCK, 1_000),
                                new Storage(
                                        journal,
                                        new RocksTabletStores(folder, RocksSettings.DEFAULTS)),
                                new Storage(
                                        new InMemoryOplog(1 << 20, 1_000, 1 << 20),
                                        new InMemoryTabletStores()),
                                TabletObserver.NONE,
                                reason -> {},
                                new Answers()),
                        HostSettings.DEFAULTS);
    }

    static SegmentOplog journal(Path folder) throws IOException {
        return SegmentOplog.open(
                FileJournalDisk.open(folder.resolve("journal")),
                OplogSettings.defaults().withSegmentBytes(1 << 20),
                CLOCK,
                OplogObserver.NONE,
                () -> {});
    }

    HostedNode start() {
        host.start();
        return this;
    }

    HostedNode fetchesFrom(SnapshotSource source) {
        host.snapshotsFrom(source);
        return this;
    }

    /** What its replica says of itself, or null while there is none. */
    MetaApi.TabletStatus status() {
        return host.statuses().stream().findFirst().orElse(null);
    }

    Path folderOf(TabletId tablet) {
        return folder.resolve("tablets").resolve(tablet.text());
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            host.close();
            directory.close();
        }
    }

    private final class Answers implements ReplicaNetwork {

        @Override
        public void send(NodeId to, ReplicaMessage message) {
            if (message instanceof ReplicaMessage.Appended answer) {
                answers.add(answer);
            }
        }

        @Override
        public void send(NodeId to, NodeBeat beat) {}

        @Override
        public void send(NodeId to, NodeBeat.Reply reply) {}
    }
}
