package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.time.Clock;
import org.junit.jupiter.api.Test;

class TabletTimeTest {

    private long wall = 1_000;
    private final TabletTime time = new TabletTime(clock(), 0);

    private Clock clock() {
        return new Clock() {
            @Override
            public long wallMillis() {
                return wall;
            }

            @Override
            public long monotonicNanos() {
                return wall * 1_000_000;
            }
        };
    }

    @Test
    void itNeverGoesBack() {
        assertThat(time.nowMillis()).isEqualTo(1_000);
        wall = 900;
        assertThat(time.nowMillis()).isEqualTo(1_000);
        assertThat(time.raise(1_100)).isEqualTo(1_100);
        assertThat(time.raise(950)).isEqualTo(1_100);
        assertThat(time.nowMillis()).isEqualTo(1_100);
        wall = 1_200;
        assertThat(time.nowMillis()).isEqualTo(1_200);
    }

    @Test
    void whileItIsStoppedItShowsNothingLater() {
        assertThat(time.nowMillis()).isEqualTo(1_000);
        time.stop();
        wall = 2_000;
        assertThat(time.nowMillis()).isEqualTo(1_000);
        assertThat(time.floorMillis()).isEqualTo(1_000);
        assertThat(time.raise(2_500)).isEqualTo(2_500);
        assertThat(time.floorMillis()).isEqualTo(2_500);
        time.stop();
        assertThat(time.nowMillis()).isEqualTo(1_000);
        assertThat(time.takes(2_400, 0)).isTrue();
        time.goOn();
        assertThat(time.nowMillis()).isEqualTo(2_500);
        wall = 3_000;
        time.goOn();
        assertThat(time.nowMillis()).isEqualTo(3_000);
    }
}
