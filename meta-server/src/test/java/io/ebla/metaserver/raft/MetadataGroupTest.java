package io.ebla.metaserver.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetaChange;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three members of a real Raft group, in one JVM. */
class MetadataGroupTest {

    @TempDir Path directory;
    private LocalGroup group;

    @BeforeEach
    void prepare() {
        group = new LocalGroup(directory, "m1", "m2", "m3");
    }

    @AfterEach
    void end() throws Exception {
        group.close();
    }

    @Test
    void threeEmptyDirectoriesBecomeOneGroup() throws Exception {
        group.startAll();
        group.proposeUntilAccepted(1);
        for (String member : List.of("m1", "m2", "m3")) {
            group.awaitCaughtUp(member);
            assertThat(group.member(member).membership().members())
                    .containsExactly("m1", "m2", "m3");
        }
    }

    @Test
    void theGroupIsNotFoundedBeforeAllMembersAreThere() throws Exception {
        group.start("m1");
        group.start("m3");
        assertThat(Files.exists(directory.resolve("m1/member.json"))).isTrue();
        CompletableFuture<Void> early = group.member("m3").firstReady();
        assertThatThrownBy(() -> early.get(1, TimeUnit.SECONDS))
                .isInstanceOf(java.util.concurrent.TimeoutException.class);
        group.start("m2");
        early.get(30, TimeUnit.SECONDS);
        group.proposeUntilAccepted(1);
    }

    @Test
    void proposalsResumeAfterTheLeaderIsGone() throws Exception {
        group.startAll();
        group.proposeUntilAccepted(1);
        String leader = group.leader().membership().self();
        group.stop(leader);
        long millis = group.proposeUntilAccepted(2);
        System.out.println("proposals resumed after " + millis + " ms");
        group.start(leader);
        group.awaitCaughtUp(leader);
        assertThat(group.state().nodes()).hasSize(2);
    }

    @Test
    void allOfThemRestartWithWhatWasAcknowledged() throws Exception {
        group.startAll();
        for (int i = 1; i <= 3 * LocalGroup.SNAPSHOT_AFTER; i++) {
            group.proposeUntilAccepted(i);
        }
        ClusterState before = group.state();
        group.close();
        group.startAll();
        assertThat(group.state()).isEqualTo(before);
        group.proposeUntilAccepted(9_999);
    }

    @Test
    void aMemberAloneOfThreeRefuses() throws Exception {
        group.startAll();
        group.proposeUntilAccepted(1);
        RaftMetadataTablet last = group.leader();
        String name = last.membership().self();
        for (String other : List.of("m1", "m2", "m3")) {
            if (!other.equals(name)) {
                group.stop(other);
            }
        }
        LocalGroup.eventually(
                "it steps down",
                () -> last.membership().leader().isEmpty() ? Optional.of(true) : LocalGroup.none());
        assertThat(last.takesPart()).isFalse();
        assertThatThrownBy(last::state)
                .isInstanceOfSatisfying(
                        EblaException.class,
                        refused -> {
                            assertThat(refused.code()).isEqualTo(ErrorCode.META_UNAVAILABLE);
                            assertThat(refused.retryAfterMillis()).isPresent();
                        });
        assertThat(last.submit(LocalGroup.registration(2))).isCompletedExceptionally();
    }

    @Test
    void aMemberFarBehindTakesASnapshot() throws Exception {
        group.startAll();
        String away = anotherThan(group.leader());
        group.stop(away);
        for (int i = 1; i <= 3 * LocalGroup.SNAPSHOT_AFTER; i++) {
            group.proposeUntilAccepted(LocalGroup.large(i));
        }
        LocalGroup.eventually(
                "the log is freed",
                () -> group.leader().freedUpTo() > 0 ? Optional.of(true) : LocalGroup.none());
        group.start(away);
        group.awaitCaughtUp(away);
        group.proposeUntilAccepted(9_999);
        group.awaitCaughtUp(away);
    }

