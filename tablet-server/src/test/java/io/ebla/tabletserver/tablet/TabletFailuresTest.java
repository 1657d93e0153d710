package io.ebla.tabletserver.tablet;

import static io.ebla.tabletserver.tablet.SimulatedTablet.put;
import static io.ebla.tabletserver.tablet.SimulatedTablet.rows;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.tabletserver.store.TabletStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What becomes of writes and reads when the disk fails, or the tablet ends. */
class TabletFailuresTest extends TabletCase {

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

    /** What uses the room may be what the CANCEL ends. */
    @Test
    void aStoreWithoutRoomDoesNotKeepAMergeFromBeingCancelled() {
        sim.open();
        EblaException[] full = new EblaException[1];
        TabletStore real = sim.store;
        sim.over(
                new PlayedStore(real) {
                    @Override
                    public void apply(List<LogEntry> entries) {
                        if (full[0] != null) {
                            throw full[0];
                        }
                        super.apply(entries);
                    }
                });
        sim.serve();
        full[0] = new EblaException(ErrorCode.DISK_FULL, "no room");
        sim.write(put("a", "1"));
        sim.settleAndSync();
        assertThat(sim.write(put("b", "1")).failure().code()).isEqualTo(ErrorCode.DISK_FULL);
        CompletableFuture<NodeApi.SplitAnswer> answer =
                sim.tablet
                        .pipeline()
                        .splitting()
                        .ask(1, new Mutation.CancelSplit(new TabletId(900)));
        sim.settleAndSync();
        assertThat(sim.oplog.durableEntries().stream().map(LogEntry::kind))
                .endsWith(EntryKind.CANCEL);
        full[0] = null;
        sim.pass(1_000);
        sim.settleAndSync();
        assertThat(answer)
                .isCompletedWithValue(new NodeApi.SplitAnswer(NodeApi.SplitResult.CANCELLED));
        assertThat(sim.value("a")).contains("1");
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

    /** Its log may be forgotten by then: a promise would bring it back. */
    @Test
    void aPromiseThatFailsOnceTheTabletIsClosedIsNotTriedAgain() {
        sim.open();
        sim.takeOver(1);
        sim.settle();
        sim.tablet.pipeline().close(() -> {});
        sim.settle();
        sim.oplog.failUnwritten(new EblaException(ErrorCode.OVERLOADED, "its queue is full"));
        sim.settle();
        assertThat(sim.tablet.pipeline().waiting()).isFalse();
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
