package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import io.ebla.core.time.SystemClock;
import io.ebla.tabletserver.oplog.FileJournalDisk;
import io.ebla.tabletserver.oplog.InMemoryOplog;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.oplog.OplogObserver;
import io.ebla.tabletserver.oplog.OplogSettings;
import io.ebla.tabletserver.oplog.SegmentOplog;
import io.ebla.tabletserver.store.InMemoryTabletStores;
import io.ebla.tabletserver.store.RocksSettings;
import io.ebla.tabletserver.store.RocksTabletStores;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node's tablets over a real disk and real threads: what maps and restarts make of them. */
class TabletHostTest {

    private static final NodeId NODE = new NodeId("t1");
    private static final TableName TABLE = new TableName("t");
    private static final TabletId LEFT = new TabletId(1);
    private static final TabletId RIGHT = new TabletId(2);
    private static final SystemClock CLOCK = new SystemClock();

    @TempDir Path data;

    private final CompletableFuture<String> exit = new CompletableFuture<>();
    private DataDirectory directory;
    private TabletHost host;
    private Incarnation incarnation;
    private int runs;
    private long mapVersion;

    @BeforeEach
    void begin() throws Exception {
        open(null);
    }

    @AfterEach
    void end() {
        close();
    }

    private void open(Oplog fake) throws Exception {
        directory = DataDirectory.open(data, NODE);
        incarnation = new Incarnation("run-" + ++runs);
        Oplog journal = fake;
        if (fake == null) {
            journal =
                    SegmentOplog.open(
                            FileJournalDisk.open(data.resolve("journal")),
                            OplogSettings.defaults().withSegmentBytes(1 << 20),
                            CLOCK,
                            OplogObserver.NONE,
                            () -> {});
        }
        HostSettings defaults = HostSettings.DEFAULTS;
        host =
                new TabletHost(
                        new TabletHost.Parts(
                                directory,
                                incarnation,
                                CLOCK,
                                new Storage(
                                        journal,
                                        new RocksTabletStores(data, RocksSettings.DEFAULTS)),
                                new Storage(
                                        new InMemoryOplog(1 << 20, 1000, 1 << 20),
                                        new InMemoryTabletStores()),
                                TabletObserver.NONE,
                                exit::complete),
                        new HostSettings(
                                defaults.tablet(),
                                2,
                                2,
                                100,
                                5,
                                20,
                                defaults.flushAboveBytes(),
                                50,
                                5_000,
                                10));
        host.start();
    }

    private void close() {
        host.close();
        directory.close();
    }

    private void restart() throws Exception {
        close();
        open(null);
    }

    // ---------------------------------------------------------------- maps

    private static TabletDescriptor tablet(
            TabletId id, String from, String to, boolean opened, Mastership master) {
        return new TabletDescriptor(
                id,
                TABLE,
                hex(from),
                hex(to),
                List.of(new ReplicaDescriptor(NODE, replica(id), opened, false)),
                master == null ? 0 : master.epoch(),
                master);
    }

    private static ReplicaId replica(TabletId id) {
        return new ReplicaId("replica-" + id);
    }

    private static String hex(String pk) {
        return Bytes.utf8(pk).toString();
    }

    private ClusterMap map(StoreKind kind, List<TabletId> dropped, TabletDescriptor... tablets) {
        return new ClusterMap(
                "cluster",
                1,
                ++mapVersion,
                List.of(),
                List.of(new TableDescriptor(TABLE, 1, kind, 0, List.of(), 1)),
                List.of(tablets),
                dropped);
    }

    private Mastership mine(long epoch) {
        return new Mastership(epoch, NODE, incarnation);
    }

    private void serveBoth(StoreKind kind, long epoch) {
        host.update(
                map(
                        kind,
                        List.of(),
                        tablet(LEFT, "", "m", false, null),
                        tablet(RIGHT, "m", "", false, null)));
        Eventually.until("both open", () -> host.openedUnreported().size() == 2);
        masterOfBoth(kind, epoch);
    }

    private void masterOfBoth(StoreKind kind, long epoch) {
        host.update(
                map(
                        kind,
                        List.of(),
                        tablet(LEFT, "", "m", true, mine(epoch)),
                        tablet(RIGHT, "m", "", true, mine(epoch))));
        Eventually.until("left serves", () -> refusal("a").isEmpty());
        Eventually.until("right serves", () -> refusal("z").isEmpty());
    }

