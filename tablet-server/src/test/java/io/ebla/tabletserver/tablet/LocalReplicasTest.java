package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.LogBatch;
import io.ebla.core.time.SystemClock;
import io.ebla.tabletserver.oplog.FileJournalDisk;
import io.ebla.tabletserver.oplog.InMemoryOplog;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.oplog.OplogObserver;
import io.ebla.tabletserver.oplog.OplogSettings;
import io.ebla.tabletserver.oplog.SegmentOplog;
import io.ebla.tabletserver.replication.FakeSnapshotSource;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaNetwork;
import io.ebla.tabletserver.replication.SnapshotSource;
import io.ebla.tabletserver.replication.SnapshotViews;
import io.ebla.tabletserver.store.InMemoryTabletStores;
import io.ebla.tabletserver.store.RocksSettings;
import io.ebla.tabletserver.store.RocksTabletStores;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replicas over a real disk that are made anew, taken away, and rebuilt from another node's store. */
class LocalReplicasTest {

    private static final NodeId SELF = new NodeId("t1");
    private static final NodeId OTHER = new NodeId("t2");
    private static final TableName TABLE = new TableName("t");
    private static final TabletId TABLET = new TabletId(1);
    private static final ReplicaId FIRST = new ReplicaId("first");
    private static final ReplicaId SECOND = new ReplicaId("second");
    private static final SystemClock CLOCK = new SystemClock();

    @TempDir private Path data;
    private final List<AutoCloseable> open = new ArrayList<>();
    private long mapVersion;

    /** What the replicas here answered the other node. */
    private final Queue<ReplicaMessage.Appended> answers = new ConcurrentLinkedQueue<>();

    private final class Heard implements ReplicaNetwork {

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

    /** A node of its own over a folder of its own. */
    private final class Node implements AutoCloseable {

        final Path folder;
        final Incarnation incarnation;
        final DataDirectory directory;
        final TabletHost host;

        Node(String name, String run, Oplog journal) throws IOException {
            folder = data.resolve(name);
            incarnation = new Incarnation(run);
            directory = DataDirectory.open(folder, SELF);
            HostSettings settings = HostSettings.DEFAULTS;
            host =
                    new TabletHost(
                            new TabletHost.Parts(
                                    directory,
                                    incarnation,
                                    CLOCK,
                                    new Storage(
                                            journal == null ? journal(folder) : journal,
                                            new RocksTabletStores(folder, RocksSettings.DEFAULTS)),
                                    new Storage(
                                            new InMemoryOplog(1 << 20, 1_000, 1 << 20),
                                            new InMemoryTabletStores()),
                                    TabletObserver.NONE,
                                    reason -> {},
                                    new Heard()),
                            settings);
            open.add(this);
        }

        Node start() {
            host.start();
            return this;
        }

        Node fetchesFrom(SnapshotSource source) {
            host.snapshotsFrom(source);
            return this;
        }

        /** What the replica says of itself, or null. */
        MetaApi.TabletStatus status() {
            return host.statuses().stream().findFirst().orElse(null);
        }

        Path tabletFolder() {
            return folder.resolve("tablets").resolve(TABLET.text());
        }

        @Override
        public void close() {
            if (open.remove(this)) {
                host.close();
                directory.close();
            }
        }
    }

    private static SegmentOplog journal(Path folder) throws IOException {
        return SegmentOplog.open(
                FileJournalDisk.open(folder.resolve("journal")),
                OplogSettings.defaults().withSegmentBytes(1 << 20),
                CLOCK,
                OplogObserver.NONE,
                () -> {});
    }

    /** A log that refuses the next drops. */
    private static Oplog refusing(Oplog real, AtomicInteger refusals) {
        return (Oplog)
                Proxy.newProxyInstance(
                        Oplog.class.getClassLoader(),
                        new Class<?>[] {Oplog.class},
                        (proxy, method, arguments) -> {
                            boolean drops = method.getName().equals("drop");
                            if (drops && refusals.getAndDecrement() > 0) {
                                ((Oplog.AppendListener) arguments[1])
                                        .failed(new EblaException(ErrorCode.OVERLOADED, "not now"));
                                return null;
                            }
                            try {
                                return method.invoke(real, arguments);
                            } catch (InvocationTargetException thrown) {
                                throw thrown.getCause();
                            }
                        });
    }

    @AfterEach
    void end() throws Exception {
        for (AutoCloseable each : List.copyOf(open)) {
            each.close();
        }
    }

    // ---------------------------------------------------------------- maps

    private ClusterMap map(
            List<ReplicaDescriptor> replicas,
            Mastership master,
            List<TabletId> dropped,
            MetaApi.Retired... retired) {
        TabletDescriptor tablet =
                new TabletDescriptor(
                        TABLET,
                        TABLE,
                        "",
                        "",
                        replicas,
                        master == null ? 0 : master.epoch(),
                        master);
        return new ClusterMap(
                "cluster",
                1,
                ++mapVersion,
                List.of(),
                List.of(new TableDescriptor(TABLE, 2, StoreKind.DISK, 0, List.of(), 1)),
                dropped.isEmpty() ? List.of(tablet) : List.of(),
                dropped,
                List.of(retired));
    }

