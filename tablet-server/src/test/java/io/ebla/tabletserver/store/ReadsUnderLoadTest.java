package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.TabletStore.MemoryRead;
import io.ebla.tabletserver.store.TabletStore.RowCursor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;

/**
 * Reads by every method while rows are written over, flushed and compacted, with so little memory
 * that blocks, index blocks and filters come and go. Each value says whose it is and how often it was
 * written, so a reader knows the least that it must see.
 */
class ReadsUnderLoadTest {

    private static final RocksSettings SMALL =
            new RocksSettings(1 << 20, 1 << 20, 4096, 0, 2, 512, 32 << 20, false);
    private static final int ROWS = 4_000;
    private static final int ROUNDS = 12;
    private static final int READERS = 4;

    @TempDir Path data;

    private final AtomicLongArray applied = new AtomicLongArray(ROWS);
    private volatile boolean over;

    /**
     * RocksDB's {@code keyMayExist} says "found", and gives no bytes, when the index of a table is not
     * in memory.
     */
    @Test
    void aRowWhoseIndexIsNotInMemoryIsUnknownThere() throws Exception {
        LogScript log = new LogScript();
        try (RocksTabletStores stores = new RocksTabletStores(data, SMALL)) {
            RocksTabletStore store = (RocksTabletStore) stores.open(LogScript.TABLET);
            for (int row = 0; row < 100; row++) {
                store.apply(List.of(put(log, row, 1, row % 10 == 0)));
            }
            store.flush();
            compact(store);
        }
        try (RocksTabletStores stores = new RocksTabletStores(data, SMALL)) {
            TabletStore store = stores.open(LogScript.TABLET);
            RowKey small = key(1);
            RowKey large = key(10);
            assertThat(store.getFromMemory(small)).isEqualTo(new MemoryRead.Incomplete());
            assertThat(store.getFromMemory(large)).isEqualTo(new MemoryRead.Incomplete());
            assertThat(store.get(small)).contains(log.rows.get(small));
            assertThat(store.getFromMemory(small))
                    .isEqualTo(new MemoryRead.Found(log.rows.get(small)));
            assertThat(store.get(large)).contains(log.rows.get(large));
        }
    }

    @Test
    void everyReadMethodSeesWhatWasApplied() throws Exception {
        ExecutorService readers = Executors.newFixedThreadPool(READERS);
        try (RocksTabletStores stores = new RocksTabletStores(data, SMALL)) {
            RocksTabletStore store = (RocksTabletStore) stores.open(LogScript.TABLET);
            LogScript log = new LogScript();
            Random random = new Random(7);
            writeAll(store, log, random, 1);
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                int seed = i;
                running.add(readers.submit(() -> readUntilOver(store, seed)));
            }
            try {
                for (int round = 2; round <= ROUNDS; round++) {
                    writeAll(store, log, random, round);
                    store.flush();
                    compact(store);
                }
            } finally {
                over = true;
            }
            for (Future<?> reader : running) {
                reader.get(60, TimeUnit.SECONDS);
            }
        } finally {
            readers.shutdownNow();
        }
    }

    private void writeAll(TabletStore store, LogScript log, Random random, int round) {
        for (int row = 0; row < ROWS; row++) {
            store.apply(List.of(put(log, row, round, random.nextInt(10) == 0)));
            applied.set(row, round);
        }
    }

    private static LogEntry put(LogScript log, int row, int round, boolean large) {
        byte[] value = new byte[large ? 6_000 : 400];
        Arrays.fill(value, (byte) round);
        value[0] = (byte) (row >>> 8);
        value[1] = (byte) row;
        return log.put(key(row), Bytes.wrap(value), "application/json", 0);
    }

    private static RowKey key(int row) {
        return RowKey.of(String.format("row-%020d", row));
    }

    private static void compact(RocksTabletStore store) throws RocksDBException {
        for (ColumnFamilyHandle family : store.database().families()) {
            store.database().db().compactRange(family);
        }
    }

    private void readUntilOver(TabletStore store, int seed) {
        Random random = new Random(seed);
        while (!over) {
            int row = random.nextInt(ROWS);
            long least = applied.get(row);
            MemoryRead memory = store.getFromMemory(key(row));
            if (memory instanceof MemoryRead.Found found) {
                check(Optional.of(found.row()), row, least);
            } else {
                assertThat(memory).isEqualTo(new MemoryRead.Incomplete());
            }
            if (row % 4 == 0) {
                check(store.get(key(row)), row, least);
            }
            if (row % 100 == 0) {
                scan(store, row, least);
            }
        }
    }

    private void scan(TabletStore store, int row, long least) {
        KeyRange range = new KeyRange(key(row).encoded(), Bytes.EMPTY);
        try (RowCursor cursor = store.scan(range, false, row % 200 == 0)) {
            Row first = cursor.next();
            if (first.value() != null) {
                check(Optional.of(first), row, least);
            }
        }
    }

    private static void check(Optional<Row> read, int row, long least) {
        assertThat(read).isPresent();
        Bytes value = read.get().value();
        byte[] bytes = value.toArray();
        assertThat((bytes[0] & 0xFF) << 8 | bytes[1] & 0xFF).isEqualTo(row);
        assertThat((long) bytes[2]).isGreaterThanOrEqualTo(least);
        assertThat(bytes[bytes.length - 1]).isEqualTo(bytes[2]);
    }
}