    private Optional<ErrorCode> refusal(String pk) {
        try {
            host.directory().locate(TABLE, RowKey.of(pk));
            return Optional.empty();
        } catch (EblaException refused) {
            return Optional.of(refused.code());
        }
    }

    // ---------------------------------------------------------------- rows

    private void put(String pk, String value) throws Exception {
        CompletableFuture<WriteResult> answer = new CompletableFuture<>();
        WriteRequest request =
                new WriteRequest(
                        List.of(SimulatedTablet.put(pk, value)),
                        WriteRequest.QUORUM,
                        CLOCK.monotonicNanos() + 30_000_000_000L,
                        "",
                        null,
                        null);
        host.directory()
                .locate(TABLE, RowKey.of(pk))
                .write(request, Runnable::run, (result, failure) -> end(answer, result, failure));
        answer.get(30, TimeUnit.SECONDS);
    }

    private Optional<String> get(String pk) throws Exception {
        CompletableFuture<ReadResult> answer = new CompletableFuture<>();
        host.directory()
                .locate(TABLE, RowKey.of(pk))
                .get(
                        RowKey.of(pk),
                        ReadLevel.STRONG,
                        null,
                        CLOCK.monotonicNanos() + 30_000_000_000L,
                        Runnable::run,
                        (result, failure) -> end(answer, result, failure));
        Optional<Row> row = answer.get(30, TimeUnit.SECONDS).row();
        return row.map(SimulatedTablet::text);
    }

    private static <T> void end(CompletableFuture<T> answer, T result, EblaException failure) {
        if (failure == null) {
            answer.complete(result);
        } else {
            answer.completeExceptionally(failure);
        }
    }

    // ---------------------------------------------------------------- what holds

    @Test
    void aTableOfTwoTabletsServesAndSurvivesARestartUnderANewEpoch() throws Exception {
        serveBoth(StoreKind.DISK, 1);
        put("a", "1");
        put("z", "2");
        assertThat(host.directory().locate(TABLE, RowKey.of("lzzz")).id()).isEqualTo(LEFT);
        assertThat(host.directory().locate(TABLE, RowKey.of("m")).id()).isEqualTo(RIGHT);
        Incarnation before = incarnation;
        restart();
        assertThat(host.holdings())
                .containsExactlyInAnyOrder(
                        new MetaApi.Holding(LEFT, replica(LEFT)),
                        new MetaApi.Holding(RIGHT, replica(RIGHT)));
        assertThat(refusal("a")).as("without a map").contains(ErrorCode.TABLE_NOT_FOUND);
        Mastership old = new Mastership(1, NODE, before);
        host.update(
                map(
                        StoreKind.DISK,
                        List.of(),
                        tablet(LEFT, "", "m", true, old),
                        tablet(RIGHT, "m", "", true, old)));
        assertThat(refusal("a")).as("its run before").contains(ErrorCode.NO_MASTER);
        masterOfBoth(StoreKind.DISK, 2);
        assertThat(get("a")).contains("1");
        assertThat(get("z")).contains("2");
    }

    @Test
    void anIdleTabletIsFlushed() throws Exception {
        serveBoth(StoreKind.DISK, 1);
        put("a", "1");
        Tablet tablet = host.directory().tablet(LEFT);
        Eventually.until(
                "flushed",
                () -> tablet.store().flushed().index() == tablet.store().applied().index());
    }

    @Test
    void aReplicaThatWasOpenOnceAndIsGoneStaysAbsent() {
        host.update(map(StoreKind.DISK, List.of(), tablet(LEFT, "", "", true, mine(1))));
        assertThat(refusal("a")).contains(ErrorCode.NO_MASTER);
        assertThat(host.holdings()).isEmpty();
        assertThat(data.resolve("tablets").resolve("1")).doesNotExist();
    }

    @Test
    void aTabletThatTheMapDoesNotMentionIsKept() throws Exception {
        serveBoth(StoreKind.DISK, 1);
        put("a", "1");
        host.update(map(StoreKind.DISK, List.of()));
        assertThat(host.holdings()).hasSize(2);
        restart();
        masterOfBoth(StoreKind.DISK, 2);
        assertThat(get("a")).contains("1");
    }

