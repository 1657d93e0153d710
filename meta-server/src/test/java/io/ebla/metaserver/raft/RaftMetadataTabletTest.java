package io.ebla.metaserver.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.time.SystemClock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RaftMetadataTabletTest {

    private static final int SNAPSHOT_AFTER = 50;
    private static final ScheduledExecutorService THREAD =
            Executors.newSingleThreadScheduledExecutor();

    @AfterAll
    static void endThread() {
        THREAD.shutdownNow();
    }

    @TempDir Path directory;

    @Test
    void whatWasAcknowledgedIsThereAfterEachRestart() throws Exception {
        ClusterState before;
        try (RaftMetadataTablet tablet = started(directory)) {
            assertThat(register(tablet, 1)).isEqualTo(new Verdict.Changed());
            assertThat(register(tablet, 1)).isEqualTo(new Verdict.Unchanged());
            before = tablet.state();
            assertThat(before.nodes()).hasSize(1);
        }
        for (int restart = 0; restart < 3; restart++) {
            try (RaftMetadataTablet tablet = started(directory)) {
                assertThat(tablet.state()).isEqualTo(before);
                assertThat(tablet.membership().leader()).isEqualTo("m1");
                assertThat(tablet.membership().members()).containsExactly("m1");
            }
        }
    }

    @Test
    void aSnapshotFreesTheLogAndGivesTheSameState() throws Exception {
        ClusterState before;
        try (RaftMetadataTablet tablet = started(directory)) {
            List<CompletableFuture<Verdict>> pending = new ArrayList<>();
            for (int i = 1; i <= 20 * SNAPSHOT_AFTER; i++) {
                pending.add(tablet.submit(registration(i % 7, i)));
            }
            for (CompletableFuture<Verdict> each : pending) {
                assertThat(each.get(30, TimeUnit.SECONDS)).isEqualTo(new Verdict.Changed());
            }
            before = tablet.state();
            assertThat(before.version()).isEqualTo(1 + 20 * SNAPSHOT_AFTER);
        }
        assertThat(snapshots()).isNotEmpty().hasSizeLessThanOrEqualTo(3);
        try (RaftMetadataTablet tablet = started(directory)) {
            assertThat(tablet.state()).isEqualTo(before);
        }
    }

    /** A copy of the directory while the member runs is what the end of its process leaves. */
    @Test
    void aMemberThatEndsAbruptlyKeepsEveryAcknowledgedCommand() throws Exception {
        try (RaftMetadataTablet tablet = started(directory.resolve("a"))) {
            for (int i = 1; i <= 3 * SNAPSHOT_AFTER; i++) {
                register(tablet, i);
                if (i % SNAPSHOT_AFTER == 17) {
                    Path copy = directory.resolve("copy" + i);
                    long version = tablet.state().version();
                    copy(directory.resolve("a"), copy);
                    try (RaftMetadataTablet successor = started(copy)) {
                        assertThat(successor.state().version()).isEqualTo(version);
                        assertThat(successor.state()).isEqualTo(tablet.state());
                    }
                }
            }
        }
    }

    @Test
    void aMemberThatDoesNotLeadAnswersUnavailable() throws Exception {
        RaftMetadataTablet tablet =
                new RaftMetadataTablet(
                        settings(directory, "m1", true), RaftTls.NONE, new SystemClock(), THREAD);
        assertThatThrownBy(tablet::state)
                .isInstanceOfSatisfying(
                        EblaException.class,
                        refused ->
                                assertThat(refused.code()).isEqualTo(ErrorCode.META_UNAVAILABLE));
        assertThat(tablet.submit(registration(1, 1))).isCompletedExceptionally();
        tablet.close();
    }

    @Test
    void aDirectoryIsFoundedOnlyWhenEmptyAndToldSo() throws Exception {
        assertThatThrownBy(
                        () ->
                                new RaftMetadataTablet(
                                        settings(directory, "m1", false),
                                        RaftTls.NONE,
                                        new SystemClock(),
                                        THREAD))
                .hasMessageContaining("not told to found");
        started(directory).close();
        assertThatThrownBy(
                        () ->
                                new RaftMetadataTablet(
                                        settings(directory, "m2", true),
                                        RaftTls.NONE,
                                        new SystemClock(),
                                        THREAD))
                .hasMessageContaining("belongs to member m1");
        Path log = directory.resolve("raft");
        Files.move(log, directory.resolve("elsewhere"));
        assertThatThrownBy(
                        () ->
                                new RaftMetadataTablet(
                                        settings(directory, "m1", true),
                                        RaftTls.NONE,
                                        new SystemClock(),
                                        THREAD))
                .hasMessageContaining("lost its log");
        Files.move(directory.resolve("elsewhere"), log);
        Files.delete(directory.resolve("member.json"));
        assertThatThrownBy(
                        () ->
                                new RaftMetadataTablet(
                                        settings(directory, "m1", true),
                                        RaftTls.NONE,
                                        new SystemClock(),
                                        THREAD))
                .hasMessageContaining("is there without");
    }

    @Test
    void aSecondMemberOnTheSameDirectoryIsRefused() throws Exception {
        RaftMetadataTablet first = started(directory);
        assertThatThrownBy(
                        () ->
                                new RaftMetadataTablet(
                                        settings(directory, "m1", true),
                                        RaftTls.NONE,
                                        new SystemClock(),
                                        THREAD))
                .hasMessageContaining("already runs a meta-server on " + directory);
        first.close();
        started(directory).close();
    }

    @Test
    void aFoundingThatWasCutShortIsBegunAgain() throws Exception {
        MemberFile file = new MemberFile(directory);
        file.openAlone("m1", true, java.util.UUID::randomUUID);
        file.close();
        Files.createDirectories(directory.resolve("raft/half-made"));
        try (RaftMetadataTablet tablet = started(directory)) {
            assertThat(register(tablet, 1)).isEqualTo(new Verdict.Changed());
        }
        assertThat(directory.resolve("raft/half-made")).doesNotExist();
    }

    @Test
    void aChangeTooLargeForTheLogIsRefused() throws Exception {
        try (RaftMetadataTablet tablet = started(directory)) {
            List<Holding> many = new ArrayList<>();
            for (int i = 1; i < 60_000; i++) {
                many.add(
                        new Holding(
                                new io.ebla.core.cluster.TabletId(i),
                                io.ebla.core.cluster.ReplicaId.of("replica-" + i)));
            }
            CompletableFuture<Verdict> refused =
                    tablet.submit(new ClusterCommand.RegisterNode(node(1, 1), many, 1));
            assertThatThrownBy(refused::join).hasMessageContaining("too_large");
            assertThat(register(tablet, 2)).isEqualTo(new Verdict.Changed());
        }
    }

    private List<Path> snapshots() throws IOException {
        try (Stream<Path> walk = Files.walk(directory)) {
            return walk.filter(
                            path -> path.getFileName().toString().matches("snapshot\\.\\d+_\\d+"))
                    .toList();
        }
    }

    private static Verdict register(RaftMetadataTablet tablet, int number) throws Exception {
        return tablet.submit(registration(number, number)).get(30, TimeUnit.SECONDS);
    }

    private static ClusterCommand registration(int node, int run) {
        return new ClusterCommand.RegisterNode(node(node, run), List.of(), run);
    }

    private static NodeDescriptor node(int number, int run) {
        return new NodeDescriptor(
                NodeId.of("t" + number),
                StoreId.of("store-" + number),
                Incarnation.of("run-" + run),
                "127.0.0.1:80",
                "",
                "");
    }

    private static RaftMetadataTablet started(Path directory) throws Exception {
        RaftMetadataTablet tablet =
                new RaftMetadataTablet(
                        settings(directory, "m1", true), RaftTls.NONE, new SystemClock(), THREAD);
        tablet.start();
        tablet.firstReady().get(30, TimeUnit.SECONDS);
        return tablet;
    }

    private static RaftSettings settings(Path directory, String member, boolean mayFormat) {
        return new RaftSettings(
                member, directory, "127.0.0.1", 0, List.of(), mayFormat, 50, SNAPSHOT_AFTER);
    }

    private static void copy(Path from, Path to) throws IOException {
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(from)) {
            paths = walk.sorted(Comparator.naturalOrder()).toList();
        }
        for (Path path : paths) {
            if (!path.getFileName().toString().matches("in_use.lock|LOCK")) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
    }
}
