package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.LogScript.Change;
import io.ebla.tabletserver.store.TabletStore.Applied;
import io.ebla.tabletserver.store.TabletStore.MemoryRead;
import io.ebla.tabletserver.store.TabletStore.RowCursor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link TabletStore} does, whatever it keeps its rows in. */
abstract class TabletStoreContract {

    static final byte[] LARGE = new byte[20_000];

    private TabletStores stores;
    TabletStore store;
    final LogScript log = new LogScript();

    abstract TabletStores openStores();

    /** Ends the process: all that was not flushed is gone. */
    abstract void kill(TabletStores stores);

    @BeforeEach
    void open() {
        stores = openStores();
        store = stores.open(LogScript.TABLET);
    }

    @AfterEach
    void close() {
        stores.close();
    }

    void apply(LogEntry... entries) {
        store.apply(List.of(entries));
    }

    private List<Row> scan(KeyRange range, boolean descending) {
        try (RowCursor cursor = store.scan(range, descending, true)) {
            return drain(cursor);
        }
    }

    static List<Row> drain(RowCursor cursor) {
        List<Row> rows = new ArrayList<>();
        for (Row row = cursor.next(); row != null; row = cursor.next()) {
            rows.add(row);
        }
        return rows;
    }

    void assertHoldsWhatTheLogSays() {
        assertThat(scan(KeyRange.ALL, false)).isEqualTo(List.copyOf(log.rows.values()));
        assertThat(store.applied()).isEqualTo(log.applied());
        for (Row row : log.rows.values()) {
            assertThat(store.get(row.key())).contains(row);
        }
    }

    @Test
    void aNewStoreIsEmptyAndAtNothing() {
        assertThat(store.applied()).isEqualTo(Applied.NOTHING);
        assertThat(store.flushed()).isEqualTo(Applied.NOTHING);
        assertThat(store.get(RowKey.of("a"))).isEmpty();
        assertThat(store.getFromMemory(RowKey.of("a"))).isEqualTo(new MemoryRead.Absent());
        assertThat(scan(KeyRange.ALL, false)).isEmpty();
        assertThat(store.earliestExpiry()).isEmpty();
        assertThat(store.countExpired(Long.MAX_VALUE, 10)).isZero();
    }

    @Test
    void whatWasPutIsReadBackWithAllItsFields() {
        apply(
                log.put(RowKey.of("a", "1"), Bytes.utf8("one"), "application/json", 9_999),
                log.put(RowKey.of("a", "2"), Bytes.EMPTY, "x/" + "y".repeat(600), 0),
                log.put(RowKey.of("b"), Bytes.wrap(LARGE), "image/png", 12_345));
        assertHoldsWhatTheLogSays();
        Row row = store.get(RowKey.of("a", "1")).orElseThrow();
        assertThat(row.version()).isEqualTo(log.rows.get(row.key()).version());
        assertThat(row.expiresAt()).isEqualTo(9_999);
        assertThat(store.getFromMemory(RowKey.of("a", "1"))).isEqualTo(new MemoryRead.Found(row));
    }

    @Test
    void aHeadIsTheRowButPerhapsForItsValue() {
        apply(
                log.put(RowKey.of("a", "1"), Bytes.utf8("one"), "application/json", 9_999),
                log.put(RowKey.of("a", "2"), Bytes.EMPTY, "x/" + "y".repeat(600), 0),
                log.put(RowKey.of("a", "3"), Bytes.wrap(new byte[1_000]), "text/plain", 0),
                log.put(RowKey.of("b"), Bytes.wrap(LARGE), "image/png", 12_345));
        for (Row row : scan(KeyRange.ALL, false)) {
            Row head = store.getHead(row.key()).orElseThrow();
            assertSameButForTheValue(head, row);
            if (store.getHeadFromMemory(row.key()) instanceof MemoryRead.Found found) {
                assertSameButForTheValue(found.row(), row);
            }
        }
        assertThat(store.getHead(RowKey.of("c"))).isEmpty();
        assertThat(store.getHeadFromMemory(RowKey.of("c"))).isEqualTo(new MemoryRead.Absent());
    }

    private static void assertSameButForTheValue(Row head, Row row) {
        assertThat(head).usingRecursiveComparison().ignoringFields("value").isEqualTo(row);
        assertThat(head.value()).isIn(null, row.value());
    }

