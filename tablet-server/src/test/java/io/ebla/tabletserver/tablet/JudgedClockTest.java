package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.time.Clock;
import org.junit.jupiter.api.Test;

/** A clock among others, at given times. */
class JudgedClockTest {

    private static final long START = 1_700_000_000_000L;

    private long millis;
    private long stepMillis;

    private final JudgedClock judged =
            new JudgedClock(
                    new Clock() {
                        @Override
                        public long wallMillis() {
                            return START + millis + stepMillis;
                        }

                        @Override
                        public long monotonicNanos() {
                            return millis * 1_000_000;
                        }
                    },
                    1_000);

    /** Another clock answers that is so much ahead of the true time. */
    private void hear(String node, long aheadMillis) {
        long asked = judged.monotonicNanos();
        millis += 2;
        judged.heard(new NodeId(node), START + millis - 1 + aheadMillis, asked);
    }

    @Test
    void nobodyIsJudgedByOneOther() {
        hear("a", 60_000);
        assertThat(judged.trusted()).isTrue();
        assertThat(judged.offsetMillis()).isZero();
        hear("a", 60_000);
        assertThat(judged.trusted()).isTrue();
    }

    @Test
    void theMedianJudgesAndOneBadClockAmongThreeIsFound() {
        hear("a", 60_000);
        hear("b", 5);
        assertThat(judged.trusted()).isTrue();
        stepMillis = 60_000;
        assertThat(judged.offsetMillis()).isZero();
        hear("a", 0);
        assertThat(judged.offsetMillis()).isBetween(59_990L, 60_000L);
        assertThat(judged.trusted()).isFalse();
    }

    @Test
    void theMedianOfManyIsTheLowerOfTwoInTheMiddle() {
        hear("a", 100);
        hear("b", 200);
        hear("c", 300);
        assertThat(judged.offsetMillis()).as("0 100 200 300").isEqualTo(-100);
        hear("d", 400);
        assertThat(judged.offsetMillis()).as("0 100 200 300 400").isEqualTo(-200);
        stepMillis = 250;
        assertThat(judged.offsetMillis()).as("100 200 250 300 400").isZero();
        stepMillis = 500;
        assertThat(judged.offsetMillis()).as("100 200 300 400 500").isEqualTo(200);
    }

    @Test
    void aStepIsSeenWithoutAnybodysMessage() {
        hear("a", 0);
        hear("b", 0);
        assertThat(judged.trusted()).isTrue();
        stepMillis = 2_000;
        assertThat(judged.trusted()).isFalse();
        stepMillis = -2_000;
        assertThat(judged.trusted()).isFalse();
        stepMillis = 900;
        assertThat(judged.trusted()).isTrue();
    }

    @Test
    void theTimeOfTabletsNeverSeesTheHourThatTheWallClockJumped() {
        hear("a", 0);
        hear("b", 0);
        stepMillis = 3_600_000;
        assertThat(judged.wallMillis()).isEqualTo(START + millis + 3_600_000);
        assertThat(judged.durableMillis()).isBetween(START + millis - 5, START + millis + 5);
        millis += 500;
        assertThat(judged.durableMillis()).isBetween(START + millis - 5, START + millis + 5);
        stepMillis = 0;
        assertThat(judged.durableMillis()).isEqualTo(START + millis);
    }

    @Test
    void metaIsOneOfTheOthers() {
        hear("a", 0);
        stepMillis = 5_000;
        long asked = judged.monotonicNanos();
        judged.heardMeta(START + millis, asked);
        assertThat(judged.trusted()).isFalse();
    }

    /** A process that stood still reads old answers when it goes on. */
    @Test
    void anAnswerThatTookLongSaysNothing() {
        hear("a", 0);
        hear("b", 0);
        long asked = judged.monotonicNanos();
        long then = START + millis;
        millis += 5_000;
        judged.heard(new NodeId("a"), then, asked);
        judged.heard(new NodeId("b"), then, asked);
        assertThat(judged.offsetMillis()).isBetween(-5L, 5L);
    }

    @Test
    void whoIsNotHeardOfForLongJudgesNoMore() {
        hear("a", 0);
        hear("b", 0);
        stepMillis = 5_000;
        assertThat(judged.trusted()).isFalse();
        millis += 11_000;
        hear("a", 0);
        assertThat(judged.trusted()).as("only one is left").isTrue();
        hear("b", 0);
        assertThat(judged.trusted()).isFalse();
        millis += 61_000;
        assertThat(judged.trusted()).as("nobody is left").isTrue();
    }
}
