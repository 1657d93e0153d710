package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.LogEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stores that read past the operating system's cache of files, and disks that cannot. */
class DirectReadsTest {

    private static final RocksSettings DIRECT =
            new RocksSettings(8 << 20, 8 << 20, 4096, 0, 1, 64, 32 << 20, true);

    @TempDir private Path data;

    @Test
    void rowsAndLargeValuesAreReadFromDisk() {
        Assumptions.assumeTrue(canReadDirectly(), "the disk of the test has no direct reads");
        LogScript log = new LogScript();
        LogEntry small = log.put(RowKey.of("a"), Bytes.wrap(new byte[10]), "t/p", 0);
        byte[] noise = new byte[20_000];
        new Random(1).nextBytes(noise);
        LogEntry large = log.put(RowKey.of("b"), Bytes.wrap(noise), "t/p", 0);
        try (RocksTabletStores stores = new RocksTabletStores(data, DIRECT)) {
            TabletStore store = stores.open(LogScript.TABLET);
            store.apply(List.of(small, large));
            store.flush();
        }
        try (RocksTabletStores stores = new RocksTabletStores(data, DIRECT)) {
            TabletStore store = stores.open(LogScript.TABLET);
            log.rows.forEach((key, row) -> assertThat(store.get(key)).contains(row));
            assertThat(stores.node().fileBytesRead()).isGreaterThan(20_000);
        }
    }

    private boolean canReadDirectly() {
        try {
            DirectReads.require(data);
            return true;
        } catch (IllegalStateException refused) {
            return false;
        }
    }

    @Test
    void aDiskThatCannotIsRefusedByTheNameOfTheSetting() {
        Path file = Path.of("/proc/self/status");
        Assumptions.assumeTrue(Files.exists(file), "no file that cannot be read directly");
        assertThatIllegalStateException()
                .isThrownBy(() -> DirectReads.read(file, 4096))
                .withMessageContaining("ebla.store.direct-reads")
                .withMessageContaining("/proc/self");
    }

    @Test
    void nothingIsLeftOfTheLook() {
        Assumptions.assumeTrue(canReadDirectly(), "the disk of the test has no direct reads");
        assertThat(data).isEmptyDirectory();
    }
}
