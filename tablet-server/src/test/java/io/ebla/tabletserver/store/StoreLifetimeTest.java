package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.store.TabletStore.RowCursor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Stores that close, die and are removed under their readers. A handle used after it was freed would
 * end the whole test process, so these tests fail loudly.
 */
class StoreLifetimeTest {

    private static final int THREADS = 6;

    @TempDir Path data;

    @Test
    void closingUnderReadersNeitherCrashesNorAnswersWrongly() throws Exception {
        try (RocksTabletStores stores = new RocksTabletStores(data, RocksSettings.DEFAULTS)) {
            LogScript log = new LogScript();
            TabletStore store = stores.open(LogScript.TABLET);
            store.apply(rows(log, 500));
            for (int round = 0; round < 12; round++) {
                closeUnderReaders(stores, store, round % 2 == 0);
                store = stores.open(LogScript.TABLET);
                assertThat(store.applied().rows()).isEqualTo(500);
            }
        }
    }

    private static List<LogEntry> rows(LogScript log, int count) {
        List<LogEntry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] value = new byte[i % 10 == 0 ? 10_000 : 100];
            entries.add(log.put(RowKey.of("k" + i), Bytes.wrap(value), "t/p", 0));
        }
        return entries;
    }

    private static void closeUnderReaders(
            RocksTabletStores stores, TabletStore store, boolean byClosing) throws Exception {
        ExecutorService readers = Executors.newFixedThreadPool(THREADS);
        CountDownLatch warm = new CountDownLatch(THREADS);
        AtomicLong wrong = new AtomicLong();
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int seed = i;
            running.add(readers.submit(() -> readUntilClosed(store, seed, warm, wrong)));
        }
        try {
            assertThat(warm.await(20, TimeUnit.SECONDS)).isTrue();
            stores.tablets();
            if (byClosing) {
                store.close();
            } else {
                store.flush();
                ((RocksTabletStore) store).abandon();
            }
            for (Future<?> reader : running) {
                reader.get(20, TimeUnit.SECONDS);
            }
            assertThat(wrong).hasValue(0);
            assertThat(stores.tablets()).isEmpty();
        } finally {
            readers.shutdownNow();
        }
    }

    /** Ends when the store says that it is closed; anything else it throws fails the test. */
    private static void readUntilClosed(
            TabletStore store, int seed, CountDownLatch warm, AtomicLong wrong) {
        Random random = new Random(seed);
        RowCursor open = null;
        try {
            for (int reads = 0; ; reads++) {
                RowKey key = RowKey.of("k" + random.nextInt(500));
                if (store.get(key).isEmpty()) {
                    wrong.incrementAndGet();
                }
                store.getFromMemory(key);
                if (open == null || random.nextInt(20) == 0) {
                    open = reopen(store, open, random.nextBoolean());
                }
                open.next();
                if (reads == 50) {
                    warm.countDown();
                }
            }
        } catch (EblaException closed) {
            if (closed.code() != ErrorCode.NO_MASTER) {
                throw closed;
            }
        } finally {
            if (open != null) {
                open.close();
            }
        }
    }

    private static RowCursor reopen(TabletStore store, RowCursor before, boolean descending) {
        if (before != null) {
            before.close();
        }
        return store.scan(KeyRange.ALL, descending, true);
    }

    @Test
    void closingTheNodesStoresUnderScrapesAndCursorsNeitherCrashesNorHangs() throws Exception {
        RocksTabletStores stores = new RocksTabletStores(data, RocksSettings.DEFAULTS);
        LogScript log = new LogScript();
        TabletStore store = stores.open(LogScript.TABLET);
        store.apply(rows(log, 100));
        RowCursor left = store.scan(KeyRange.ALL, false, true);
        left.next();
        ExecutorService scraper = Executors.newSingleThreadExecutor();
        CountDownLatch warm = new CountDownLatch(1);
        Future<?> scrapes =
                scraper.submit(
                        () -> {
                            try {
                                while (true) {
                                    stores.tablets();
                                    stores.node();
                                    warm.countDown();
                                }
                            } catch (EblaException closed) {
                                assertThat(closed.code()).isEqualTo(ErrorCode.NO_MASTER);
                            }
                        });
        try {
            assertThat(warm.await(20, TimeUnit.SECONDS)).isTrue();
            stores.close();
            stores.close();
            scrapes.get(20, TimeUnit.SECONDS);
        } finally {
            scraper.shutdownNow();
        }
        left.close();
    }

    @Test
    void figuresTellOfTabletsAndNode() {
        try (RocksTabletStores stores = new RocksTabletStores(data, RocksSettings.DEFAULTS)) {
            TabletStore store = stores.open(LogScript.TABLET);
            store.apply(rows(new LogScript(), 100));
            assertThat(stores.node().writeBufferUsedBytes()).isPositive();
            assertThat(store.sizeOnDiskBytes()).isZero();
            store.flush();
            try (RowCursor cursor = store.scan(KeyRange.ALL, false, true)) {
                cursor.next();
                StoreFigures.TabletFigures figures = stores.tablets().get(0);
                assertThat(figures.tablet()).isEqualTo(LogScript.TABLET);
                assertThat(figures.openCursors()).isEqualTo(1);
                assertThat(figures.rowFilesPerLevel()).hasSize(7).startsWith(1);
                assertThat(figures.blobBytes()).isPositive();
                assertThat(figures.tableBytes() + figures.blobBytes())
                        .isEqualTo(store.sizeOnDiskBytes());
                assertThat(figures.writesStopped()).isFalse();
                assertThat(figures.refusedWrites()).isZero();
            }
            assertThat(stores.tablets().get(0).openCursors()).isZero();
            assertThat(stores.node().flushedBytes()).isPositive();
            assertThat(stores.node().fileBytes()).isPositive();
        }
    }

    @Test
    void whatLiesInTheTrashIsDeletedAtTheStart() throws Exception {
        Path leftover = Files.createDirectories(data.resolve("trash/41/sub"));
        Files.writeString(leftover.resolve("file"), "x");
        try (RocksTabletStores stores = new RocksTabletStores(data, RocksSettings.DEFAULTS)) {
            assertThat(data.resolve("trash")).isEmptyDirectory();
            stores.open(LogScript.TABLET).close();
            assertThat(data.resolve("tablets/7")).isDirectory();
            stores.remove(LogScript.TABLET);
            assertThat(data.resolve("tablets")).isEmptyDirectory();
            assertThat(data.resolve("trash")).isEmptyDirectory();
        }
    }

    @Test
    void aStoreOfAnotherTabletIsNotServed() throws Exception {
        try (RocksTabletStores stores = new RocksTabletStores(data, RocksSettings.DEFAULTS)) {
            TabletStore store = stores.open(LogScript.TABLET);
            store.apply(List.of(new LogScript().put("a", "1")));
            store.close();
            Files.move(data.resolve("tablets/7"), data.resolve("tablets/8"));
            assertThatExceptionOfType(EblaException.class)
                    .isThrownBy(() -> stores.open(new TabletId(8)))
                    .satisfies(f -> assertThat(f.code()).isEqualTo(ErrorCode.CORRUPTED));
        }
    }

    @Test
    void aStoreKeepsTheInlineBoundItWasMadeWith() {
        LogScript log = new LogScript();
        RowKey key = RowKey.of("k");
        try (RocksTabletStores stores = new RocksTabletStores(data, inline(4096))) {
            TabletStore store = stores.open(LogScript.TABLET);
            store.apply(List.of(log.put(key, Bytes.wrap(new byte[8_000]), "t/p", 0)));
        }
        try (RocksTabletStores stores = new RocksTabletStores(data, inline(10_000))) {
            TabletStore store = stores.open(LogScript.TABLET);
            assertThat(store.get(key).orElseThrow().valueBytes()).isEqualTo(8_000);
            store.apply(List.of(log.put(key, Bytes.wrap(new byte[6_000]), "t/p", 0)));
            store.apply(List.of(log.put(key, Bytes.utf8("small"), "t/p", 0)));
            store.apply(List.of(log.delete(key)));
            store.flush();
            assertThat(store.scan(KeyRange.ALL, false, true).next()).isNull();
            assertThat(store.applied()).isEqualTo(log.applied());
        }
    }

    private static RocksSettings inline(int bytes) {
        return new RocksSettings(8 << 20, 8 << 20, bytes, 0, 1, 64, 32 << 20, false);
    }
}
