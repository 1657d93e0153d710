package io.ebla.tabletserver.tablet;

import static io.ebla.tabletserver.tablet.SimulatedTablet.delete;
import static io.ebla.tabletserver.tablet.SimulatedTablet.key;
import static io.ebla.tabletserver.tablet.SimulatedTablet.put;
import static io.ebla.tabletserver.tablet.SimulatedTablet.rows;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.oplog.EntryKind;
import io.ebla.tabletserver.store.CrashableTabletStores;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a tablet promises its callers, each promise with the disk under the test's hand. */
class TabletTest {

    private static final RowCondition ABSENT = (key, row) -> row.isEmpty();
    private static final RowCondition PRESENT = (key, row) -> row.isPresent();

    private final CrashableTabletStores stores = new CrashableTabletStores();
    private SimulatedTablet sim = new SimulatedTablet(stores, TabletSettings.DEFAULTS);

    private SimulatedTablet serving() {
        return sim.open().serve();
    }

    private void crash() {
        sim.oplog.crash();
        restart();
    }

    private void restart() {
        stores.crash();
        sim = new SimulatedTablet(sim.clock, sim.oplog, stores, TabletSettings.DEFAULTS).open();
    }

    private void becomeMaster(long epoch) {
        sim.takeOver(epoch);
        sim.settleAndSync();
    }

    // ---------------------------------------------------------------- writes

    @Test
    void aWriteIsAnsweredOnlyOnceItsSyncHasEnded() {
        serving();
        Answers<WriteResult> answer = sim.write(put("a", "1"));
        assertThat(answer.given()).isFalse();
        sim.settleAndSync();
        assertThat(answer.result().outcome()).isEqualTo(Outcome.COMMITTED);
        assertThat(answer.result().copies()).isEqualTo(1);
        assertThat(answer.result().replicas()).containsExactly(SimulatedTablet.NODE);
        assertThat(answer.result().operations().get(0).existed()).isFalse();
        assertThat(sim.value("a")).contains("1");
    }

    @Test
    void aReplacedRowKeepsItsCreationAndRisesInVersion() {
        serving();
        var created = sim.written(put("a", "1")).operations().get(0);
        sim.clock.pass(5);
        var replaced = sim.written(put("a", "2")).operations().get(0);
        assertThat(replaced.existed()).isTrue();
        assertThat(replaced.createdAt()).isEqualTo(created.createdAt());
        assertThat(replaced.updatedAt()).isEqualTo(created.updatedAt() + 5);
        assertThat(replaced.version()).isGreaterThan(created.version());
    }

    @Test
    void aDeleteOfAnAbsentRowIsLoggedAndHasAPosition() {
        serving();
        long before = sim.tablet.pipeline().appendedIndex();
        WriteResult result = sim.written(delete("nobody"));
        assertThat(result.operations().get(0).existed()).isFalse();
        assertThat(result.position().index()).isEqualTo(before + 1);
    }

