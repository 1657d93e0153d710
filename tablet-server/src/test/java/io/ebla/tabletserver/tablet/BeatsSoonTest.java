package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BeatsSoonTest {

    private final List<Runnable> later = new ArrayList<>();
    private int beats;
    private final BeatsSoon soon =
            new BeatsSoon(
                    (millis, task) -> {
                        assertThat(millis).isBetween(2L, 5L);
                        later.add(task);
                    },
                    () -> beats++);

    @Test
    void allThatWantOneMeanwhileShareIt() {
        for (int i = 0; i < 1_000; i++) {
            soon.want();
        }
        assertThat(beats).isZero();
        assertThat(later).hasSize(1);
        later.remove(0).run();
        assertThat(beats).isEqualTo(1);
    }

    @Test
    void whoWantsOneOnceItHasBegunHasAnother() {
        soon.want();
        later.remove(0).run();
        soon.want();
        later.remove(0).run();
        assertThat(beats).isEqualTo(2);
    }
}