    private static ReplicaDescriptor here(ReplicaId id, boolean opened, boolean learner) {
        return new ReplicaDescriptor(SELF, id, opened, false, learner);
    }

    private static ReplicaDescriptor there() {
        return new ReplicaDescriptor(OTHER, new ReplicaId("there"), true, false);
    }

    private static Mastership others(long epoch) {
        return new Mastership(epoch, OTHER, new Incarnation("another"));
    }

    /** Makes the first replica, and has it follow a master on the other node. */
    private void follow(Node node) {
        node.host.update(map(List.of(there(), here(FIRST, false, false)), null, List.of()));
        Eventually.until("open", () -> node.host.openedUnreported().size() == 1);
        node.host.update(map(List.of(there(), here(FIRST, true, false)), others(1), List.of()));
    }

    /** Its master asks where it stands, and takes it to hold nothing. */
    private void isAsked(Node node) {
        node.host.receive(
                OTHER,
                new ReplicaMessage.Append(
                        TABLET, 1, FIRST, 0, 0, LogBatch.of(List.of()), 0, CLOCK.wallMillis()));
    }

    private void isToldToRebuild(Node node, ReplicaId replica) {
        node.host.receive(OTHER, new ReplicaMessage.Rebuild(TABLET, 1, replica));
    }

    // ---------------------------------------------------------------- what holds

    @Test
    void aRetiredReplicaGoesAndAnotherIsMadeInItsPlace() throws Exception {
        Node node = new Node("one", "run-1", null).start();
        follow(node);
        MetaApi.Retired retired = new MetaApi.Retired(TABLET, SELF, FIRST);
        ReplicaDescriptor lost = new ReplicaDescriptor(SELF, FIRST, true, true);
        node.host.update(
                map(
                        List.of(there(), lost, here(SECOND, false, true)),
                        others(1),
                        List.of(),
                        retired));
        Eventually.until(
                "the former is gone", () -> node.host.retiredUnreported().equals(List.of(retired)));
        Eventually.until(
                "the next is made",
                () ->
                        node.host
                                .openedUnreported()
                                .equals(List.of(new MetaApi.Holding(TABLET, SECOND))));
        node.close();
        Node again = new Node("one", "run-2", null).start();
        assertThat(again.host.holdings()).containsExactly(new MetaApi.Holding(TABLET, SECOND));
    }

    @Test
    void aRetiredReplicaOfAnotherNodeIsNoneOfOurs() throws Exception {
        Node node = new Node("one", "run-1", null).start();
        follow(node);
        node.host.update(
                map(
                        List.of(there(), here(FIRST, true, false)),
                        others(1),
                        List.of(),
                        new MetaApi.Retired(TABLET, OTHER, FIRST),
                        new MetaApi.Retired(TABLET, SELF, SECOND)));
        assertThat(node.host.retiredUnreported())
                .as("never held, so nothing is left of it")
                .containsExactly(new MetaApi.Retired(TABLET, SELF, SECOND));
        assertThat(node.host.holdings()).containsExactly(new MetaApi.Holding(TABLET, FIRST));
        assertThat(node.tabletFolder()).exists();
    }

    @Test
    void aRemovalThatTheLogRefusesIsTriedAgainUntilItHasGoneWell() throws Exception {
        AtomicInteger refusals = new AtomicInteger(2);
        Oplog unwilling = refusing(journal(data.resolve("one")), refusals);
        Node node = new Node("one", "run-1", unwilling).start();
        follow(node);
        node.host.update(map(List.of(), null, List.of(TABLET)));
        Eventually.until("dropped", () -> node.host.droppedUnreported().equals(List.of(TABLET)));
        assertThat(refusals.get()).isNegative();
        assertThat(node.tabletFolder()).doesNotExist();
    }

    @Test
    void aReplicaThatCannotBeOpenedIsOpenedOnceItCan() throws Exception {
        Node node = new Node("one", "run-1", null).start();
        Files.writeString(node.tabletFolder(), "a file where a folder belongs");
        node.host.update(map(List.of(there(), here(FIRST, false, false)), null, List.of()));
        Files.delete(node.tabletFolder());
        Eventually.until("open", () -> node.host.openedUnreported().size() == 1);
    }

