package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class LoadTest {

    private final Load load = new Load();
    private final Random random = new Random(7);

    private void asked(int times, IntFunction<String> pk) {
        for (int i = 0; i < times; i++) {
            load.keep(Bytes.utf8(pk.apply(i)));
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
            load.add(Bytes.utf8(key(i)));
        }
        assertThat(load.operations()).isEqualTo(1_000);
    }

    /** Callers that take turns: a sample at each even step would see one of them only. */
    @Test
    void whatIsKeptIsOfAllCallers() {
        for (int i = 0; i < Load.KEPT * Load.ONE_IN; i++) {
            load.add(Bytes.utf8(key(i % 2 == 0 ? 3_000 : 7_000)));
        }
        assertThat(load.middle()).contains(bound(7_000));
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
        asked(Load.ENOUGH - 1, i -> key(i));
        assertThat(load.middle()).isEmpty();
        asked(1, i -> key(9));
        assertThat(load.middle()).isPresent();
    }
}
