package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.store.TabletStore.MemoryRead;
import io.ebla.tabletserver.store.TabletStore.RowCursor;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;

/**
 * What the operations of the disk store cost the thread that calls them, in microseconds of its own
 * CPU time, so that other work on the machine matters little. Rows of 1 KB.
 *
 * <p>Run its main method; each line gives the median of several rounds.
 */
public final class StoreBenchmark {

    private static final int ROWS = 20_000;
    private static final int ROUNDS = 7;
    private static final Random RANDOM = new Random(7);

    private static final RowKey[] KEYS = new RowKey[ROWS];

    private static long notCountedNanos;

    static {
        for (int i = 0; i < ROWS; i++) {
            KEYS[i] = key(i);
        }
    }

    private StoreBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        Path data = Files.createTempDirectory("ebla-store-benchmark");
        RocksSettings settings = RocksSettings.DEFAULTS;
        try (RocksTabletStores stores = new RocksTabletStores(data, settings)) {
            TabletStore written = stores.open(LogScript.TABLET);
            LogScript writes = new LogScript();
            measure("apply, groups of 32", round -> apply(written, writes, 32));
            measure("apply, one by one", round -> apply(written, writes, 1));
            written.close();
            stores.remove(LogScript.TABLET);
            TabletStore store = stores.open(LogScript.TABLET);
            load(store, new LogScript());
            measure("get from memory, hot, in the write buffer", round -> read(store, true));
            store.flush();
            try (RowCursor warm = store.scan(KeyRange.ALL, false, true)) {
                TabletStoreContract.drain(warm);
            }
            for (int i = 0; i < ROWS; i++) {
                store.get(key(i));
            }
            measure("get from memory, hot, in the block cache", round -> read(store, true));
            measure("get from memory, absent", round -> absent(store));
            measure("get, hot", round -> read(store, false));
            measure("scan, per row", round -> scan(store, true));
            measure("scan without values, per row", round -> scan(store, false));
            measure("open a scan and read one row", round -> openScan(store));
        }
        TrashFolder.open(data);
        Files.delete(data);
    }

    /** @param batch returns how many operations it did */
    private static void measure(String what, IntUnaryOperator batch) {
        double[] micros = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            long start = cpuNanos();
            notCountedNanos = 0;
            int operations = 0;
            while (cpuNanos() - start < 400_000_000L) {
                operations += batch.applyAsInt(round);
            }
            micros[round] = (cpuNanos() - start - notCountedNanos) / 1_000.0 / operations;
        }
        Arrays.sort(micros);
        System.out.printf("%-45s %7.2f us of CPU%n", what, micros[ROUNDS / 2]);
    }

    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static RowKey key(int number) {
        return RowKey.of(String.format("row-%08d", number));
    }

    private static Bytes value() {
        byte[] value = new byte[1_000];
        RANDOM.nextBytes(value);
        return Bytes.wrap(value);
    }

    private static void load(TabletStore store, LogScript log) {
        for (int i = 0; i < ROWS; i += 50) {
            List<LogEntry> entries = new ArrayList<>();
            for (int j = i; j < i + 50; j++) {
                entries.add(log.put(key(j), value(), "application/octet-stream", 0));
            }
            store.apply(entries);
        }
    }

    /** Writing the log is the caller's work and not counted. */
    private static int apply(TabletStore store, LogScript log, int group) {
        long start = cpuNanos();
        List<List<LogEntry>> groups = new ArrayList<>();
        for (int i = 0; i < 2_000 / group; i++) {
            List<LogEntry> entries = new ArrayList<>(group);
            for (int j = 0; j < group; j++) {
                RowKey key = KEYS[RANDOM.nextInt(ROWS)];
                entries.add(log.put(key, value(), "application/json", 0));
            }
            groups.add(entries);
        }
        log.rows.clear();
        notCountedNanos += cpuNanos() - start;
        groups.forEach(store::apply);
        return groups.size() * group;
    }

    /** A row that a compaction moved meanwhile is fetched, and hot the next time. */
    private static int read(TabletStore store, boolean memory) {
        for (int i = 0; i < 1_000; i++) {
            RowKey key = KEYS[RANDOM.nextInt(ROWS)];
            if (memory) {
                if (!(store.getFromMemory(key) instanceof MemoryRead.Found)) {
                    store.get(key);
                }
            } else if (store.get(key).isEmpty()) {
                throw new IllegalStateException("lost: " + key);
            }
        }
        return 1_000;
    }

    private static int absent(TabletStore store) {
        for (int i = 0; i < 1_000; i++) {
            RowKey key = RowKey.of("row-" + RANDOM.nextInt(ROWS), "none");
            if (!(store.getFromMemory(key) instanceof MemoryRead.Absent)) {
                throw new IllegalStateException("not known absent: " + key);
            }
        }
        return 1_000;
    }

    private static int scan(TabletStore store, boolean withValues) {
        int rows = 0;
        try (RowCursor cursor = store.scan(KeyRange.ALL, false, withValues)) {
            while (cursor.next() != null) {
                rows++;
            }
        }
        return rows;
    }

    private static int openScan(TabletStore store) {
        for (int i = 0; i < 100; i++) {
            KeyRange range = new KeyRange(KEYS[RANDOM.nextInt(ROWS)].encoded(), Bytes.EMPTY);
            try (RowCursor cursor = store.scan(range, false, true)) {
                cursor.next();
            }
        }
        return 100;
    }
}
