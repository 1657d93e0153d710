package io.ebla.tabletserver.tablet;

import static io.ebla.tabletserver.tablet.SimulatedTablet.put;
import static io.ebla.tabletserver.tablet.SimulatedTablet.rows;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.contract.ErrorCode;
import io.ebla.core.oplog.EntryKind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What outlives a restart and the passing of time, and what reads see of it. */
class TabletRestartsTest extends TabletCase {

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
    void aPositionIsJudgedByEpochsThatTheLogNoLongerHolds() {
        serving();
        Position held = sim.written(put("a", "1")).position();
        crash();
        becomeMaster(2);
        for (int i = 0; i < 5; i++) {
            sim.written(put("b", "" + i));
        }
        Position lost = new Position(SimulatedTablet.ID, 1, held.index() + 2);
        sim.store.flush();
        restart();
        assertThat(sim.store.applied().index()).isGreaterThan(lost.index());
        becomeMaster(3);
        assertThat(sim.get("a", ReadLevel.SESSION, lost).failure().code())
                .isEqualTo(ErrorCode.POSITION_LOST);
        assertThat(sim.get("a", ReadLevel.SESSION, held).result().row()).isPresent();
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
}