    /** Each commit may be noted by one more entry, some time after; then three seconds pass without any. */
    @Test
    void anIdleGroupWritesNothing() throws Exception {
        group.startAll();
        group.proposeUntilAccepted(1);
        for (String member : List.of("m1", "m2", "m3")) {
            group.awaitCaughtUp(member);
        }
        List<Long> written = new ArrayList<>();
        while (!written.contains(0L) && written.size() < 10) {
            RaftMetadataTablet leader = group.leader();
            long before = leader.lastIndex();
            CompletableFuture<Void> seconds =
                    CompletableFuture.runAsync(
                            () -> {}, CompletableFuture.delayedExecutor(3, TimeUnit.SECONDS));
            seconds.join();
            written.add(group.leader() == leader ? leader.lastIndex() - before : -1);
        }
        assertThat(written).as("entries in stretches of three idle seconds").contains(0L);
    }

    @Test
    void aMemberThatLostItsDirectoryDoesNotFormatItself() throws Exception {
        group.startAll();
        group.proposeUntilAccepted(1);
        for (String wiped : List.of("m1", "m2")) {
            group.stop(wiped);
            RaftMetadataTablet empty = group.start(wiped, directory.resolve(wiped + "-new"), true);
            assertThatThrownBy(() -> empty.firstReady().get(2, TimeUnit.SECONDS))
                    .isInstanceOf(java.util.concurrent.TimeoutException.class);
            assertThat(empty.membership().members()).isEmpty();
            assertThat(empty.appliedState()).isEmpty();
            group.proposeUntilAccepted(2);
            group.stop(wiped);
            group.start(wiped);
            group.awaitCaughtUp(wiped);
        }
    }

    @Test
    void twoOfThreeThatLostTheirDirectoriesDoNotFoundAnother() throws Exception {
        group.startAll();
        group.proposeUntilAccepted(1);
        group.stop("m1");
        group.stop("m2");
        RaftMetadataTablet first = group.start("m1", directory.resolve("m1-new"), true);
        RaftMetadataTablet second = group.start("m2", directory.resolve("m2-new"), true);
        assertThatThrownBy(() -> first.firstReady().get(2, TimeUnit.SECONDS))
                .isInstanceOf(java.util.concurrent.TimeoutException.class);
        assertThat(second.appliedState()).isEmpty();
        LocalGroup.eventually(
                "the third does not lead alone",
                () -> group.member("m3").leads() ? LocalGroup.none() : Optional.of(true));
    }

    @Test
    void aFourthMemberJoinsWhileTheGroupRunsAndTheLeaderLeaves() throws Exception {
        group.startAll();
        group.proposeUntilAccepted(1);
        RaftMetadataTablet fourth = group.start("m4");
        group.change(MetaChange.Kind.ADD, "m4", group.address("m4"));
        assertThat(group.leader().membership().members()).containsExactly("m1", "m2", "m3", "m4");
        group.awaitCaughtUp("m4");
        LocalGroup.awaitPart(fourth);

        String leaver = group.leader().membership().self();
        group.change(MetaChange.Kind.REMOVE, leaver, group.address(leaver));
        assertThat(group.leader().membership().members()).hasSize(3).doesNotContain(leaver);
        RaftMetadataTablet left = group.member(leaver);
        LocalGroup.eventually(
                "it knows that it left",
                () -> left.appliedState().isEmpty() ? Optional.of(true) : LocalGroup.none());
        assertThat(left.takesPart()).isFalse();
        group.stop(leaver);
        group.proposeUntilAccepted(2);

        group.stop("m4");
        group.start("m4");
        group.awaitCaughtUp("m4");
    }

    @Test
    void aMemberThatLostItsDirectoryIsTakenInAgain() throws Exception {
        group.startAll();
        group.proposeUntilAccepted(1);
        group.stop("m1");
        RaftMetadataTablet empty = group.start("m1", directory.resolve("m1-new"), true);
        group.change(MetaChange.Kind.ADD, "m1", group.address("m1"));
        group.awaitCaughtUp("m1");
        assertThat(group.leader().membership().members()).containsExactly("m1", "m2", "m3");
        LocalGroup.awaitPart(empty);
        group.stop(group.leader().membership().self());
        group.proposeUntilAccepted(2);
    }

    private static String anotherThan(RaftMetadataTablet leader) {
        String self = leader.membership().self();
        return leader.membership().members().stream()
                .filter(member -> !member.equals(self))
                .findFirst()
                .orElseThrow();
    }
}
