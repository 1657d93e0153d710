package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A tablet that is only scanned is not idle. */
class ScanLoadTest extends TabletCase {

    @BeforeEach
    void serve() {
        serving();
    }

    private long operations() {
        return sim.tablet.load().operations();
    }

    private void write(int rows) {
        for (int i = 0; i < rows; i++) {
            sim.written(SimulatedTablet.put(key(i), "v"));
        }
    }

    private static String key(int number) {
        return "k%04d".formatted(number);
    }

    @Test
    void aScanIsAnOperationForEverySoManyRows() {
        write(2 * LocalScan.ROWS_PER_OPERATION + 1);
        long before = operations();
        assertThat(SimulatedTablet.rows(sim.scan().result())).hasSize(65);
        assertThat(operations() - before).isEqualTo(3);
    }

    @Test
    void aScanOfWhichOneRowIsReadIsAnOperation() {
        write(100);
        long before = operations();
        try (TabletScan scan = sim.scan().result()) {
            scan.next();
        }
        assertThat(operations() - before).isEqualTo(1);
    }

    @Test
    void aScanThatFindsNothingIsAnOperation() {
        long before = operations();
        TabletScan scan = sim.scan().result();
        assertThat(scan.next()).isNull();
        assertThat(scan.next()).isNull();
        scan.close();
        assertThat(operations() - before).isEqualTo(1);
    }

    /** As the rows are even, so is their load; the samples are those of scans alone. */
    @Test
    void aTabletThatIsOnlyScannedIsParted() {
        write(600);
        for (int i = 0; i < Load.KEPT; i++) {
            try (TabletScan scan = sim.scan().result()) {
                while (scan.next() != null) {
                    sim.clock.pass(1);
                }
            }
        }
        Bytes middle = sim.tablet.load().middle().orElseThrow();
        assertThat(middle).isBetween(bound(180), bound(420));
    }

    private static Bytes bound(int number) {
        return KeyRange.boundOfPk(Bytes.utf8(key(number)));
    }
}
