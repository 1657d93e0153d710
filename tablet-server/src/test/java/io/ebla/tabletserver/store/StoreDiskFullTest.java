package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.LogEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store on a small file system that runs full and is emptied again. Needs the right to mount. */
@Tag("long")
class StoreDiskFullTest {

    private static final int DISK_BYTES = 128 << 20;

    @TempDir Path folder;

    private Path disk;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=" + DISK_BYTES, "tmpfs", disk.toString()),
                "cannot mount");
    }

    @AfterEach
    void unmount() throws Exception {
        run("umount", "-l", disk.toString());
    }

    private static boolean run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    @Test
    void aFullDiskRefusesWritesServesReadsAndRecoversByItself() throws Exception {
        RocksSettings settings =
                new RocksSettings(4 << 20, 4 << 20, 4096, 0, 1, 64, 32 << 20, false);
        LogScript log = new LogScript();
        Random random = new Random(1);
        try (RocksTabletStores stores = new RocksTabletStores(disk, settings)) {
            TabletStore store = stores.open(LogScript.TABLET);
            store.apply(List.of(log.put("first", "kept")));
            store.flush();
            Path filler = disk.resolve("filler");
            Files.write(
                    filler, new byte[(int) Files.getFileStore(disk).getUsableSpace() - (3 << 20)]);

            LogEntry refused = applyUntilFull(store, log, random);
            TabletStore.Applied before = store.applied();
            assertFails(store::flush);
            assertThat(store.applied()).isEqualTo(before);
            assertThat(store.get(RowKey.of("first"))).isPresent();
            assertThat(store.getFromMemory(RowKey.of("r1"))).isNotNull();
            assertThat(store.get(RowKey.of("r1"))).isPresent();
            assertThat(stores.tablets().get(0).refusedWrites()).isPositive();
            assertThat(stores.node().backgroundErrors()).isPositive();

            Files.delete(filler);
            eventually(() -> store.apply(List.of(refused)));
            eventually(store::flush);
            assertThat(store.applied()).isEqualTo(log.applied());
            assertThat(store.flushed()).isEqualTo(log.applied());
        }
        try (RocksTabletStores stores = new RocksTabletStores(disk, settings)) {
            TabletStore store = stores.open(LogScript.TABLET);
            assertThat(store.applied()).isEqualTo(log.applied());
            log.rows.values().forEach(row -> assertThat(store.get(row.key())).contains(row));
        }
    }

    /** The entry that was refused; those before it are applied. */
    private static LogEntry applyUntilFull(TabletStore store, LogScript log, Random random) {
        for (int i = 0; i < 20_000; i++) {
            byte[] value = new byte[2_000];
            random.nextBytes(value);
            LogEntry entry = log.put(RowKey.of("r" + i), Bytes.wrap(value), "t/p", 0);
            try {
                store.apply(List.of(entry));
            } catch (EblaException full) {
                assertThat(full.code()).isEqualTo(ErrorCode.DISK_FULL);
                assertThat(full.retryable()).isTrue();
                assertThat(i).isGreaterThan(100);
                return entry;
            }
        }
        throw new AssertionError("the disk never ran full");
    }

    private static void assertFails(Runnable call) throws IOException {
        try {
            call.run();
        } catch (EblaException full) {
            assertThat(full.code()).isEqualTo(ErrorCode.DISK_FULL);
            return;
        }
        throw new AssertionError("succeeded on a full disk");
    }

    /** RocksDB looks every five seconds whether there is room for a write buffer. */
    private static void eventually(Runnable call) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (true) {
            try {
                call.run();
                return;
            } catch (EblaException full) {
                if (System.nanoTime() > deadline) {
                    throw full;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            }
        }
    }
}
