package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.TabletStore.MemoryRead;
import io.ebla.tabletserver.store.TabletStore.RowCursor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a disk store is after it died between flushes of its own, and after its files were damaged. */
class StoreCrashTest {

    private static final RocksSettings SMALL =
            new RocksSettings(1 << 20, 4 << 20, 4096, 0, 1, 64, 32 << 20, false);

    @TempDir Path data;

    /**
     * RocksDB flushes by itself when write buffers are full. Rows, large values, expiry and position
     * must then reach the disk together, or a killed store would be torn.
     */
    @Test
    void aStoreThatFlushedByItselfStandsAtOneEntryInAllItsParts() {
        List<LogEntry> entries = script(4_000, new Random(5), new LogScript());
        try (RocksTabletStores stores = new RocksTabletStores(data, SMALL)) {
            RocksTabletStore store = (RocksTabletStore) stores.open(LogScript.TABLET);
            for (int i = 0; i < entries.size(); i += 7) {
                store.apply(entries.subList(i, Math.min(i + 7, entries.size())));
            }
            assertThat(store.flushed().index()).isZero();
            store.abandon();

            TabletStore reopened = stores.open(LogScript.TABLET);
            long index = reopened.applied().index();
            assertThat(index).isPositive().isLessThan(entries.size());
            LogScript until = new LogScript();
            script((int) index, new Random(5), until);
            assertThat(reopened.applied()).isEqualTo(until.applied());
            assertHolds(reopened, until);
            assertThat(reopened.countExpired(Long.MAX_VALUE, 10_000))
                    .isEqualTo(until.dueAt(Long.MAX_VALUE));
            reopened.apply(entries.subList((int) index, entries.size()));
            assertThat(reopened.applied().index()).isEqualTo(entries.size());
        }
    }

    private static List<LogEntry> script(int length, Random random, LogScript log) {
        List<LogEntry> entries = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            RowKey key = RowKey.of("k" + random.nextInt(300));
            byte[] value = new byte[random.nextInt(3) == 0 ? 10_000 : 500];
            random.nextBytes(value);
            boolean delete = random.nextInt(8) == 0;
            long expiresAt = random.nextInt(4) == 0 ? 1_000_000 + random.nextInt(100) : 0;
            entries.add(
                    delete
                            ? log.delete(key)
                            : log.put(key, Bytes.wrap(value), "text/plain", expiresAt));
        }
        return entries;
    }

    private static void assertHolds(TabletStore store, LogScript log) {
        try (RowCursor cursor = store.scan(KeyRange.ALL, false, true)) {
            assertThat(TabletStoreContract.drain(cursor)).isEqualTo(List.copyOf(log.rows.values()));
        }
    }

    @Test
    void damagedFilesAreToldAndNeverServed() throws IOException {
        LogScript log = new LogScript();
        try (RocksTabletStores stores = new RocksTabletStores(data, SMALL)) {
            stores.open(LogScript.TABLET).apply(script(500, new Random(6), log));
        }
        damage(".sst");
        damage(".blob");
        try (RocksTabletStores stores = new RocksTabletStores(data, SMALL)) {
            TabletStore store = stores.open(LogScript.TABLET);
            assertThatExceptionOfType(EblaException.class)
                    .isThrownBy(() -> scanEverything(store))
                    .satisfies(told -> assertThat(told.code()).isEqualTo(ErrorCode.CORRUPTED));
            int corrupted = 0;
            for (Row row : log.rows.values()) {
                corrupted += isCorrupted(store, row) ? 1 : 0;
                assertThat(store.getFromMemory(row.key())).isNotInstanceOf(MemoryRead.Absent.class);
            }
            assertThat(corrupted).isPositive();
        }
    }

    private static void scanEverything(TabletStore store) {
        try (RowCursor cursor = store.scan(KeyRange.ALL, false, true)) {
            TabletStoreContract.drain(cursor);
        }
    }

    /** The row is read as it was, or told to be corrupted. */
    private static boolean isCorrupted(TabletStore store, Row row) {
        try {
            assertThat(store.get(row.key())).contains(row);
            return false;
        } catch (EblaException told) {
            assertThat(told.code()).isEqualTo(ErrorCode.CORRUPTED);
            return true;
        }
    }

    /** Turns a few bits in the middle of the largest file of a kind. */
    private void damage(String ending) throws IOException {
        try (Stream<Path> files = Files.list(data.resolve("tablets/7"))) {
            Path largest =
                    files.filter(file -> file.toString().endsWith(ending))
                            .max((a, b) -> Long.compare(a.toFile().length(), b.toFile().length()))
                            .orElseThrow();
            byte[] content = Files.readAllBytes(largest);
            for (int i = content.length / 4; i < content.length / 2; i += 64) {
                content[i] ^= 0x10;
            }
            try (FileChannel channel = FileChannel.open(largest, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(content));
            }
        }
    }
}
