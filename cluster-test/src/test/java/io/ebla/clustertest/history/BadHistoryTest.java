package io.ebla.clustertest.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.history.Verdict.Violation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Histories that must be rejected, each with the wrong it shows; the check is the same for all. */
class BadHistoryTest {

    private final Script s = new Script();

    @AfterEach
    void isRejected() {
        assertThat(s.verdict()).isInstanceOf(Violation.class);
    }

    @Test
    void staleRead() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).put("r", "2").committed("v2");
        s.at(40, 50).read("r", "1", "v1");
    }

    @Test
    void readMissesACommittedWrite() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(11, 12).read("r", "", "");
    }

    @Test
    void readOfTheFuture() {
        s.at(0, 10).read("r", "1", "v1");
        s.at(11, 12).put("r", "1").committed("v1");
    }

    @Test
    void readOfWhatNobodyWrote() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(11, 12).read("r", "2", "v2");
    }

    @Test
    void readOfAWriteNotApplied() {
        s.at(0, 10).put("r", "1").notApplied();
        s.at(11, 12).read("r", "1", "v1");
    }

    @Test
    void readOfAWriteWhoseConditionFailed() {
        s.at(0, 10).ifAbsent().put("r", "1").failed();
        s.at(11, 12).read("r", "1", "v1");
    }

    @Test
    void readOfARevertedWrite() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).put("r", "2").reverted();
        s.at(40, 50).read("r", "2", "v2");
    }

    @Test
    void readOfARevertedWriteWhileItRuns() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 60).put("r", "2").reverted();
        s.at(30, 40).read("r", "2", "v2");
    }

    @Test
    void revertTakesALaterWriteWithIt() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 60).put("r", "2").reverted();
        s.at(70, 80).put("r", "3").committed("v3");
        s.at(90, 95).read("r", "1", "v9");
    }

    @Test
    void revertOfACreationLeavesTheRow() {
        s.at(0, 10).put("r", "1").reverted();
        s.at(11, 12).ifExists().put("r", "2").committed("v2");
    }

    @Test
    void oldVersionStillGoodAfterARevert() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).put("r", "2").reverted();
        s.at(40, 50).ifVersion("v1").put("r", "3").committed("v3");
    }

    @Test
    void twoConditionalWritesOnOneVersion() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 40).ifVersion("v1").put("r", "2").committed("v2");
        s.at(20, 40).ifVersion("v1").put("r", "3").committed("v3");
    }

    @Test
    void twoCreationsOfOneRow() {
        s.at(0, 20).ifAbsent().put("r", "1").committed("v1");
        s.at(0, 20).ifAbsent().put("r", "2").committed("v2");
    }

    @Test
    void lostUpdate() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).ifVersion("v1").put("r", "2").committed("v2");
        s.at(40, 50).put("r", "3").committed("v3");
        s.at(60, 70).read("r", "2", "v2");
    }

    @Test
    void committedWriteLostInAFailover() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).put("r", "2").committed("v2");
        s.at(40, 50).ifVersion("v1").put("r", "3").committed("v3");
    }

    @Test
    void resurrectedAfterADelete() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).delete("r").committed("");
        s.at(40, 50).read("r", "1", "v1");
    }

    @Test
    void deleteThatWasForgotten() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).delete("r").committed("");
        s.at(40, 50).ifExists().put("r", "2").committed("v2");
    }

    @Test
    void readsGoBack() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 90).put("r", "2").committed("v2");
        s.at(30, 40).read("r", "2", "v2");
        s.at(50, 60).read("r", "1", "v1");
    }

    @Test
    void readsGoBackOverAnUnknownWrite() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).put("r", "2").unknown();
        s.at(40, 50).read("r", "2", "v2");
        s.at(60, 70).read("r", "1", "v1");
    }

    @Test
    void readersDisagreeOnTheOrder() {
        s.at(0, 90).put("r", "1").committed("v1");
        s.at(0, 90).put("r", "2").committed("v2");
        s.at(10, 20).read("r", "1", "v1");
        s.at(30, 40).read("r", "2", "v2");
        s.at(50, 60).read("r", "1", "v1");
    }

    @Test
    void halfABatchIsSeen() {
        s.at(0, 10).put("a", "1").put("b", "1").committed("v1", "v2");
        s.at(20, 90).put("a", "2").put("b", "2").committed("v3", "v4");
        s.at(30, 40).read("a", "2", "v3", "b", "1", "v2");
    }

    @Test
    void halfABatchIsSeenByTwoGets() {
        s.at(0, 10).put("a", "1").put("b", "1").committed("v1", "v2");
        s.at(20, 90).put("a", "2").put("b", "2").committed("v3", "v4");
        s.at(30, 40).read("a", "2", "v3");
        s.at(50, 60).read("b", "1", "v2");
    }

    @Test
    void halfABatchOfUnknownEndStays() {
        s.at(0, 10).put("a", "1").put("b", "1").unknown();
        s.at(20, 30).read("a", "1", "v1");
        s.at(40, 50).read("b", "", "");
    }

    @Test
    void batchWithAFailedConditionTookEffect() {
        s.at(0, 10).put("a", "1").committed("v1");
        s.at(20, 30).ifAbsent().put("a", "2").put("b", "2").committed("v2", "v3");
    }

    @Test
    void batchCheckedWhatWasNoMore() {
        s.at(0, 10).put("a", "1").committed("v1");
        s.at(20, 30).put("a", "2").committed("v2");
        s.at(40, 50).ifVersion("v1").check("a").put("b", "3").committed("", "v3");
    }

    @Test
    void writeAppliedTwice() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).put("r", "2").committed("v2");
        s.at(40, 50).read("r", "1", "v3");
    }

    @Test
    void unknownWriteAppliedTwice() {
        s.at(0, 10).put("r", "1").unknown();
        s.at(20, 30).read("r", "1", "v1");
        s.at(40, 50).put("r", "2").committed("v2");
        s.at(60, 70).read("r", "1", "v3");
    }

    @Test
    void unknownDeleteAppliedTwice() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).delete("r").unknown();
        s.at(40, 50).read("r", "", "");
        s.at(60, 70).put("r", "2").committed("v2");
        s.at(80, 90).read("r", "", "");
    }

    @Test
    void unknownWriteSeenBeforeItBegan() {
        s.at(0, 10).read("r", "1", "v1");
        s.at(20, 30).put("r", "1").unknown();
    }

    @Test
    void versionGivenTwice() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).put("r", "2").committed("v1");
    }

    @Test
    void versionGivenToTwoRows() {
        s.at(0, 10).put("a", "1").committed("v1");
        s.at(20, 30).put("b", "2").committed("v1");
    }

    @Test
    void readUnderAnotherVersionThanWritten() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).read("r", "1", "v2");
    }

    @Test
    void conditionFailedThoughItHeld() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).ifVersion("v1").put("r", "2").failed();
    }

    @Test
    void creationRefusedWithoutARow() {
        s.at(0, 10).ifAbsent().put("r", "1").failed();
    }

    @Test
    void conditionFailedOnAWriteThatWasLost() {
        s.at(0, 10).ifAbsent().put("r", "1").accepted("v1");
        s.at(20, 30).ifAbsent().put("r", "2").failed();
        s.at(40, 50).read("r", "", "");
    }

    @Test
    void saidCreatedWhereARowWas() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).put("r", "2").created("v2");
    }

    @Test
    void saidReplacedWhereNoRowWas() {
        s.at(0, 10).put("r", "1").replaced("v1");
    }

    @Test
    void acceptedWriteAppearsAfterItWasLost() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).put("r", "2").accepted("v2");
        s.at(40, 50).read("r", "1", "v1");
        s.at(60, 70).read("r", "2", "v2");
    }

    @Test
    void longChainWithOneWriteMissing() {

        s.at(0, 1).put("r", "0").committed("v0");
        for (int i = 1; i < 200; i++) {
            if (i != 100) {
                s.at(10L * i, 10L * i + 5)
                        .ifVersion("v" + (i - 1))
                        .put("r", "" + i)
                        .committed("v" + i);
            }
        }
    }
}