    @Test
    void allWritesOfATurnShareOneAppend() {
        serving();
        int before = sim.oplog.appends().size();
        List<Answers<WriteResult>> answers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Answers<WriteResult> answer = new Answers<>();
            sim.tablet.write(sim.request(put("k" + i, "v")), sim.later, answer);
            answers.add(answer);
        }
        sim.settleAndSync();
        assertThat(sim.oplog.appends()).hasSize(before + 1);
        assertThat(sim.oplog.appends().get(before)).hasSize(10);
        answers.forEach(Answers::result);
    }

    @Test
    void aBatchIsJudgedOnTheStateBeforeItAndFailsAsAWhole() {
        serving();
        sim.written(put("a", "1"));
        Answers<WriteResult> refused =
                sim.write(put("b", "1", 0, ABSENT), put("a", "2", 0, ABSENT));
        assertThat(refused.failure().code()).isEqualTo(ErrorCode.CONDITION_FAILED);
        assertThat(refused.failure().failedOperation()).hasValue(1);
        assertThat(refused.failure().outcome()).contains(Outcome.NOT_APPLIED);
        assertThat(sim.value("b")).isEmpty();
        WriteResult taken =
                sim.written(
                        delete("a"),
                        put("b", "2", 0, ABSENT),
                        new RowOperation.Check(key("c"), ABSENT));
        assertThat(taken.operations()).hasSize(3);
        assertThat(taken.operations().get(0).existed()).isTrue();
        assertThat(taken.operations().get(1).version().position()).isEqualTo(1);
        assertThat(taken.operations().get(2).version()).isNull();
        assertThat(sim.value("a")).isEmpty();
    }

    @Test
    void aWriteOfChecksAloneAppendsNothing() {
        serving();
        sim.written(put("a", "1"));
        int appends = sim.oplog.appends().size();
        Answers<WriteResult> answer = sim.write(new RowOperation.Check(key("a"), PRESENT));
        assertThat(answer.result().operations().get(0).existed()).isTrue();
        assertThat(sim.oplog.appends()).hasSize(appends);
    }

    @Test
    void aConditionThatThrowsIsFalseAndOneTooLargeIsTold() {
        serving();
        RowCondition broken =
                (key, row) -> {
                    throw new IllegalStateException("no such field");
                };
        assertThat(sim.write(put("a", "1", 0, broken)).failure().code())
                .isEqualTo(ErrorCode.CONDITION_FAILED);
        RowCondition large =
                (key, row) -> {
                    throw new EblaException(ErrorCode.TOO_LARGE, "cost").withStatus(422);
                };
        EblaException told = sim.write(put("a", "1", 0, large)).failure();
        assertThat(told.code()).isEqualTo(ErrorCode.TOO_LARGE);
        assertThat(told.status()).isEqualTo(422);
        assertThat(told.outcome()).contains(Outcome.NOT_APPLIED);
    }

    @Test
    void writesHandedOverTogetherAreAnsweredTogetherInOrder() {
        serving();
        Answers<List<WriteAnswer>> answers = new Answers<>();
        sim.tablet.writeAll(
                List.of(
                        sim.request(put("a", "1")),
                        sim.request(put("a", "2", 0, ABSENT)),
                        sim.request(put("a", "3", 0, PRESENT))),
                sim.later,
                answers);
        sim.settle();
        assertThat(answers.given()).isFalse();
        sim.settleAndSync();
        assertThat(answers.result().get(0).result()).isNotNull();
        assertThat(answers.result().get(1).failure().code()).isEqualTo(ErrorCode.CONDITION_FAILED);
        assertThat(answers.result().get(2).result()).isNotNull();
        assertThat(sim.value("a")).contains("3");
    }

    @Test
    void aFullMailboxRefusesAndSaysWhenToComeBack() {
        TabletSettings small = new TabletSettings(4, 1 << 20, 2, 1 << 20, 1, 10, 1000, 100, 10, 50);
        sim = new SimulatedTablet(stores, small).open().serve();
        List<Answers<WriteResult>> answers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            answers.add(sim.write(put("k" + i, "v")));
        }
        long refused = answers.stream().filter(Answers::given).count();
        assertThat(refused).isEqualTo(5);
        EblaException failure = answers.get(9).failure();
        assertThat(failure.code()).isEqualTo(ErrorCode.OVERLOADED);
        assertThat(failure.outcome()).contains(Outcome.NOT_APPLIED);
        assertThat(failure.retryAfterMillis()).hasValue(50);
        sim.settleAndSync();
        assertThat(answers.stream().limit(5).map(answer -> answer.result().outcome()))
                .containsOnly(Outcome.COMMITTED);
    }

    // ---------------------------------------------------------------- a held sync

    @Test
    void heldSyncMakesConditionsReadsScansAndDuplicatesWait() {
        serving();
        Answers<WriteResult> first = sim.write(sim.idempotent("id", "same", put("a", "1")));
        Answers<WriteResult> condition = sim.write(put("a", "2", 0, ABSENT));
        Answers<ReadResult> read = sim.get("a");
        Answers<TabletScan> scan = sim.scan();
        Answers<WriteResult> duplicate = sim.write(sim.idempotent("id", "same", put("a", "1")));
        Answers<WriteResult> reused = sim.write(sim.idempotent("id", "other", put("a", "9")));
        Answers<WriteResult> check = sim.write(new RowOperation.Check(key("a"), PRESENT));
        assertThat(
                        List.of(
                                first.given(),
                                condition.given(),
                                read.given(),
                                scan.given(),
                                duplicate.given(),
                                reused.given(),
                                check.given()))
                .containsOnly(false);
        assertThat(sim.get("b").given()).as("a row nobody writes").isTrue();
        assertThat(sim.write(put("b", "1", 0, PRESENT)).failure().code())
                .as("a condition on it")
                .isEqualTo(ErrorCode.CONDITION_FAILED);
        sim.settleAndSync();
        assertThat(first.result().replayed()).isFalse();
        assertThat(condition.failure().code()).isEqualTo(ErrorCode.CONDITION_FAILED);
        assertThat(SimulatedTablet.text(read.result().row().orElseThrow())).isEqualTo("1");
        assertThat(rows(scan.result())).hasSize(1);
        assertThat(duplicate.result().replayed()).isTrue();
        assertThat(duplicate.result().operations()).isEqualTo(first.result().operations());
        assertThat(duplicate.result().position()).isEqualTo(first.result().position());
        assertThat(reused.failure().code()).isEqualTo(ErrorCode.IDEMPOTENCY_KEY_REUSED);
        assertThat(check.result().operations().get(0).existed()).isTrue();
    }

    @Test
    void aReadWaitsForTheLastPendingWriteOfItsRowAndForNoLaterOne() {
        serving();
        sim.write(put("a", "1"));
        Answers<ReadResult> read = sim.get("a");
        sim.write(put("b", "1"));
        sim.oplog.syncOne();
        sim.settle();
        assertThat(SimulatedTablet.text(read.result().row().orElseThrow())).isEqualTo("1");
    }

    @Test
    void aWaitThatRunsOutLeavesTheWriteUnknownAndItTakesEffect() {
        serving();
        Answers<WriteResult> write = sim.write(put("a", "1"));
        Answers<WriteResult> condition = sim.write(put("a", "2", 0, ABSENT));
        Answers<ReadResult> read = sim.get("a");
        sim.pass(SimulatedTablet.TIMEOUT_MILLIS);
        assertThat(write.failure().code()).isEqualTo(ErrorCode.ACK_TIMEOUT);
        assertThat(write.failure().outcome()).contains(Outcome.UNKNOWN);
        assertThat(condition.failure().code()).isEqualTo(ErrorCode.ACK_TIMEOUT);
        assertThat(condition.failure().outcome()).contains(Outcome.NOT_APPLIED);
        assertThat(read.failure().code()).isEqualTo(ErrorCode.ACK_TIMEOUT);
        sim.settleAndSync();
        assertThat(sim.value("a")).contains("1");
    }

    @Test
    void deadlineInMailboxIsNotApplied() {
        serving();
        sim.write(put("a", "1"));
        sim.write(put("b", "1"));
        Answers<WriteResult> inMailbox = sim.write(put("c", "1"));
        sim.pass(SimulatedTablet.TIMEOUT_MILLIS);
        assertThat(inMailbox.failure().code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
        assertThat(inMailbox.failure().outcome()).contains(Outcome.NOT_APPLIED);
        assertThat(inMailbox.failure().retryable()).isTrue();
        sim.settleAndSync();
        assertThat(sim.value("c")).isEmpty();
    }

    @Test
    void deadlineThatPassedBeforeAReadBeganIsTold() {
        serving();
        Answers<ReadResult> read = new Answers<>();
        sim.tablet.get(
                key("a"), ReadLevel.STRONG, null, sim.clock.monotonicNanos(), sim.later, read);
        assertThat(read.failure().code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    }

    // ---------------------------------------------------------------- failing disks

    @Test
    void failedSyncEndsInFlightUnknownAndReadsGoOn() {
        serving();
        sim.written(put("a", "1"));
        Answers<WriteResult> inFlight = sim.write(put("a", "2"));
        Answers<WriteResult> condition = sim.write(put("a", "3", 0, ABSENT));
        Answers<WriteResult> inMailbox = sim.write(put("c", "1"));
        Answers<WriteResult> inMailboxToo = sim.write(put("d", "1"));
        Answers<ReadResult> read = sim.get("a");
        sim.oplog.failSync();
        sim.settle();
        assertThat(inFlight.failure().code()).isEqualTo(ErrorCode.DISK_FAILED);
        assertThat(inFlight.failure().outcome()).contains(Outcome.UNKNOWN);
        assertThat(inFlight.failure().retryable()).isFalse();
        assertThat(condition.failure().outcome()).contains(Outcome.NOT_APPLIED);
        assertThat(inMailbox.given()).isTrue();
        assertThat(inMailboxToo.failure().outcome()).contains(Outcome.NOT_APPLIED);
        assertThat(SimulatedTablet.text(read.result().row().orElseThrow())).isEqualTo("1");
        EblaException refused = sim.write(put("e", "1")).failure();
        assertThat(refused.code()).isEqualTo(ErrorCode.DISK_FAILED);
        assertThat(refused.outcome()).contains(Outcome.NOT_APPLIED);
        assertThat(sim.value("a")).contains("1");
        assertThat(rows(sim.scan().result())).hasSize(1);
    }

    @Test
    void aFullDiskRefusesWritesAndTakesThemAgainWhenThereIsRoom() {
        serving();
        sim.written(put("a", "1"));
        sim.oplog.refuse(
                new EblaException(ErrorCode.DISK_FULL, "no room").withRetryAfterMillis(500));
        Answers<WriteResult> refused = sim.write(sim.idempotent("id", "f", put("a", "2")));
        assertThat(refused.failure().code()).isEqualTo(ErrorCode.DISK_FULL);
        assertThat(refused.failure().outcome()).contains(Outcome.NOT_APPLIED);
        assertThat(refused.failure().retryAfterMillis()).hasValue(500);
        assertThat(sim.value("a")).contains("1");
        sim.oplog.refuse(null);
        Answers<WriteResult> again = sim.write(sim.idempotent("id", "f", put("a", "2")));
        sim.settleAndSync();
        assertThat(again.result().replayed()).isFalse();
        assertThat(sim.value("a")).contains("2");
    }

    @Test
    void aRefusedGroupTakesBackAllThatRestedOnIt() {
        serving();
        sim.written(put("a", "1"));
        sim.write(put("a", "2"));
        sim.oplog.refuse(new EblaException(ErrorCode.OVERLOADED, "queue"));
        Answers<WriteResult> first = new Answers<>();
        Answers<WriteResult> second = new Answers<>();
        sim.tablet.write(sim.request(put("a", "3")), sim.later, first);
        sim.tablet.write(sim.request(put("a", "4", 0, ABSENT)), sim.later, second);
        sim.settle();
        assertThat(first.failure().code()).isEqualTo(ErrorCode.OVERLOADED);
        assertThat(second.failure().code()).isEqualTo(ErrorCode.OVERLOADED);
        sim.oplog.refuse(null);
        Answers<WriteResult> third = sim.write(put("a", "5"));
        sim.settleAndSync();
        assertThat(third.result().operations().get(0).existed()).isTrue();
        assertThat(sim.value("a")).contains("5");
        assertThat(sim.store.applied().rows()).isEqualTo(1);
    }

    @Test
    void appendsThatCouldNotBeWrittenAreTakenBackAsOne() {
        serving();
        sim.written(put("a", "1"));
        Answers<WriteResult> first = sim.write(put("a", "2"));
        Answers<WriteResult> second = sim.write(put("b", "2", 0, ABSENT));
        Answers<ReadResult> read = sim.get("a");
        sim.oplog.failUnwritten(new EblaException(ErrorCode.DISK_FULL, "no room"));
        sim.settle();
        assertThat(first.failure().code()).isEqualTo(ErrorCode.DISK_FULL);
        assertThat(first.failure().outcome()).contains(Outcome.NOT_APPLIED);
        assertThat(second.failure().outcome()).contains(Outcome.NOT_APPLIED);
        assertThat(SimulatedTablet.text(read.result().row().orElseThrow())).isEqualTo("1");
        assertThat(sim.written(put("a", "3")).operations().get(0).existed()).isTrue();
        assertThat(sim.value("a")).contains("3");
        assertThat(sim.value("b")).isEmpty();
    }

    @Test
    void aTakeOverWhoseFirstEntryFindsNoRoomIsTriedAgain() {
        sim.open();
        sim.takeOver(1);
        sim.settle();
        sim.oplog.syncOne();
        sim.settle();
        sim.oplog.failUnwritten(new EblaException(ErrorCode.DISK_FULL, "no room"));
        sim.settle();
        assertThat(sim.get("a").failure().code()).isEqualTo(ErrorCode.NO_MASTER);
        sim.pass(10);
        sim.settleAndSync();
        assertThat(sim.written(put("a", "1")).position().epoch()).isEqualTo(1);
    }

    @Test
    void aPromiseThatFindsTheJournalBusyIsTriedAgain() {
        sim.open();
        sim.oplog.failPromises(new EblaException(ErrorCode.OVERLOADED, "its queue is full"));
        sim.takeOver(1);
        sim.settle();
        assertThat(sim.get("a").failure().code()).isEqualTo(ErrorCode.NO_MASTER);
        assertThat(sim.tablet.pipeline().waiting()).as("ticks are wanted").isTrue();
        sim.oplog.failPromises(null);
        sim.pass(10);
        sim.settleAndSync();
        assertThat(sim.written(put("a", "1")).position().epoch()).isEqualTo(1);
    }

    @Test
    void aPromiseThatTheDiskRefusesForGoodIsNotTriedAgain() {
        sim.open();
        sim.oplog.failPromises(new EblaException(ErrorCode.DISK_FAILED, "the disk failed"));
        sim.takeOver(1);
        sim.settle();
        assertThat(sim.tablet.pipeline().waiting()).isFalse();
        assertThat(sim.tablet.state()).isEqualTo(TabletState.FOLLOWER);
    }

    // ---------------------------------------------------------------- restarts

    @Test
    void restartedNodeServesOnlyInItsNewEpoch() {
        serving();
        sim.written(put("a", "1"));
        restart();
        assertThat(sim.write(put("a", "2")).failure().code()).isEqualTo(ErrorCode.NO_MASTER);
        assertThat(sim.get("a").failure().code()).isEqualTo(ErrorCode.NO_MASTER);
        becomeMaster(1);
        assertThat(sim.get("a").failure().code())
                .as("the epoch of the run before")
                .isEqualTo(ErrorCode.NO_MASTER);
        becomeMaster(2);
        assertThat(sim.value("a")).contains("1");
        assertThat(sim.written(put("a", "2")).operations().get(0).version().epoch()).isEqualTo(2);
    }

    @Test
    void inheritedTailCountsOnceTheNewEpochHasBegun() {
        serving();
        sim.written(put("a", "1"));
        sim.write(put("a", "2"));
        sim.oplog.crashKeeping(1);
        restart();
        assertThat(sim.store.applied().index())
                .as("applied up to the commit hint only")
                .isLessThan(sim.oplog.durableIndex());
        sim.takeOver(2);
        sim.settle();
        sim.oplog.syncOne();
        sim.settle();
        assertThat(sim.get("a").failure().code())
                .as("the promise is durable, EPOCH_START is not")
                .isEqualTo(ErrorCode.NO_MASTER);
        sim.settleAndSync();
        assertThat(sim.value("a")).contains("2");
        assertThat(sim.oplog.durableEntries().get(sim.oplog.durableEntries().size() - 1).kind())
                .isEqualTo(EntryKind.EPOCH_START);
    }

    @Test
    void anIdempotentRequestIsAnsweredAgainAfterARestart() {
        serving();
        Answers<WriteResult> first = sim.write(sim.idempotent("id", "f", put("a", "1")));
        sim.settleAndSync();
        sim.written(put("a", "2"));
        crash();
        becomeMaster(2);
        WriteRequest again = sim.idempotent("id", "f", put("a", "1", 0, ABSENT));
        WriteResult replay = sim.write(again).result();
        assertThat(replay.replayed()).isTrue();
        assertThat(replay.operations()).isEqualTo(first.result().operations());
        assertThat(replay.position()).isEqualTo(first.result().position());
        assertThat(sim.value("a")).contains("2");
    }

    @Test
    void aFailedConditionIsNotRemembered() {
        serving();
        WriteRequest request = sim.idempotent("id", "f", put("a", "1", 0, PRESENT));
        assertThat(sim.write(request).failure().code()).isEqualTo(ErrorCode.CONDITION_FAILED);
        sim.written(put("a", "0"));
        Answers<WriteResult> again =
                sim.write(sim.idempotent("id", "f", put("a", "1", 0, PRESENT)));
        sim.settleAndSync();
        assertThat(again.result().replayed()).isFalse();
    }

    @Test
    void anIdempotencyRecordIsForgottenAfterItsTime() {
        serving();
        sim.write(sim.idempotent("id", "f", put("a", "1")));
        sim.settleAndSync();
        sim.clock.pass(TabletSettings.DEFAULTS.idempotencyRetentionMillis());
        Answers<WriteResult> later = sim.write(sim.idempotent("id", "other", put("a", "2")));
        sim.settleAndSync();
        assertThat(later.result().replayed()).isFalse();
        assertThat(sim.value("a")).contains("2");
    }

    // ---------------------------------------------------------------- time

    @Test
    void expiredRowIsAbsentAtThatMillisecond() {
        serving();
        var created = sim.written(put("a", "1", 100, RowCondition.ALWAYS)).operations().get(0);
        assertThat(created.expiresAt()).isEqualTo(created.updatedAt() + 100);
        sim.clock.pass(99);
        assertThat(sim.value("a")).contains("1");
        TabletScan open = sim.scan().result();
        sim.clock.pass(1);
        assertThat(sim.value("a")).isEmpty();
        assertThat(rows(open)).isEmpty();
        assertThat(rows(sim.scan().result())).isEmpty();
        assertThat(sim.write(put("a", "2", 0, PRESENT)).failure().code())
                .isEqualTo(ErrorCode.CONDITION_FAILED);
        var again = sim.written(put("a", "2", 0, ABSENT)).operations().get(0);
        assertThat(again.existed()).isFalse();
        assertThat(again.createdAt()).isEqualTo(created.createdAt() + 100);
    }

    @Test
    void whatHasExpiredStaysExpiredWhenTheClockStepsBack() {
        serving();
        sim.written(put("a", "1", 100, RowCondition.ALWAYS));
        sim.clock.pass(100);
        assertThat(sim.value("a")).isEmpty();
        sim.clock.stepWall(-50);
        assertThat(sim.value("a")).isEmpty();
        assertThat(sim.written(put("a", "2")).operations().get(0).existed()).isFalse();
    }

    @Test
    void expiredRowsAreRemovedThroughTheLogAtABoundedRate() {
        serving();
        for (int i = 0; i < 2500; i++) {
            sim.write(put("k" + i, "v", 10, RowCondition.ALWAYS));
            if (i % 500 == 0) {
                sim.settleAndSync();
            }
        }
        sim.settleAndSync();
        assertThat(sim.store.applied().rows()).isEqualTo(2500);
        List<Long> rowsLeft = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            sim.pass(100);
            sim.pass(0);
            sim.settleAndSync();
            rowsLeft.add(sim.store.applied().rows());
        }
        assertThat(rowsLeft).containsExactly(1500L, 500L, 0L);
        assertThat(
                        sim.oplog.durableEntries().stream()
                                .filter(entry -> entry.kind().equals(EntryKind.EXPIRE)))
                .hasSize(3);
    }

    @Test
    void aWriteOverARowThatAPendingExpiryMayRemoveWaitsForIt() {
        serving();
        sim.written(put("a", "1", 10, RowCondition.ALWAYS));
        sim.pass(100);
        assertThat(sim.oplog.queuedAppends()).as("the EXPIRE").isEqualTo(1);
        sim.write(put("a", "2"));
        assertThat(sim.oplog.queuedAppends()).as("the write waits").isEqualTo(1);
        sim.settleAndSync();
        assertThat(sim.value("a")).contains("2");
        assertThat(sim.store.applied().rows()).isEqualTo(1);
    }

    // ---------------------------------------------------------------- session and local reads

    @Test
    void aSessionReadWaitsForItsPositionAndALocalOneForNothing() {
        serving();
        WriteResult first = sim.written(put("a", "1"));
        sim.write(put("a", "2"));
        Answers<ReadResult> local = sim.get("a", ReadLevel.LOCAL, null);
        Answers<ReadResult> session = sim.get("a", ReadLevel.SESSION, first.position());
        assertThat(SimulatedTablet.text(local.result().row().orElseThrow())).isEqualTo("1");
        assertThat(session.result().row()).isPresent();
        Position next =
                new Position(
                        SimulatedTablet.ID, first.position().epoch(), first.position().index() + 1);
        Answers<ReadResult> waiting = sim.get("a", ReadLevel.SESSION, next);
        assertThat(waiting.given()).isFalse();
        sim.settleAndSync();
        assertThat(SimulatedTablet.text(waiting.result().row().orElseThrow())).isEqualTo("2");
    }

    @Test
    void aPositionBeyondTheHistoryIsLost() {
        serving();
        WriteResult written = sim.written(put("a", "1"));
        Position beyond = new Position(SimulatedTablet.ID, 1, written.position().index() + 5);
        assertThat(sim.get("a", ReadLevel.SESSION, beyond).failure().code())
                .isEqualTo(ErrorCode.POSITION_LOST);
        crash();
        becomeMaster(2);
        assertThat(sim.get("a", ReadLevel.SESSION, beyond).failure().code())
                .as("beyond the end of its epoch")
                .isEqualTo(ErrorCode.POSITION_LOST);
        assertThat(sim.get("a", ReadLevel.SESSION, written.position()).result().row()).isPresent();
        Position other = new Position(new io.ebla.core.cluster.TabletId(99), 1, 1_000_000);
        assertThat(sim.get("a", ReadLevel.SESSION, other).result().row()).isPresent();
    }

    @Test
    void anAnswersPositionCoversWhatItShows() {
        serving();
        Position written = sim.written(put("a", "1")).position();
        Position read = sim.get("a").result().position();
        assertThat(read.index()).isGreaterThanOrEqualTo(written.index());
        TabletScan scan = sim.scan().result();
        assertThat(scan.position()).isEqualTo(read);
        scan.close();
    }

    // ---------------------------------------------------------------- ends

    @Test
    void drainingFinishesWhatItHasAndRefusesTheRest() {
        serving();
        Answers<WriteResult> inFlight = sim.write(put("a", "1"));
        List<String> events = new ArrayList<>();
        sim.tablet.pipeline().drain(() -> events.add("drained"));
        sim.settle();
        assertThat(events).isEmpty();
        assertThat(sim.write(put("b", "1")).failure().code()).isEqualTo(ErrorCode.NO_MASTER);
        sim.settleAndSync();
        assertThat(inFlight.result().outcome()).isEqualTo(Outcome.COMMITTED);
        assertThat(events).containsExactly("drained");
    }

    @Test
    void aClosedTabletEndsWhatWaits() {
        serving();
        Answers<WriteResult> inFlight = sim.write(put("a", "1"));
        Answers<ReadResult> read = sim.get("a");
        sim.tablet.pipeline().close(() -> {});
        sim.settle();
        assertThat(inFlight.failure().outcome()).contains(Outcome.UNKNOWN);
        assertThat(read.failure().code()).isEqualTo(ErrorCode.NO_MASTER);
        assertThat(sim.get("a").failure().code()).isEqualTo(ErrorCode.NO_MASTER);
    }

    @Test
    void aBrokenInvariantStopsTheTablet() {
        serving();
        Answers<WriteResult> inFlight = sim.write(put("a", "1"));
        sim.store.close();
        sim.oplog.sync();
        sim.settle();
        assertThat(inFlight.failure().outcome()).contains(Outcome.UNKNOWN);
        assertThat(sim.write(put("b", "1")).failure().code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(sim.get("b").failure().code()).isEqualTo(ErrorCode.INTERNAL);
    }

    @Test
    void anAppendThatBreaksAnswersTheGroupAsUnknown() {
        serving();
        sim.oplog.failAppends(new IllegalStateException("broken"));
        Answers<WriteResult> answer = sim.write(put("a", "1"));
        sim.settle();
        assertThat(answer.failure().outcome()).contains(Outcome.UNKNOWN);
        assertThat(sim.write(put("b", "1")).failure().code()).isEqualTo(ErrorCode.INTERNAL);
    }
}
