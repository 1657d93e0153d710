package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.time.Clock;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class LoadTest {

    private long nowNanos;
    private final Load load = new Load(new NanosOnly());
    private final Random random = new Random(7);

    private final class NanosOnly implements Clock {

        @Override
        public long monotonicNanos() {
            return nowNanos;
        }

        @Override
        public long wallMillis() {
            throw new UnsupportedOperationException("load has no date");
        }
    }

    /** So many are kept, as far apart as they have to be. */
    private void asked(int times, IntFunction<String> pk) {
        for (int i = 0; i < times; i++) {
            nowNanos += Load.APART_NANOS;
            for (int j = 0; j < Load.ONE_IN; j++) {
                load.add(RowKey.of(pk.apply(i)));
            }
        }
    }

    private static String key(int number) {
        return "k%04d".formatted(number);
    }

    private static Bytes bound(int number) {
        return KeyRange.boundOfPk(Bytes.utf8(key(number)));
    }

    @Test
    void everyOperationIsCounted() {
        for (int i = 0; i < 1_000; i++) {
            load.add(RowKey.of(key(i)));
        }
        assertThat(load.operations()).isEqualTo(1_000);
    }

    /** A bound below which half of what was asked for lies, and nothing that will be. */
    @Test
    void keysThatOnlyRiseAreNotParted() {
        asked(Load.KEPT, i -> key(i));
        assertThat(load.middle()).isEmpty();
    }

    @Test
    void aBurstIsNoMoreThanOneSample() {
        asked(Load.ENOUGH, i -> key(random.nextInt(100)));
        for (int i = 0; i < 100 * Load.KEPT * Load.ONE_IN; i++) {
            load.add(RowKey.of(key(9_000 + i % 100)));
        }
        assertThat(load.middle().orElseThrow()).isLessThan(bound(100));
    }

    @Test
    void anEvenLoadIsHalvedInTheMiddle() {
        asked(Load.KEPT, i -> key(random.nextInt(10_000)));
        assertThat(load.middle().orElseThrow()).isBetween(bound(3_500), bound(6_500));
    }

    /** Half of the rows would be a bound at 5,000, which leaves nearly all of the load on one side. */
    @Test
    void aHotPartIsHalvedAndNotTheRows() {
        asked(
                Load.KEPT,
                i -> key(random.nextInt(10) == 0 ? random.nextInt(10_000) : random.nextInt(100)));
        assertThat(load.middle().orElseThrow()).isLessThan(bound(100));
    }

    @Test
    void whatWasAskedForLongAgoCountsNoMore() {
        asked(Load.KEPT, i -> key(random.nextInt(100)));
        asked(Load.KEPT, i -> key(9_000 + random.nextInt(100)));
        assertThat(load.middle().orElseThrow()).isGreaterThan(bound(9_000));
    }

    @Test
    void aSingleHotPkIsNotParted() {
        asked(Load.KEPT, i -> key(i % 8 == 0 ? random.nextInt(10_000) : 5_000));
        assertThat(load.middle()).isEmpty();
    }

    @Test
    void twoHotPksAreParted() {
        asked(Load.KEPT, i -> key(i % 2 == 0 ? 3_000 : 7_000));
        assertThat(load.middle()).contains(bound(7_000));
    }

    @Test
    void nothingIsToldOfAFew() {
        asked(Load.ENOUGH - 1, i -> key(i % 10));
        assertThat(load.middle()).isEmpty();
        asked(1, i -> key(9));
        assertThat(load.middle()).isPresent();
    }
}
