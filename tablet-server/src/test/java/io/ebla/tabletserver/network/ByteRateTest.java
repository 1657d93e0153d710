package io.ebla.tabletserver.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.time.Clock;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ByteRateTest {

    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private long now = 5_000 * MILLI;
    private final Clock clock =
            new Clock() {
                @Override
                public long wallMillis() {
                    return 0;
                }

                @Override
                public long monotonicNanos() {
                    return now;
                }
            };

    @Test
    void afterAShortBurstEveryChunkWaitsForTheOnesBeforeIt() {
        ByteRate rate = new ByteRate(clock, 1_000_000);
        assertThat(rate.take(100_000)).isZero();
        assertThat(rate.take(50_000)).isZero();
        assertThat(rate.take(50_000)).isEqualTo(50 * MILLI);
        assertThat(rate.take(50_000)).isEqualTo(100 * MILLI);
    }

    @Test
    void overASecondNoMoreIsTakenThanTheRateAndItsBurst() {
        ByteRate rate = new ByteRate(clock, 1_000_000);
        long end = now + 1_000 * MILLI;
        long sent = 0;
        while (now < end) {
            now += rate.take(10_000);
            sent += 10_000;
        }
        assertThat(sent).isBetween(1_000_000L, 1_120_000L);
    }

    @Test
    void whatIsNotUsedIsNotSavedUp() {
        ByteRate rate = new ByteRate(clock, 1_000_000);
        rate.take(100_000);
        now += 60_000 * MILLI;
        assertThat(rate.take(100_000)).isZero();
        assertThat(rate.take(1)).isZero();
        assertThat(rate.take(1_000)).isPositive();
    }
}
