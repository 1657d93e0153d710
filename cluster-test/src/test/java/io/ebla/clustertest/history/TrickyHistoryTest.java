package io.ebla.clustertest.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.history.Verdict.Linearizable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Histories that look wrong and are not: each must be accepted. */
class TrickyHistoryTest {

    private final Script s = new Script();

    @AfterEach
    void isAccepted() {
        assertThat(s.verdict()).isInstanceOf(Linearizable.class);
    }

    @Test
    void emptyHistory() {}

    @Test
    void readOfAWriteThatStillRuns() {
        s.at(0, 90).put("r", "1").committed("v1");
        s.at(10, 20).read("r", "1", "v1");
        s.at(30, 40).read("r", "1", "v1");
    }

    @Test
    void readThatOverlapsMissesTheWrite() {
        s.at(0, 50).put("r", "1").committed("v1");
        s.at(10, 90).read("r", "", "");
    }

    @Test
    void endAndBeginOfOneMomentOverlap() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(10, 20).read("r", "", "");
    }

    @Test
    void unknownWriteTakesEffectMuchLater() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).put("r", "2").unknown();
        s.at(40, 50).read("r", "1", "v1");
        s.at(60, 70).put("r", "3").committed("v3");
        s.at(80, 90).read("r", "2", "v2");
    }

    @Test
    void unknownWriteNeverTakesEffect() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).put("r", "2").unknown();
        s.at(40, 50).read("r", "1", "v1");
    }

    @Test
    void unknownDeleteExplainsAnAbsentRow() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).delete("r").unknown();
        s.at(40, 50).read("r", "1", "v1");
        s.at(60, 70).read("r", "", "");
    }

    @Test
    void unknownWriteThatNobodySawExplainsAFailedCondition() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).put("r", "2").unknown();
        s.at(40, 50).ifVersion("v1").put("r", "3").failed();
        s.at(60, 70).put("r", "4").committed("v4");
        s.at(80, 90).read("r", "4", "v4");
    }

    @Test
    void unknownConditionalWriteWasTheOneThatCounted() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).ifVersion("v1").put("r", "2").unknown();
        s.at(25, 50).ifVersion("v1").put("r", "3").failed();
        s.at(60, 70).read("r", "2", "v2");
        s.at(80, 90).ifVersion("v2").put("r", "4").committed("v4");
    }

    @Test
    void acceptedWriteIsLost() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).put("r", "2").accepted("v2");
        s.at(40, 50).read("r", "1", "v1");
    }

    @Test
    void acceptedWriteStays() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).put("r", "2").accepted("v2");
        s.at(40, 50).ifVersion("v2").put("r", "3").committed("v3");
    }

    @Test
    void acceptedWritesOnOneVersionAtTwoMasters() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).ifVersion("v1").put("r", "2").accepted("v2");
        s.at(40, 50).ifVersion("v1").put("r", "3").committed("v3");
    }

    @Test
    void revertRestoresUnderANewVersion() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).put("r", "2").reverted();
        s.at(40, 50).read("r", "1", "v9");
        s.at(60, 70).ifVersion("v1").put("r", "3").failed();
        s.at(80, 90).ifVersion("v9").put("r", "4").committed("v10");
    }

    @Test
    void revertedWriteMadeAConditionFailMeanwhile() {
        s.at(0, 90).put("r", "1").reverted();
        s.at(10, 20).ifAbsent().put("r", "2").failed();
        s.at(30, 40).read("r", "", "");
        s.at(50, 60).ifAbsent().put("r", "3").created("v3");
    }

    @Test
    void twoRevertsEachUnderItsOwnVersion() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).put("r", "2").reverted();
        s.at(40, 50).read("r", "1", "v8");
        s.at(60, 70).delete("r").reverted();
        s.at(80, 90).read("r", "1", "v9");
    }

    @Test
    void writeOfUnknownEndWasRevertedLater() {
        s.at(0, 10).put("r", "1").committed("v1");
        s.at(20, 30).revertible().put("r", "2").unknown();
        s.at(40, 50).read("r", "1", "v1");
        s.at(60, 70).ifVersion("v1").put("r", "3").failed();
        s.at(80, 90).read("r", "1", "v9");
    }

    @Test
    void overlappingBatchesInSomeOrder() {
        s.at(0, 50).put("a", "1").put("b", "1").committed("v1", "v2");
        s.at(10, 60).put("b", "2").put("c", "2").committed("v3", "v4");
        s.at(20, 70).put("c", "3").put("a", "3").committed("v5", "v6");
        s.at(80, 90).read("a", "1", "v1", "b", "1", "v2", "c", "2", "v4");
    }

    @Test
    void oneBatchDeletesAndPuts() {
        s.at(0, 10).put("a", "1").put("b", "1").committed("v1", "v2");
        s.at(20, 30)
                .ifVersion("v1")
                .delete("a")
                .put("b", "2")
                .ifAbsent()
                .check("c")
                .committed("", "v3", "");
        s.at(40, 50).read("a", "", "", "b", "2", "v3", "c", "", "");
    }

    @Test
    void manyWritesAtOnceInTheOrderTheReadsTell() {
        for (int i = 1; i <= 9; i++) {
            s.at(0, 1000).put("r", "" + i).committed("v" + i);
        }
        for (int i = 9; i >= 1; i--) {
            s.at(100 - 10L * i, 105 - 10L * i).read("r", "" + i, "v" + i);
        }
    }

    @Test
    void sixtyWritesOfUnknownEndWidenNothingMuch() {
        s.at(0, 1).put("r", "first").committed("first");
        for (int i = 0; i < 60; i++) {
            s.at(2, 3).put("r", "u" + i).unknown();
            s.at(2, 3).delete("r").unknown();
        }
        for (int i = 0; i < 60; i++) {
            s.at(10L * i + 10, 10L * i + 15).put("r", "" + i).committed("v" + i);
            s.at(10L * i + 16, 10L * i + 18).ifVersion("v" + i).put("r", "c" + i).failed();
        }
    }

    @Test
    void deleteOfNothing() {
        s.at(0, 10).delete("r").committed("");
        s.at(20, 30).read("r", "", "");
        s.at(40, 50).put("r", "1").created("v1");
    }
}
