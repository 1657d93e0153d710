package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.TabletStore.RowCursor;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;

/** Where the indexes of files say that half of a store lies below, beside what its rows say. */
class RocksMiddleTest {

    private static final int ROWS = 4_000;
    private static final IntUnaryOperator SMALL = row -> 1_000;

    @TempDir Path data;

    private RocksTabletStores stores;
    private RocksTabletStore store;
    private final LogScript log = new LogScript();
    private final Random random = new Random(5);

    @BeforeEach
    void open() {
        stores = new RocksTabletStores(data, RocksSettings.DEFAULTS);
        store = (RocksTabletStore) stores.open(LogScript.TABLET);
    }

    @AfterEach
    void close() {
        stores.close();
    }

    @Test
    void halfOfTheBytesLieBelow() throws RocksDBException {
        fill(ROWS, row -> RowKey.of("%08x".formatted(random.nextInt())), SMALL);
        assertThat(shareBelow(middle(KeyRange.ALL))).isBetween(0.45, 0.55);
    }

    @Test
    void ofPksThatBeginAlikeForLong() throws RocksDBException {
        String alike = "a".repeat(200);
        fill(ROWS, row -> RowKey.of(alike + "%08d".formatted(row)), SMALL);
        assertThat(shareBelow(middle(KeyRange.ALL))).isBetween(0.45, 0.55);
    }

    @Test
    void mostKeysMayStandTogether() throws RocksDBException {
        fill(ROWS, row -> RowKey.of(row < 40 ? "a" + row : "zzz%08d".formatted(row)), SMALL);
        assertThat(shareBelow(middle(KeyRange.ALL))).isBetween(0.45, 0.55);
    }

    @Test
    void largeValuesCountAsWell() throws RocksDBException {
        fill(6_000, row -> RowKey.of("%08d".formatted(row)), row -> row < 3_000 ? 50 : 4_500);
        assertThat(shareBelow(middle(KeyRange.ALL))).isBetween(0.4, 0.6);
    }

    @Test
    void onlyTheRangeCounts() throws RocksDBException {
        fill(ROWS, row -> RowKey.of("%08d".formatted(row)), SMALL);
        KeyRange upper = KeyRange.ofPks(Bytes.utf8("00003000"), Bytes.EMPTY);
        assertThat(shareBelow(middle(upper))).isBetween(0.85, 0.9);
        KeyRange lower = KeyRange.ofPks(Bytes.EMPTY, Bytes.utf8("00001000"));
        assertThat(shareBelow(middle(lower))).isBetween(0.1, 0.15);
        assertThat(middle(KeyRange.ofPks(Bytes.utf8("x"), Bytes.EMPTY))).isEmpty();
    }

    @Test
    void rowsOfOnePkStayTogether() throws RocksDBException {
        fill(ROWS, row -> RowKey.of("m", "%08d".formatted(row)), SMALL);
        assertThat(middle(KeyRange.ALL)).isEmpty();
        fill(10, row -> RowKey.of("x" + row), SMALL);
        assertThat(middle(KeyRange.ALL)).contains(KeyRange.boundOfPk(Bytes.utf8("x0")));
        fill(10, row -> RowKey.of("a" + row), SMALL);
        assertThat(middle(KeyRange.ALL))
                .get()
                .isIn(KeyRange.boundOfPk(Bytes.utf8("m")), KeyRange.boundOfPk(Bytes.utf8("x0")));
    }

    @Test
    void anEmptyStoreHasNone() throws RocksDBException {
        assertThat(middle(KeyRange.ALL)).isEmpty();
        fill(1, row -> RowKey.of("a"), SMALL);
        assertThat(middle(KeyRange.ALL)).isEmpty();
    }

    private void fill(int rows, IntFunction<RowKey> key, IntUnaryOperator bytes) {
        for (int row = 0; row < rows; row++) {
            byte[] value = new byte[bytes.applyAsInt(row)];
            random.nextBytes(value);
            store.apply(List.of(log.put(key.apply(row), Bytes.wrap(value), "t/p", 0)));
        }
        store.flush();
    }

    private Optional<Bytes> middle(KeyRange range) throws RocksDBException {
        return RocksMiddle.of(store.database(), range);
    }

    private double shareBelow(Optional<Bytes> bound) {
        long below = 0;
        long all = 0;
        try (RowCursor rows = store.scan(KeyRange.ALL, false, false)) {
            for (Row row = rows.next(); row != null; row = rows.next()) {
                all += row.sizeBytes();
                boolean under = row.key().encoded().compareTo(bound.orElseThrow()) < 0;
                below += under ? row.sizeBytes() : 0;
            }
        }
        return (double) below / all;
    }
}
