package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.StoreFigures.NodeFigures;
import io.ebla.tabletserver.store.TabletStore.RowCursor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A scan without values reads at most 2 % of the value bytes, by RocksDB's own counters.
 *
 * <p>Two things are counted, on a store that was just opened, so that its caches are empty. The bytes
 * that its file readers took from table and blob files ({@code LAST_LEVEL_READ_BYTES} and {@code
 * NON_LAST_LEVEL_READ_BYTES}; together they count every file read, blob files included). And the
 * bytes handed to the caller ({@code ITER_BYTES_READ} by iterators, {@code BYTES_READ} by gets),
 * which memory would serve as well. The scan with values is the control: the same counters must
 * then show all value bytes, or they would prove nothing. Values are random, so that compression
 * makes none smaller.
 */
class ValuesStayWhereTheyAreTest {

    private static final int VALUE_BYTES = 100_000;

    @TempDir Path data;

    @Test
    void aScanWithoutValuesReadsAtMostTwoPercentOfThem() {
        measure(1_000);
    }

    @Tag("long")
    @Test
    void aScanWithoutValuesReadsAtMostTwoPercentOfAGigabyte() {
        measure(10_000);
    }

    private void measure(int rows) {
        load(rows);
        long valueBytes = (long) rows * VALUE_BYTES;
        try (RocksTabletStores stores = new RocksTabletStores(data, RocksSettings.DEFAULTS)) {
            TabletStore store = stores.open(LogScript.TABLET);
            NodeFigures before = stores.node();
            assertThat(scan(store, false)).isEqualTo(rows);
            NodeFigures headers = stores.node();
            assertThat(scan(store, true)).isEqualTo(rows);
            NodeFigures values = stores.node();

            long fromFiles = headers.fileBytesRead() - before.fileBytesRead();
            long handedOut = handedOut(headers) - handedOut(before);
            System.out.printf(
                    "%d rows of %d bytes: without values %d bytes from files (%.3f %%) and %d"
                            + " handed out (%.3f %%); with values %d and %d%n",
                    rows,
                    VALUE_BYTES,
                    fromFiles,
                    100.0 * fromFiles / valueBytes,
                    handedOut,
                    100.0 * handedOut / valueBytes,
                    values.fileBytesRead() - headers.fileBytesRead(),
                    handedOut(values) - handedOut(headers));
            assertThat(fromFiles).isPositive().isLessThanOrEqualTo(valueBytes / 50);
            assertThat(handedOut).isPositive().isLessThanOrEqualTo(valueBytes / 50);
            assertThat(values.fileBytesRead() - headers.fileBytesRead())
                    .isGreaterThanOrEqualTo(valueBytes);
            assertThat(handedOut(values) - handedOut(headers)).isGreaterThanOrEqualTo(valueBytes);
        }
    }

    private static long handedOut(NodeFigures figures) {
        return figures.bytesRead() + figures.bytesScanned();
    }

    private void load(int rows) {
        LogScript log = new LogScript();
        Random random = new Random(42);
        try (RocksTabletStores stores = new RocksTabletStores(data, RocksSettings.DEFAULTS)) {
            TabletStore store = stores.open(LogScript.TABLET);
            List<LogEntry> group = new ArrayList<>();
            for (int i = 0; i < rows; i++) {
                byte[] value = new byte[VALUE_BYTES];
                random.nextBytes(value);
                RowKey key = RowKey.of("document", String.format("%08d", i));
                group.add(log.put(key, Bytes.wrap(value), "application/pdf", 0));
                if (group.size() == 50) {
                    store.apply(group);
                    group.clear();
                    log.rows.clear();
                }
            }
            store.apply(group);
        }
    }

    private static int scan(TabletStore store, boolean withValues) {
        int rows = 0;
        try (RowCursor cursor = store.scan(KeyRange.ALL, false, withValues)) {
            for (Row row = cursor.next(); row != null; row = cursor.next()) {
                assertThat(row.valueBytes()).isEqualTo(VALUE_BYTES);
                assertThat(row.value() != null).isEqualTo(withValues);
                rows++;
            }
        }
        return rows;
    }
}
