package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LivesTest {

    private final Set<Long> lived = ConcurrentHashMap.newKeySet();

    @Test
    void everySeedIsLivedOnce() {
        Lives.live(5, 300, seed -> assertThat(lived.add(seed)).isTrue());
        assertThat(lived).isEqualTo(from(5, 305));
    }

    @Test
    void theSmallestSeedThatFailsIsToldHoweverTheThreadsRun() {
        for (int round = 0; round < 200; round++) {
            lived.clear();
            assertThatThrownBy(
                            () ->
                                    Lives.live(
                                            1,
                                            1_000,
                                            seed -> {
                                                lived.add(seed);
                                                if (seed == 17 || seed == 18 || seed > 20) {
                                                    throw new GroupLedger.Violation("of " + seed);
                                                }
                                            }))
                    .isInstanceOf(GroupLedger.Violation.class)
                    .hasMessage("of 17");
            assertThat(lived).containsAll(from(1, 18));
        }
    }

    private static Set<Long> from(long first, long end) {
        return LongStream.range(first, end).boxed().collect(Collectors.toSet());
    }
}