    @Test
    void aWholeSnapshotTakesTheStoresPlaceAndTheReplicaIsKnownAgainAfterARestart()
            throws Exception {
        FakeSnapshotSource source = new FakeSnapshotSource();
        long index = fill(source);
        source.interruptAfter(1);
        Node node = new Node("one", "run-1", null).fetchesFrom(source).start();
        follow(node);
        isToldToRebuild(node, FIRST);
        Eventually.until("interrupted", () -> node.status().rebuilding() == null);
        source.interruptAfter(Long.MAX_VALUE);
        Eventually.until(
                "rebuilt",
                () -> {
                    isToldToRebuild(node, FIRST);
                    return node.status() != null && node.status().appliedIndex() == index;
                });
        Eventually.until(
                "it says where it stands now",
                () -> {
                    isAsked(node);
                    return answers.stream().anyMatch(answer -> answer.durableIndex() == index);
                });
        node.close();
        Node again = new Node("one", "run-2", null).start();
        assertThat(again.host.holdings()).containsExactly(new MetaApi.Holding(TABLET, FIRST));
        again.host.update(map(List.of(there(), here(FIRST, true, false)), others(1), List.of()));
        Eventually.until(
                "open", () -> again.status() != null && again.status().appliedIndex() == index);
    }

    @Test
    void aReplicaThatIsRetiredWhileItsStoreIsFetchedGoesAndFetchesNoMore() throws Exception {
        CompletableFuture<SnapshotSource.Sink> asked = new CompletableFuture<>();
        CompletableFuture<Void> cancelled = new CompletableFuture<>();
        SnapshotSource silent =
                (from, tablet, replica, resume, sink) -> {
                    asked.complete(sink);
                    return new SnapshotSource.Fetch() {
                        @Override
                        public void request(int chunks) {}

                        @Override
                        public void cancel() {
                            cancelled.complete(null);
                        }
                    };
                };
        Node node = new Node("one", "run-1", null).fetchesFrom(silent).start();
        follow(node);
        Eventually.until(
                "a fetch is under way",
                () -> {
                    isToldToRebuild(node, FIRST);
                    return node.status().rebuilding() != null;
                });
        SnapshotSource.Sink sink = asked.get(30, TimeUnit.SECONDS);
        assertThat(node.status().rebuilding().from()).isEqualTo(OTHER);
        sink.opened(new SnapshotSource.View("view", 1, 7));
        MetaApi.Retired retired = new MetaApi.Retired(TABLET, SELF, FIRST);
        ReplicaDescriptor lost = new ReplicaDescriptor(SELF, FIRST, true, true);
        node.host.update(map(List.of(there(), lost), others(1), List.of(), retired));
        Eventually.until("gone", () -> node.host.retiredUnreported().equals(List.of(retired)));
        cancelled.get(30, TimeUnit.SECONDS);
        sink.chunk(0, ByteBuffer.allocate(10));
        sink.finished();
        assertThat(node.host.holdings()).isEmpty();
        assertThat(node.tabletFolder()).doesNotExist();
        assertThat(node.folder.resolve("installing")).isEmptyDirectory();
    }

    @Test
    void aLearnerAnswersNobodyHoweverStaleAnAnswerMayBe() throws Exception {
        Node node = new Node("one", "run-1", null).start();
        follow(node);
        Eventually.until(
                "a member answers",
                () -> node.host.directory().here(TABLET, ReadLevel.LOCAL) != null);
        node.host.update(map(List.of(there(), here(FIRST, true, true)), others(1), List.of()));
        Eventually.until(
                "a learner does not",
                () -> node.host.directory().here(TABLET, ReadLevel.LOCAL) == null);
    }

    /** Gives the source the rows of a replica of another node; the index of the last entry they hold. */
    private long fill(FakeSnapshotSource source) throws Exception {
        Node other = new Node("other", "run-0", null).start();
        other.host.update(map(List.of(here(FIRST, false, false)), null, List.of()));
        Eventually.until("open", () -> other.host.openedUnreported().size() == 1);
        Mastership own = new Mastership(1, SELF, other.incarnation);
        other.host.update(map(List.of(here(FIRST, true, false)), own, List.of()));
        Eventually.until("serves", () -> other.status() != null && other.status().serving());
        for (int i = 0; i < 20; i++) {
            CompletableFuture<WriteResult> answer = new CompletableFuture<>();
            WriteRequest request =
                    new WriteRequest(
                            List.of(SimulatedTablet.put("row" + i, "v".repeat(50_000))),
                            WriteRequest.QUORUM,
                            CLOCK.monotonicNanos() + 30_000_000_000L,
                            "",
                            null,
                            null);
            other.host
                    .directory()
                    .locate(TABLE, RowKey.of("row" + i))
                    .write(request, Runnable::run, (result, failure) -> answer.complete(result));
            assertThat(answer.get(30, TimeUnit.SECONDS)).isNotNull();
        }
        try (SnapshotViews.PinnedView view = other.host.pin(TABLET).orElseThrow()) {
            List<byte[]> chunks = new ArrayList<>();
            for (ByteBuffer chunk = view.chunk(0);
                    chunk != null;
                    chunk = view.chunk(chunks.size())) {
                byte[] bytes = new byte[chunk.remaining()];
                chunk.get(bytes);
                chunks.add(bytes);
            }
            assertThat(chunks).hasSizeGreaterThan(2);
            source.view(new SnapshotSource.View("view", view.epoch(), view.index()), chunks);
            return view.index();
        } finally {
            other.close();
        }
    }
}
