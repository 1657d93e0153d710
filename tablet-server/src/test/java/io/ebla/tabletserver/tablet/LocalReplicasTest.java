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
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.replication.FakeSnapshotSource;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.SnapshotSource;
import io.ebla.tabletserver.replication.SnapshotViews;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replicas over a real disk that are made anew, taken away, and rebuilt from another node's store. */
class LocalReplicasTest {

    private static final NodeId SELF = HostedNode.SELF;
    private static final NodeId OTHER = new NodeId("t2");
    private static final TableName TABLE = new TableName("t");
    private static final TabletId TABLET = new TabletId(1);
    private static final ReplicaId FIRST = new ReplicaId("first");
    private static final ReplicaId SECOND = new ReplicaId("second");
    private static final SystemClock CLOCK = HostedNode.CLOCK;

    @TempDir private Path data;
    private final List<HostedNode> open = new ArrayList<>();
    private long mapVersion;

    private HostedNode node(String name, String run) throws IOException {
        Path folder = data.resolve(name);
        return node(name, run, HostedNode.journal(folder));
    }

    private HostedNode node(String name, String run, Oplog journal) {
        HostedNode node = new HostedNode(data.resolve(name), run, journal);
        open.add(node);
        return node;
    }

    /** A log that refuses the next drops. */
    private static Oplog refusing(Oplog real, AtomicInteger refusals) {
        return instead(
                real,
                "drop",
                drop -> {
                    boolean refused = refusals.getAndDecrement() > 0;
                    if (refused) {
                        drop.failed(new EblaException(ErrorCode.OVERLOADED, "not now"));
                    }
                    return refused;
                });
    }

    /** A log in which tablets begin when the test says so. */
    private static Oplog answeringBegin(Oplog real, List<Oplog.AppendListener> begun) {
        return instead(real, "begin", begun::add);
    }

