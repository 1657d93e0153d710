package io.ebla.tabletserver.membership;

import static io.ebla.tabletserver.membership.FakeMeta.next;
import static io.ebla.tabletserver.membership.KnownTablet.HOLDING;
import static io.ebla.tabletserver.membership.KnownTablet.TABLET;
import static io.ebla.tabletserver.membership.KnownTablet.map;
import static io.ebla.tabletserver.membership.KnownTablet.replicated;
import static io.ebla.tabletserver.membership.KnownTablet.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableName;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.port.FreePorts;
import io.ebla.core.time.SystemClock;
import io.ebla.tabletserver.network.NodeTls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MembershipTest {

    /** Longer than any test waits: who leaves before did not wait for it. */
    private static final Duration LEAVE = Duration.ofMinutes(5);

    /** Likewise: who is ready before did not wait for it. */
    private static final Duration READY_PATIENCE = Duration.ofMinutes(5);

    /** Of calls that are answered, however busy the machine. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir Path directory;

    private final FakeTablets tablets = new FakeTablets();
    private final List<AutoCloseable> toClose = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : toClose) {
            each.close();
        }
    }

    @Test
    void aNodeRegistersWithWhatItHoldsAndIsReadyWhenItsTabletsServe() throws Exception {
        FakeMeta meta = meta(map(3));
        tablets.holdings = List.of(HOLDING);
        Membership membership = start(meta.address());
        MetaApi.Register registration = next(meta.registrations);
        assertThat(registration.node().id()).isEqualTo(NodeId.of("t1"));
        assertThat(registration.node().address()).isEqualTo("127.0.0.1:8080");
        assertThat(registration.clusterId()).isEmpty();
        assertThat(registration.holdings()).containsExactly(HOLDING);
        assertThat(next(tablets.maps)).isEqualTo(map(3));
        assertThat(membership.ready()).isNotDone();
        tablets.statuses = List.of(status());
        membership.ready().get(30, TimeUnit.SECONDS);
        assertThat(new ClusterFile(directory).clusterId()).isEqualTo("cluster-1");
    }

    @Test
    void aCorruptedTabletKeepsNoStartWaitingAndAFailedOneDoes() throws Exception {
        FakeMeta meta = meta(map(3));
        tablets.statuses = List.of(status(false, MetaApi.ReplicaCondition.FAILED));
        Membership membership = start(meta.address());
        next(tablets.maps);
        assertThat(membership.ready()).isNotDone();
        tablets.statuses = List.of(status(false, MetaApi.ReplicaCondition.CORRUPTED));
        membership.ready().get(30, TimeUnit.SECONDS);
    }

    @Test
    void newerMapsAreFollowedAndOlderOnesRefused() throws Exception {
        FakeMeta meta = meta(map(3));
        start(meta.address());
        assertThat(next(tablets.maps).version()).isEqualTo(3);
        meta.publish(map(5));
        assertThat(next(tablets.maps).version()).isEqualTo(5);
        meta.publish(map(4));
        meta.publish(map(6));
        assertThat(next(tablets.maps).version()).isEqualTo(6);
    }

    @Test
    void aMapThatBreaksTheNodeIsTakenAgainAndTheNextOnesFollowed() throws Exception {
        FakeMeta meta = meta(map(3));
        tablets.statuses = List.of(status());
        tablets.updatesToBreak.set(1);
        Membership membership = start(meta.address());
        assertThat(next(tablets.maps).version()).isEqualTo(3);
        membership.ready().get(30, TimeUnit.SECONDS);
        tablets.updatesToBreak.set(1);
        meta.publish(map(5));
        assertThat(next(tablets.maps).version()).isEqualTo(5);
        meta.publish(map(6));
        assertThat(next(tablets.maps).version()).isEqualTo(6);
    }

    @Test
    void aMapOfAnotherClusterIsNeverObeyed() throws Exception {
        new ClusterFile(directory).join("another-cluster");
        FakeMeta meta = meta(map(3));
        Membership membership = start(meta.address());
        assertThat(next(meta.registrations).clusterId()).isEqualTo("another-cluster");
        next(meta.registrations);
        assertThat(tablets.maps).isEmpty();
        assertThat(membership.ready()).isNotDone();
    }

    @Test
    void openedAndDroppedReplicasAreReported() throws Exception {
        FakeMeta meta = meta(map(3));
        start(meta.address());
        next(tablets.maps);
        tablets.opened = List.of(HOLDING);
        tablets.changed();
        MetaApi.Opened opened = next(meta.opened);
        assertThat(opened.replicas()).containsExactly(HOLDING);
        assertThat(opened.incarnation()).isEqualTo(Incarnation.of("run-1"));
        tablets.opened = List.of();
        tablets.dropped = List.of(TABLET);
        tablets.changed();
        assertThat(next(meta.dropped).tablets()).containsExactly(TABLET);
        MetaApi.Retired retired =
                new MetaApi.Retired(TABLET, NodeId.of("t1"), ReplicaId.of("replica-1"));
        tablets.dropped = List.of();
        tablets.retired = List.of(retired);
        tablets.changed();
        MetaApi.Dropped removed = next(meta.dropped);
        while (removed.replicas().isEmpty()) {
            removed = next(meta.dropped);
        }
        assertThat(removed.replicas()).containsExactly(retired);
    }

    /** As a merged tablet that waits for others, or a dropped one that is not taken off the list yet. */
    @Test
    void whatIsInOrderForLongIsToldMoreAndMoreSeldom() throws Exception {
        FakeMeta meta = meta(map(3));
        start(meta.address());
        next(tablets.maps);
        tablets.dropped = List.of(TABLET);
        long began = System.nanoTime();
        tablets.changed();
        for (int i = 0; i < 3; i++) {
            next(meta.dropped);
        }
        assertThat(System.nanoTime() - began).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(1_400));
    }

    @Test
    void aNodeThatLeavesAsksUntilItsMastershipsAreHandedOver() throws Exception {
        FakeMeta meta = meta(replicated(3));
        Membership membership = start(meta.address());
        next(tablets.maps);
        meta.masterships.addAll(List.of(2, 1, 0));
        membership.leave().get(30, TimeUnit.SECONDS);
        assertThat(meta.masterships).isEmpty();
        assertThat(next(meta.leaving).incarnation()).isEqualTo(Incarnation.of("run-1"));
    }

    @Test
    void aCallThatFailsDoesNotEndALeave() throws Exception {
        FakeMeta meta = meta(replicated(3));
        Membership membership = start(meta.address());
        next(tablets.maps);
        meta.masterships.addAll(List.of(FakeMeta.NO_LEADER, 2, FakeMeta.NO_LEADER, 1, 0));
        membership.leave().get(30, TimeUnit.SECONDS);
        assertThat(meta.masterships).isEmpty();
    }

    @Test
    void aNodeThatCannotHandOverLeavesAtOnce() throws Exception {
        FakeMeta meta = meta(map(3));
        Membership alone = start(meta.address());
        next(tablets.maps);
        alone.leave().get(30, TimeUnit.SECONDS);
        assertThat(meta.leaving).isEmpty();
    }

    @Test
    void aNodeThatFindsNoMetaServerLeavesLongBeforeItsPatienceIsOver() throws Exception {
        FakeMeta dying = meta(replicated(3));
        Membership cutOff = start(dying.address());
        next(tablets.maps);
        dying.close();
        cutOff.leave().get(30, TimeUnit.SECONDS);
    }

    @Test
    void aNodeThatMetaForgotRegistersAgain() throws Exception {
        FakeMeta meta = meta(map(3));
        start(meta.address());
        next(meta.registrations);
        next(meta.heartbeats);
        meta.forgetful = true;
        next(meta.registrations);
    }

    @Test
    void onlyWhatChangedIsReportedUntilTheLeaderWantsAll() throws Exception {
        FakeMeta meta = meta(map(3));
        tablets.statuses = List.of(status());
        meta.heard = new MetaApi.Heard(System.currentTimeMillis(), false);
        start(meta.address());
        MetaApi.Heartbeat first = next(meta.heartbeats);
        assertThat(first.base()).isZero();
        assertThat(first.tablets()).containsExactly(status());
        MetaApi.Heartbeat later = next(meta.heartbeats);
        while (later.base() == 0) {
            later = next(meta.heartbeats);
        }
        assertThat(later.tablets()).isEmpty();
        meta.heard = new MetaApi.Heard(System.currentTimeMillis(), true);
        while (later.base() > 0) {
            later = next(meta.heartbeats);
        }
        assertThat(later.tablets()).containsExactly(status());
    }

    @Test
    void aNodeWaitsForMetaAndOutlivesItsAbsence() throws Exception {
        int port = FreePorts.next();
        start("127.0.0.1:" + port);
        FakeMeta second = new FakeMeta(map(4), port);
        toClose.add(0, second);
        assertThat(next(tablets.maps).version()).isEqualTo(4);
        second.close();
        FakeMeta third = new FakeMeta(map(7), port);
        toClose.add(0, third);
        assertThat(next(tablets.maps).version()).isEqualTo(7);
    }

    @Test
    void theNextMetaServerIsAskedWhenOneIsAwayOrDoesNotLead() throws Exception {
        FakeMeta away = meta(map(1));
        away.close();
        FakeMeta follower = meta(map(2));
        follower.refuse = ErrorCode.META_UNAVAILABLE;
        FakeMeta leader = meta(map(3));
        MetaClient client = client(FakeMeta.addresses(leader, follower, leader));
        MetaClient astray = client(List.of(away.address(), follower.address(), leader.address()));
        assertThat(client.map().get(30, TimeUnit.SECONDS).version()).isEqualTo(3);
        assertThat(astray.map().get(30, TimeUnit.SECONDS).version()).isEqualTo(3);
        create(astray).get(30, TimeUnit.SECONDS);
        assertThat(leader.created).hasSize(1);
    }

    @Test
    void theLeaderThatAnAnswerNamesIsAskedFirst() throws Exception {
        FakeMeta follower = meta(map(2));
        FakeMeta leader = meta(map(3));
        follower.leader = leader.address();
        MetaClient client = client(FakeMeta.addresses(follower, leader));
        assertThat(client.map().get(30, TimeUnit.SECONDS).version()).isEqualTo(2);
        assertThat(client.map().get(30, TimeUnit.SECONDS).version()).isEqualTo(3);
    }

    @Test
    void metaServersThatTheMapNamesAreAskedWhenTheConfiguredOneIsGone() throws Exception {
        FakeMeta joined = meta(map(5));
        FakeMeta configured =
                meta(
                        new ClusterMap(
                                "cluster-1",
                                1,
                                3,
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of(joined.address())));
        start(configured.address());
        assertThat(next(tablets.maps).version()).isEqualTo(3);
        configured.close();
        assertThat(next(tablets.maps).version()).isEqualTo(5);
        assertThat(new ClusterFile(directory).metaServers()).containsExactly(joined.address());
    }

    @Test
    void aMetaServerThatStoppedIsLeftForAnother() throws Exception {
        FakeMeta stopped = meta(map(3));
        FakeMeta other = meta(map(3));
        start(List.of(stopped.address(), other.address()));
        assertThat(next(tablets.maps).version()).isEqualTo(3);
        next(stopped.heartbeats);
        stopped.silentToHeartbeats = true;
        next(other.heartbeats);
        other.publish(map(4));
        assertThat(next(tablets.maps).version()).isEqualTo(4);
    }

    @Test
    void aChangeThatMayHaveArrivedIsUnknownAndNotSentTwice() throws Exception {
        FakeMeta silent = meta(map(1));
        silent.silentToChanges = true;
        FakeMeta other = meta(map(1));
        List<String> both = List.of(silent.address(), other.address());
        MetaClient client = client(both, Duration.ofSeconds(3));
        // A busy machine may take that long for its first call alone.
        until("an answer", () -> answers(client));
        EblaException failure = failure(create(client));
        assertThat(failure.code()).isEqualTo(ErrorCode.META_UNAVAILABLE);
        assertThat(failure.outcome()).contains(Outcome.UNKNOWN);
        assertThat(failure.retryable()).isFalse();
        assertThat(other.created).isEmpty();
    }

    @Test
    void whileMetaIsAwayChangesAreRefusedAtOnceAndNotApplied() throws Exception {
        FakeMeta away = meta(map(1));
        away.close();
        MetaClient client = client(List.of(away.address()));
        for (int i = 0; i < 15; i++) {
            EblaException failure = failure(create(client));
            assertThat(failure.code()).isEqualTo(ErrorCode.META_UNAVAILABLE);
            assertThat(failure.retryable()).isTrue();
        }
        // After a pause one call is let through.
        until(
                "a call that is not even tried",
                () -> failure(create(client)).getMessage().contains("answered lately"));
    }

    private static void until(String what, BooleanSupplier holds) {
        long begun = System.nanoTime();
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime() - begun).as(what).isLessThan(PATIENCE.toNanos());
        }
    }

    private static boolean answers(MetaClient client) {
        try {
            return client.map().get(30, TimeUnit.SECONDS).version() == 1;
        } catch (ExecutionException late) {
            return false;
        } catch (InterruptedException | TimeoutException broken) {
            throw new AssertionError(broken);
        }
    }

    @Test
    void whatMetaRefusesKeepsItsCode() throws Exception {
        FakeMeta meta = meta(map(1));
        meta.refuse = ErrorCode.NOT_ENOUGH_NODES;
        MetaClient client = client(List.of(meta.address()));
        for (int i = 0; i < 30; i++) {
            assertThat(failure(create(client)).code()).isEqualTo(ErrorCode.NOT_ENOUGH_NODES);
        }
    }

    private static CompletableFuture<MetaApi.TableCreated> create(MetaClient client) {
        return client.createTable(
                new MetaApi.CreateTable(TableName.of("books"), 1, StoreKind.DISK, 0, List.of()));
    }

    private static EblaException failure(CompletableFuture<?> future) {
        try {
            future.get(30, TimeUnit.SECONDS);
        } catch (Exception failed) {
            Throwable cause = failed.getCause();
            return (EblaException)
                    (cause instanceof CompletionException ? cause.getCause() : cause);
        }
        throw new AssertionError("did not fail");
    }

    private FakeMeta meta(ClusterMap map) {
        FakeMeta meta = new FakeMeta(map);
        toClose.add(meta);
        return meta;
    }

    private MetaClient client(List<String> addresses) {
        return client(addresses, PATIENCE);
    }

    private MetaClient client(List<String> addresses, Duration timeout) {
        ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
        MetaClient client =
                new MetaClient(
                        new MetaTransport(() -> addresses, "", NodeTls.NONE), timeout, thread);
        toClose.add(0, client);
        toClose.add(0, thread::shutdownNow);
        return client;
    }

    private Membership start(String address) {
        return start(List.of(address));
    }

    private Membership start(List<String> addresses) {
        ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
        MembershipProperties settings =
                new MembershipProperties(
                        Duration.ofMillis(50),
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(5),
                        Duration.ofMillis(5),
                        Duration.ofMillis(50),
                        READY_PATIENCE,
                        LEAVE);
        Membership membership =
                new Membership(
                        tablets,
                        client(addresses),
                        new ClusterFile(directory),
                        new SystemClock(),
                        settings,
                        thread);
        toClose.add(0, membership);
        membership.start("127.0.0.1:8080", "", "");
        return membership;
    }
}