    @Test
    void aDroppedTabletLosesItsFilesAndIsReported() throws Exception {
        serveBoth(StoreKind.DISK, 1);
        put("a", "1");
        host.update(map(StoreKind.DISK, List.of(LEFT), tablet(RIGHT, "m", "", true, mine(1))));
        Eventually.until("dropped", () -> host.droppedUnreported().equals(List.of(LEFT)));
        assertThat(Files.exists(data.resolve("tablets").resolve("1"))).isFalse();
        assertThat(Files.exists(data.resolve("tablets").resolve("2"))).isTrue();
        assertThat(host.holdings()).hasSize(1);
        put("z", "still");
        restart();
        assertThat(host.holdings()).hasSize(1);
    }

    @Test
    void aMemoryTableIsEmptyAfterARestartAndServesAgain() throws Exception {
        serveBoth(StoreKind.MEMORY, 1);
        put("a", "1");
        assertThat(get("a")).contains("1");
        restart();
        assertThat(host.holdings()).isEmpty();
        masterOfBoth(StoreKind.MEMORY, 2);
        assertThat(get("a")).isEmpty();
        put("a", "2");
        assertThat(get("a")).contains("2");
    }

    @Test
    void anOlderMapIsIgnored() {
        serveBoth(StoreKind.DISK, 1);
        ClusterMap newest = host.directory().map();
        mapVersion = 0;
        host.update(map(StoreKind.DISK, List.of(LEFT, RIGHT)));
        assertThat(host.directory().map()).isEqualTo(newest);
        assertThat(refusal("a")).isEmpty();
    }

    @Test
    void aSecondUserOfTheDirectoryIsRefused() {
        assertThatThrownBy(() -> DataDirectory.open(data, NODE))
                .hasMessageContaining(data.toString())
                .hasMessageContaining("in use")
                .hasMessageContaining(Long.toString(ProcessHandle.current().pid()));
    }

    @Test
    void anotherNodeIsRefusedTheDirectory() {
        close();
        assertThatThrownBy(() -> DataDirectory.open(data, new NodeId("t2")))
                .hasMessageContaining("belongs to node t1");
        directory = DataDirectory.open(data, NODE);
        assertThat(directory.store()).isEqualTo(host.store());
    }

    @Test
    void aFailedJournalEndsTheProcess() throws Exception {
        close();
        HeldOplog failing = new HeldOplog();
        open(failing);
        failing.failSync();
        assertThat(exit.get(30, TimeUnit.SECONDS)).contains("journal");
    }

    @Test
    void aTabletWhoseLogIsDamagedSaysSoAndTheOthersServe() throws Exception {
        serveBoth(StoreKind.DISK, 1);
        put("a", "1");
        close();
        HeldOplog damaged = new HeldOplog();
        damaged.corrupt(Set.of(LEFT));
        open(damaged);
        host.update(
                map(
                        StoreKind.DISK,
                        List.of(),
                        tablet(LEFT, "", "m", true, mine(2)),
                        tablet(RIGHT, "m", "", true, mine(2))));
        Eventually.until("told", () -> refusal("a").equals(Optional.of(ErrorCode.CORRUPTED)));
        assertThat(refusal("z")).contains(ErrorCode.NO_MASTER);
        assertThat(host.holdings()).as("its data is kept").hasSize(2);
    }

    @Test
    void aJournalThatMayHaveForgottenTabletsTakesNewOnesAndRefusesThoseItLost() throws Exception {
        host.update(map(StoreKind.DISK, List.of(), tablet(LEFT, "", "m", false, null)));
        Eventually.until("open", () -> host.openedUnreported().size() == 1);
        close();
        HeldOplog forgetful = new HeldOplog();
        forgetful.forget();
        open(forgetful);
        host.update(
                map(
                        StoreKind.DISK,
                        List.of(),
                        tablet(LEFT, "", "m", true, mine(2)),
                        tablet(RIGHT, "m", "", false, null)));
        Eventually.until("told", () -> refusal("a").equals(Optional.of(ErrorCode.CORRUPTED)));
        Eventually.until("made", () -> host.openedUnreported().size() == 1);
    }
}