    @Test
    void rowsStandInKeyOrderInBothDirections() {
        RowKey withNul = RowKey.of(Bytes.wrap(new byte[] {'a', 0}));
        apply(
                log.put(RowKey.of("b", "x"), Bytes.utf8("4"), "t/p", 0),
                log.put(RowKey.of("b"), Bytes.utf8("3"), "t/p", 0),
                log.put(RowKey.of("a", ""), Bytes.utf8("1"), "t/p", 0),
                log.put(withNul, Bytes.utf8("2"), "t/p", 0),
                log.put(RowKey.of("a"), Bytes.utf8("0"), "t/p", 0));
        List<Row> ascending = scan(KeyRange.ALL, false);
        assertThat(ascending)
                .extracting(row -> row.value().toUtf8())
                .containsExactly("0", "1", "2", "3", "4");
        List<Row> reversed = new ArrayList<>(scan(KeyRange.ALL, true));
        Collections.reverse(reversed);
        assertThat(reversed).isEqualTo(ascending);
    }

    @Test
    void aScanKeepsToItsBounds() {
        for (int i = 0; i < 50; i++) {
            apply(log.put(String.format("k%02d", i), "v" + i));
        }
        KeyRange range = KeyRange.ofPks(Bytes.utf8("k10"), Bytes.utf8("k20"));
        List<Row> expected =
                log.rows.values().stream().filter(row -> range.contains(row.key())).toList();
        assertThat(expected).hasSize(10);
        assertThat(scan(range, false)).isEqualTo(expected);
        List<Row> reversed = new ArrayList<>(scan(range, true));
        Collections.reverse(reversed);
        assertThat(reversed).isEqualTo(expected);
        assertThat(scan(KeyRange.ofPk(Bytes.utf8("k07")), true)).hasSize(1);
        assertThat(scan(KeyRange.ofPks(Bytes.utf8("x"), Bytes.utf8("b")), false)).isEmpty();
        assertThat(scan(KeyRange.ofPks(Bytes.utf8("l"), Bytes.EMPTY), true)).isEmpty();
    }

    @Test
    void aScanWithoutValuesTellsTheirLengths() {
        apply(
                log.put("a", "small"),
                log.put(RowKey.of("b"), Bytes.wrap(LARGE), "x/" + "y".repeat(600), 0),
                log.put(RowKey.of("c"), Bytes.utf8("z"), "x/" + "y".repeat(300), 0));
        try (RowCursor cursor = store.scan(KeyRange.ALL, false, false)) {
            List<Row> rows = drain(cursor);
            assertThat(rows).extracting(Row::value).containsOnlyNulls();
            assertThat(rows).extracting(Row::valueBytes).containsExactly(5, LARGE.length, 1);
            assertThat(rows)
                    .extracting(Row::contentType)
                    .containsExactly("text/plain", "x/" + "y".repeat(600), "x/" + "y".repeat(300));
            assertThat(cursor.next()).isNull();
        }
    }

    @Test
    void aCursorSeesNothingThatIsAppliedAfterItWasOpened() {
        apply(log.put("a", "1"), log.put(RowKey.of("b"), Bytes.wrap(LARGE), "t/p", 0));
        List<Row> before = List.copyOf(log.rows.values());
        try (RowCursor cursor = store.scan(KeyRange.ALL, false, true)) {
            apply(log.put("a", "2"), log.put("aa", "new"), log.delete(RowKey.of("b")));
            assertThat(drain(cursor)).isEqualTo(before);
        }
        assertHoldsWhatTheLogSays();
    }