    /** A log of which some calls end otherwise if their listener is taken. */
    private static Oplog instead(Oplog real, String call, Predicate<Oplog.AppendListener> taker) {
        return (Oplog)
                Proxy.newProxyInstance(
                        Oplog.class.getClassLoader(),
                        new Class<?>[] {Oplog.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals(call)
                                    && taker.test((Oplog.AppendListener) arguments[1])) {
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
    void end() {
        open.forEach(HostedNode::close);
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
    private void follow(HostedNode node) {
        node.host.update(map(List.of(there(), here(FIRST, false, false)), null, List.of()));
        Eventually.until("open", () -> node.host.openedUnreported().size() == 1);
        node.host.update(map(List.of(there(), here(FIRST, true, false)), others(1), List.of()));
    }

    /** Its master asks where it stands, and takes it to hold nothing. */
    private void isAsked(HostedNode node) {
        node.host.receive(
                OTHER,
                new ReplicaMessage.Append(
                        TABLET, 1, FIRST, 0, 0, LogBatch.of(List.of()), 0, CLOCK.wallMillis()));
    }

    private static void isToldToRebuildUntil(HostedNode node, String what, BooleanSupplier so) {
        Eventually.until(
                what,
                () -> {
                    node.host.receive(OTHER, new ReplicaMessage.Rebuild(TABLET, 1, FIRST));
                    return so.getAsBoolean();
                });
    }

    // ---------------------------------------------------------------- what holds

    @Test
    void aRetiredReplicaGoesAndAnotherIsMadeInItsPlace() throws Exception {
        HostedNode node = node("one", "run-1").start();
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
        HostedNode again = node("one", "run-2").start();
        assertThat(again.host.holdings()).containsExactly(new MetaApi.Holding(TABLET, SECOND));
    }

    /** What dropped the first is still in the journal, and the second has put nothing there by itself. */
    @Test
    void aReplicaMadeWhereOneWasDroppedOutlivesARestartBeforeItHearsOfAMaster() throws Exception {
        HostedNode node = node("one", "run-1").start();
        follow(node);
        MetaApi.Retired retired = new MetaApi.Retired(TABLET, SELF, FIRST);
        node.host.update(map(List.of(there()), null, List.of(), retired));
        Eventually.until(
                "the former is gone", () -> node.host.retiredUnreported().equals(List.of(retired)));
        node.host.update(map(List.of(there(), here(SECOND, false, true)), null, List.of()));
        Eventually.until("the next is made", () -> node.host.openedUnreported().size() == 1);
        node.close();
        HostedNode again = node("one", "run-2").start();
        again.host.update(map(List.of(there(), here(SECOND, true, true)), null, List.of()));
        Eventually.until("open", () -> again.status() != null);
        assertThat(again.host.holdings()).containsExactly(new MetaApi.Holding(TABLET, SECOND));
    }

    @Test
    void aRetiredReplicaOfAnotherNodeIsNoneOfOurs() throws Exception {
        HostedNode node = node("one", "run-1").start();
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
        assertThat(node.folderOf(TABLET)).exists();
    }

    /** Told to be gone while it is made, it would stay for ever, and no other could be made in its place. */
    @Test
    void aReplicaThatIsRetiredWhileItIsMadeIsNotGoneBeforeItIsRemoved() throws Exception {
        List<Oplog.AppendListener> begun = new CopyOnWriteArrayList<>();
        Oplog slow = answeringBegin(HostedNode.journal(data.resolve("one")), begun);
        HostedNode node = node("one", "run-1", slow).start();
        MetaApi.Retired retired = new MetaApi.Retired(TABLET, SELF, FIRST);
        node.host.update(map(List.of(there(), here(FIRST, false, false)), null, List.of()));
        Eventually.until("being made", () -> begun.size() == 1);
        node.host.update(map(List.of(there()), null, List.of(), retired));
        assertThat(node.host.retiredUnreported()).isEmpty();
        begun.get(0).durable();
        Eventually.until(
                "it is gone", () -> node.host.retiredUnreported().equals(List.of(retired)));
        assertThat(node.folderOf(TABLET)).doesNotExist();
    }

    @Test
    void aRemovalThatTheLogRefusesIsTriedAgainUntilItHasGoneWell() throws Exception {
        AtomicInteger refusals = new AtomicInteger(2);
        Oplog unwilling = refusing(HostedNode.journal(data.resolve("one")), refusals);
        HostedNode node = node("one", "run-1", unwilling).start();
        follow(node);
        node.host.update(map(List.of(), null, List.of(TABLET)));
        Eventually.until("dropped", () -> node.host.droppedUnreported().equals(List.of(TABLET)));
        assertThat(refusals.get()).isNegative();
        assertThat(node.folderOf(TABLET)).doesNotExist();
    }

    @Test
    void aReplicaThatCannotBeOpenedIsOpenedOnceItCan() throws Exception {
        HostedNode node = node("one", "run-1").start();
        Files.writeString(node.folderOf(TABLET), "a file where a folder belongs");
        node.host.update(map(List.of(there(), here(FIRST, false, false)), null, List.of()));
        Files.delete(node.folderOf(TABLET));
        Eventually.until("open", () -> node.host.openedUnreported().size() == 1);
    }

    @Test
    void aWholeSnapshotTakesTheStoresPlaceAndTheReplicaIsKnownAgainAfterARestart()
            throws Exception {
        FakeSnapshotSource source = new FakeSnapshotSource();
        long index = fill(source);
        source.interruptAfter(1);
        HostedNode node = node("one", "run-1").fetchesFrom(source).start();
        follow(node);
        isToldToRebuildUntil(node, "interrupted", () -> source.broken() > 0);
        source.interruptAfter(Long.MAX_VALUE);
        isToldToRebuildUntil(
                node,
                "rebuilt",
                () -> node.status() != null && node.status().appliedIndex() == index);
        Eventually.until(
                "it says where it stands now",
                () -> {
                    isAsked(node);
                    return node.answers.stream().anyMatch(answer -> answer.durableIndex() == index);
                });
        node.close();
        HostedNode again = node("one", "run-2").start();
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
        HostedNode node = node("one", "run-1").fetchesFrom(silent).start();
        follow(node);
        isToldToRebuildUntil(
                node, "a fetch is under way", () -> node.status().rebuilding() != null);
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
        assertThat(node.folderOf(TABLET)).doesNotExist();
        assertThat(node.folder.resolve("installing")).isEmptyDirectory();
    }

    @Test
    void anEmptyReplicaAndALearnerAnswerNobodyHoweverStaleAnAnswerMayBe() throws Exception {
        FakeSnapshotSource source = new FakeSnapshotSource();
        long index = fill(source);
        HostedNode node = node("one", "run-1").fetchesFrom(source).start();
        follow(node);
        assertThat(node.status().appliedIndex()).isZero();
        assertThat(node.host.directory().here(TABLET, ReadLevel.LOCAL)).isNull();
        isToldToRebuildUntil(
                node,
                "rebuilt",
                () -> node.status() != null && node.status().appliedIndex() == index);
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
        HostedNode other = node("other", "run-0").start();
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
