package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long a node waits for leases that it does not remember to have granted (E8). */
class EarlierGrantsTest {

    private static final TabletId ONE = new TabletId(1);
    private static final TabletId TWO = new TabletId(2);

    @TempDir private Path directory;

    private long nowMillis = 70_000;

    private final Clock clock =
            new Clock() {
                @Override
                public long wallMillis() {
                    return nowMillis;
                }

                @Override
                public long monotonicNanos() {
                    return nowMillis * 1_000_000;
                }
            };

    private EarlierGrants run(long leaseMillis) {
        return EarlierGrants.of(directory, clock, leaseMillis);
    }

    private long waits(EarlierGrants run, TabletId tablet) {
        return run.untilNanos(tablet) / 1_000_000 - nowMillis;
    }

    @Test
    void theRunBeforeIsWaitedForFromTheBeginOfThisOneOn() {
        EarlierGrants first = run(500);
        nowMillis += 400;
        assertThat(waits(first, ONE)).isEqualTo(100);
        nowMillis += 400;
        assertThat(waits(first, TWO)).as("it has run out").isNegative();
    }

    @Test
    void aReplicaThatIsOpenedAgainMayHaveGrantedJustBefore() {
        EarlierGrants first = run(500);
        waits(first, ONE);
        nowMillis += 5_000;
        assertThat(waits(first, ONE)).isEqualTo(500);
    }

    @Test
    void theLongerLeaseOfTheRunBeforeCountsUntilItHasRunOut() {
        run(2_000).settle();
        EarlierGrants shorter = run(500);
        assertThat(waits(shorter, ONE)).isEqualTo(2_000);
        nowMillis += 1_900;
        shorter.settle();
        EarlierGrants again = run(500);
        assertThat(waits(again, ONE)).as("it ended too early").isEqualTo(2_000);
        nowMillis += 2_000;
        again.settle();
        assertThat(waits(run(500), ONE)).isEqualTo(500);
    }

    @Test
    void aLongerLeaseIsRememberedBeforeItIsGranted() {
        run(500);
        run(2_000);
        assertThat(waits(run(500), ONE)).isEqualTo(2_000);
    }

    @Test
    void aDamagedFileIsToldOf() throws IOException {
        Files.writeString(directory.resolve(EarlierGrants.FILE), "half");
        assertThatThrownBy(() -> run(500)).hasMessageContaining("is damaged");
    }
}
