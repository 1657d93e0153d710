package io.ebla.tabletserver.tablet;

import static io.ebla.tabletserver.tablet.SimulatedTablet.delete;
import static io.ebla.tabletserver.tablet.SimulatedTablet.key;
import static io.ebla.tabletserver.tablet.SimulatedTablet.put;
import static io.ebla.tabletserver.tablet.SimulatedTablet.rows;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a tablet promises those who write, with the sync under the test's hand. */
class TabletWritesTest extends TabletCase {

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
}
