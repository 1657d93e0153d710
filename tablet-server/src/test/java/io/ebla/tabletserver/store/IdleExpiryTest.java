package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.LogEntry;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.TickerType;

/** When the first row of a tablet expires is asked for each tablet ten times a second. */
class IdleExpiryTest {

    @TempDir Path data;

    @Test
    void anIdleTabletIsLookedUpOnce() {
        try (RocksTabletStores stores = new RocksTabletStores(data, RocksSettings.DEFAULTS)) {
            TabletStore store = stores.open(LogScript.TABLET);
            LogScript log = new LogScript();
            store.apply(List.of(put(log, 1, 5_000), put(log, 2, 0)));
            long before = iterators(stores);
            for (int i = 0; i < 1_000; i++) {
                assertThat(store.earliestExpiry()).hasValue(5_000);
                assertThat(store.countExpired(4_999, 10)).isZero();
            }
            assertThat(iterators(stores) - before).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void aTabletWithoutExpiriesIsLookedUpOnce() {
        try (RocksTabletStores stores = new RocksTabletStores(data, RocksSettings.DEFAULTS)) {
            TabletStore store = stores.open(LogScript.TABLET);
            LogScript log = new LogScript();
            long before = iterators(stores);
            for (int i = 0; i < 100; i++) {
                store.apply(List.of(put(log, i, 0)));
                assertThat(store.earliestExpiry()).isEmpty();
            }
            assertThat(iterators(stores) - before).isLessThanOrEqualTo(1);
        }
    }

    /** Judged against the store that remembers nothing. */
    @Test
    void whatIsKeptInMindIsWhatIsThere() {
        try (RocksTabletStores stores = new RocksTabletStores(data, RocksSettings.DEFAULTS);
                InMemoryTabletStores memory = new InMemoryTabletStores()) {
            TabletStore store = stores.open(LogScript.TABLET);
            TabletStore judge = memory.open(LogScript.TABLET);
            LogScript log = new LogScript();
            Random random = new Random(11);
            for (int i = 0; i < 3_000; i++) {
                var entry =
                        switch (random.nextInt(6)) {
                            case 0 -> log.delete(key(random.nextInt(10)));
                            case 1 -> log.expire(1_000_000 + random.nextInt(1_000), 1);
                            default ->
                                    put(
                                            log,
                                            random.nextInt(10),
                                            random.nextInt(3) == 0
                                                    ? 0
                                                    : 1_000_000 + random.nextInt(1_000));
                        };
                store.apply(List.of(entry));
                judge.apply(List.of(entry));
                if (random.nextBoolean()) {
                    OptionalLong expected = judge.earliestExpiry();
                    assertThat(store.earliestExpiry()).isEqualTo(expected);
                    long at = 1_000_000 + random.nextInt(1_000);
                    assertThat(store.countExpired(at, 5)).isEqualTo(judge.countExpired(at, 5));
                }
            }
        }
    }

    private static RowKey key(int row) {
        return RowKey.of("row" + row);
    }

    private static LogEntry put(LogScript log, int row, long expiresAt) {
        return log.put(key(row), Bytes.utf8("v"), "t/p", expiresAt);
    }

    private static long iterators(RocksTabletStores stores) {
        return stores.resources().statistics().getTickerCount(TickerType.NO_ITERATOR_CREATED);
    }
}