    @Test
    void aViewOfALongScanHoldsWhileEverythingIsOverwritten() {
        List<LogEntry> entries = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            entries.add(log.put(String.format("k%05d", i), "before"));
        }
        store.apply(entries);
        try (RowCursor up = store.scan(KeyRange.ALL, false, true);
                RowCursor down = store.scan(KeyRange.ALL, true, true)) {
            List<LogEntry> changes = new ArrayList<>();
            for (int i = 0; i < 5_000; i++) {
                RowKey key = RowKey.of(String.format("k%05d", i));
                changes.add(
                        i % 2 == 0 ? log.delete(key) : log.put(key, Bytes.utf8("after"), "t/p", 0));
            }
            store.apply(changes);
            store.flush();
            List<Row> rising = drain(up);
            assertThat(rising).hasSize(5_000);
            assertThat(rising).extracting(row -> row.value().toUtf8()).containsOnly("before");
            List<Row> falling = new ArrayList<>(drain(down));
            Collections.reverse(falling);
            assertThat(falling).isEqualTo(rising);
        }
        assertHoldsWhatTheLogSays();
    }

    @Test
    void overwritingCrossesTheInlineBoundInBothDirections() {
        RowKey key = RowKey.of("k", "s");
        for (int bytes : new int[] {10, 20_000, 4096, 4097, 20_000, 30_000, 0, 5_000}) {
            apply(log.put(key, Bytes.wrap(new byte[bytes]), "t/p", 0));
            assertHoldsWhatTheLogSays();
        }
        apply(log.delete(key));
        assertHoldsWhatTheLogSays();
        apply(log.put(key, Bytes.wrap(LARGE), "t/p", 0));
        assertHoldsWhatTheLogSays();
    }

    @Test
    void severalMutationsOfAnEntryHaveVersionsInOrder() {
        apply(
                log.write(
                        List.of(
                                new Change(RowKey.of("a"), Bytes.utf8("1"), "t/p", 0),
                                new Change(RowKey.of("b"), Bytes.utf8("2"), "t/p", 0))));
        Row a = store.get(RowKey.of("a")).orElseThrow();
        Row b = store.get(RowKey.of("b")).orElseThrow();
        assertThat(a.version()).isLessThan(b.version());
        assertThat(b.version().position()).isEqualTo(1);
    }

    @Test
    void deletingWhatIsNotThereChangesNothing() {
        apply(log.put("a", "1"), log.delete(RowKey.of("b")));
        assertHoldsWhatTheLogSays();
    }

    @Test
    void countersFollowPutsOverwritesAndDeletes() {
        apply(
                log.put("a", "12345"),
                log.put("b", "1"),
                log.put("a", "1"),
                log.delete(RowKey.of("b")));
        long bytes = RowKey.of("a").encoded().length() + 1;
        assertThat(store.applied().rows()).isEqualTo(1);
        assertThat(store.applied().bytes()).isEqualTo(bytes);
    }

    @Test
    void entriesThatDoNotFollowAreRefusedAndNothingIsApplied() {
        apply(log.put("a", "1"));
        LogEntry second = log.put("b", "2");
        LogEntry third = log.put("c", "3");
        Applied before = store.applied();
        assertThatIllegalStateException().isThrownBy(() -> apply(third));
        assertThatIllegalStateException().isThrownBy(() -> apply(second, second));
        assertThatIllegalStateException().isThrownBy(() -> apply(foreign(second)));
        assertThat(store.applied()).isEqualTo(before);
        assertThat(store.get(RowKey.of("b"))).isEmpty();
        apply(second, third);
        assertHoldsWhatTheLogSays();
    }

    private static LogEntry foreign(LogEntry entry) {
        return new LogEntry(
                new TabletId(99),
                entry.epoch(),
                entry.index(),
                entry.previousEpoch(),
                entry.commitHint(),
                entry.timestampMillis(),
                entry.kind(),
                "",
                entry.mutations());
    }

    @Test
    void anUnknownKindIsRefusedAndNothingBeforeItApplied() {
        LogEntry known = log.put("a", "1");
        LogEntry unknown = log.entry(new EntryKind(200), List.of());
        assertThatIllegalStateException()
                .isThrownBy(() -> apply(known, unknown))
                .withMessageContaining("200");
        assertThat(store.applied()).isEqualTo(Applied.NOTHING);
    }

    @Test
    void aNewEpochMovesThePositionAlone() {
        apply(log.put("a", "1"), log.newEpoch(), log.put("b", "2"));
        assertThat(store.applied().epoch()).isEqualTo(2);
        assertHoldsWhatTheLogSays();
    }

    @Test
    void flushedFollowsFlushesOnly() {
        apply(log.put("a", "1"));
        Applied first = store.applied();
        assertThat(store.flushed()).isEqualTo(Applied.NOTHING);
        store.flush();
        apply(log.put("b", "2"));
        assertThat(store.flushed()).isEqualTo(first);
    }

    @Test
    void aKilledStoreReopensAtItsLastFlushAndTakesTheRestAgain() {
        LogEntry large = log.put(RowKey.of("large"), Bytes.wrap(LARGE), "t/p", 8_000);
        apply(large, log.remember(LogScript.memo("a", "k", "answer", 9_000)));
        store.flush();
        Applied flushed = store.flushed();
        LogEntry lost = log.put("lost", "2");
        LogEntry removal = log.delete(RowKey.of("large"));
        apply(lost, removal);

        kill(stores);
        stores = openStores();
        store = stores.open(LogScript.TABLET);

        assertThat(store.applied()).isEqualTo(flushed);
        assertThat(store.flushed()).isEqualTo(flushed);
        assertThat(store.get(RowKey.of("lost"))).isEmpty();
        assertThat(store.get(RowKey.of("large")).orElseThrow().value())
                .isEqualTo(Bytes.wrap(LARGE));
        assertThat(store.idempotencyRecord(LogScript.memo("a", "k", "", 1).id())).isPresent();
        assertThat(store.earliestExpiry()).hasValue(8_000);
        apply(lost, removal);
        assertHoldsWhatTheLogSays();
    }

    @Test
    void whereEpochsBeganIsKeptWithTheAppliedPosition() {
        assertThat(store.epochs()).isEqualTo(EpochStarts.NONE);
        apply(log.put("a", "1"), log.newEpoch(), log.put("b", "1"));
        EpochStarts two = EpochStarts.NONE.with(1, 1).with(2, 2);
        assertThat(store.epochs()).isEqualTo(two);
        store.flush();
        LogEntry third = log.newEpoch();
        apply(third, log.put("c", "1"));
        assertThat(store.epochs()).isEqualTo(two.with(3, 4));

        kill(stores);
        stores = openStores();
        store = stores.open(LogScript.TABLET);

        assertThat(store.epochs()).isEqualTo(two);
        apply(third);
        store.close();
        store = stores.open(LogScript.TABLET);
        assertThat(store.epochs()).isEqualTo(two.with(3, 4));
    }

    @Test
    void closingFlushes() {
        apply(log.put("a", "1"));
        store.close();
        store = stores.open(LogScript.TABLET);
        assertHoldsWhatTheLogSays();
        assertThat(store.flushed()).isEqualTo(log.applied());
    }

    @Test
    void aRemovedTabletOpensNewAndEmpty() {
        apply(log.put("a", "1"));
        assertThatIllegalStateException().isThrownBy(() -> stores.remove(LogScript.TABLET));
        store.close();
        stores.remove(LogScript.TABLET);
        stores.remove(LogScript.TABLET);
        store = stores.open(LogScript.TABLET);
        assertThat(store.applied()).isEqualTo(Applied.NOTHING);
        assertThat(scan(KeyRange.ALL, false)).isEmpty();
    }

    @Test
    void tabletsOpenOnceAndApart() {
        TabletStore other = stores.open(new TabletId(8));
        apply(log.put("a", "1"));
        assertThat(other.get(RowKey.of("a"))).isEmpty();
        assertThatIllegalStateException().isThrownBy(() -> stores.open(LogScript.TABLET));
    }

    @Test
    void aClosedStoreAnswersNoMaster() {
        apply(log.put("a", "1"), log.put("b", "1"));
        RowCursor cursor = store.scan(KeyRange.ALL, false, true);
        cursor.next();
        store.close();
        store.close();
        assertNoMaster(() -> store.get(RowKey.of("a")));
        assertNoMaster(() -> store.getFromMemory(RowKey.of("a")));
        assertNoMaster(() -> store.scan(KeyRange.ALL, false, true));
        assertNoMaster(() -> store.idempotencyRecord(LogScript.memo("a", "k", "", 1).id()));
        assertNoMaster(() -> apply(log.put("c", "1")));
        assertNoMaster(() -> store.flush());
        assertNoMaster(() -> store.earliestExpiry());
        assertNoMaster(() -> store.countExpired(1, 1));
        assertNoMaster(cursor::next);
        cursor.close();
        cursor.close();
        assertThatIllegalStateException().isThrownBy(cursor::next);
    }

    private static void assertNoMaster(Runnable call) {
        assertThatExceptionOfType(EblaException.class)
                .isThrownBy(call::run)
                .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.NO_MASTER))
                .satisfies(failure -> assertThat(failure.retryable()).isTrue());
    }
}
