package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.TabletStore.RowCursor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store does when its tablet is split, and what the stores of the children are. */
abstract class StoreSplitContract {

    private static final byte[] LARGE = new byte[20_000];

    private TabletStores stores;
    private TabletStore parent;
    private final LogScript log = new LogScript();

    abstract TabletStores openStores();

    /** Ends the process: all that was not flushed is gone. */
    abstract TabletStores kill(TabletStores stores);

    @BeforeEach
    void open() {
        stores = openStores();
        parent = stores.open(LogScript.TABLET);
    }

    @AfterEach
    void close() {
        stores.close();
    }

    private void apply(LogEntry... entries) {
        parent.apply(List.of(entries));
    }

    /** A store with the log that it follows. */
    private record Child(TabletStore store, LogScript log) {

        void apply(LogEntry... entries) {
            store.apply(List.of(entries));
        }

        void holdsWhatItsLogSays() {
            List<Row> rows = new ArrayList<>();
            try (RowCursor cursor = store.scan(KeyRange.ALL, false, true)) {
                for (Row row = cursor.next(); row != null; row = cursor.next()) {
                    rows.add(row);
                }
            }
            assertThat(rows.stream().map(Row::key)).containsExactlyElementsOf(log.rows.keySet());
            assertThat(rows.equals(List.copyOf(log.rows.values()))).isTrue();
            for (Row row : rows) {
                assertThat(store.get(row.key())).contains(row);
            }
            assertThat(store.applied().index()).isEqualTo(log.applied().index());
            assertThat(store.applied().epoch()).isEqualTo(log.applied().epoch());
            assertThat(store.countExpired(Long.MAX_VALUE, 1_000))
                    .isEqualTo(log.dueAt(Long.MAX_VALUE));
            if (store.counted()) {
                assertThat(store.applied()).isEqualTo(log.applied());
            }
        }
    }

    private Child child(TabletStore of, LogScript ofLog, long id) {
        Division division = of.division().orElseThrow();
        TabletId tablet = new TabletId(id);
        LogScript own = ofLog.ofChild(id, division.rangeOf(tablet));
        return new Child(stores.open(tablet), own);
    }

    private List<Child> split(String pk) {
        apply(log.split(pk, 11, 12));
        parent.flush();
        divide(parent);
        return List.of(child(parent, log, 11), child(parent, log, 12));
    }

    /** As replicas are made. */
    private void divide(TabletStore of) {
        Division division = of.division().orElseThrow();
        stores.divide(of, division.low());
        stores.divide(of, division.high());
        stores.made(division.low());
        stores.made(division.high());
    }

    private static LogEntry row(LogScript log, String pk, int bytes, long expiresAt) {
        return log.put(RowKey.of(pk), Bytes.wrap(new byte[bytes]), "t/p", expiresAt);
    }

    private void someRows() {
        apply(
                row(log, "a", 10, 0),
                row(log, "b", LARGE.length, 5_000),
                row(log, "m", 20, 4_000),
                row(log, "n", LARGE.length, 0),
                row(log, "z", 30, 6_000));
    }

    @Test
    void eachChildHoldsItsPartAndCountsIt() {
        someRows();
        for (Child child : split("m")) {
            child.holdsWhatItsLogSays();
            child.store().settle();
            assertThat(child.store().settled()).isTrue();
            child.holdsWhatItsLogSays();
        }
    }

    @Test
    void aKeyOfTheOtherChildIsNotThereAfterSettling() {
        someRows();
        List<Child> children = split("m");
        children.forEach(child -> child.store().settle());
        assertThat(children.get(0).store().get(RowKey.of("n"))).isEmpty();
        assertThat(children.get(1).store().get(RowKey.of("b"))).isEmpty();
    }

    @Test
    void nothingButStartsOfEpochsFollowsASplit() {
        someRows();
        apply(log.split("m", 11, 12));
        LogEntry late = row(log, "a", 10, 0);
        assertThatIllegalStateException().isThrownBy(() -> apply(late));
        log.rewind(late);
        apply(log.newEpoch());
        assertThat(parent.division().orElseThrow().position().index()).isEqualTo(6);
        stores.divide(parent, new TabletId(11));
        TabletStore child = stores.open(new TabletId(11));
        assertThat(child.applied().index()).isEqualTo(6);
        assertThat(child.epochs()).isEqualTo(parent.epochs().upTo(6)).isNotEqualTo(parent.epochs());
    }

    @Test
    void aCancelledSplitIsRemembered() {
        someRows();
        apply(log.cancel(11), row(log, "c", 1, 0));
        parent.flush();
        parent.close();
        parent = stores.open(LogScript.TABLET);
        assertThat(parent.cancelledSplit()).isEqualTo(11);
        assertThat(parent.division()).isEmpty();
    }

    @Test
    void whatIsWrittenAfterTheSplitCountsWhereverSettlingStands() {
        someRows();
        for (Child child : split("m")) {
            String mine = child.log().rows.firstKey().pk().toUtf8();
            child.apply(
                    child.log().delete(RowKey.of(mine)), row(child.log(), mine + "1", 7, 9_000));
            child.holdsWhatItsLogSays();
            child.store().settle();
            child.holdsWhatItsLogSays();
            child.apply(row(child.log(), mine, 8, 0));
            child.holdsWhatItsLogSays();
        }
    }

    @Test
    void aChildThatDiedUnflushedBeginsWhereItsParentEnded() {
        someRows();
        List<Child> children = split("m");
        children.get(0).apply(children.get(0).log().delete(RowKey.of("a")));
        stores = kill(stores);
        parent = stores.open(LogScript.TABLET);
        for (long id : List.of(11L, 12L)) {
            child(parent, log, id).holdsWhatItsLogSays();
        }
    }

    @Test
    void settlingGoesOnAfterADeath() {
        someRows();
        Child child = split("m").get(1);
        child.store().settle();
        child.store().flush();
        child.apply(child.log().delete(RowKey.of("z")));
        child.store().flush();
        stores = kill(stores);
        Child again = new Child(stores.open(new TabletId(12)), child.log());
        again.holdsWhatItsLogSays();
        again.store().settle();
        again.holdsWhatItsLogSays();
        parent = stores.open(LogScript.TABLET);
    }

    @Test
    void allReplicasExpireTheSameWhetherSettledOrNot() {
        someRows();
        Child child = split("c").get(1);
        child.apply(child.log().expire(10_000, 1));
        assertThat(child.log().rows).containsOnlyKeys(RowKey.of("n"), RowKey.of("z"));
        child.holdsWhatItsLogSays();
        child.store().settle();
        child.apply(child.log().expire(10_000, 10));
        child.holdsWhatItsLogSays();
    }

    @Test
    void idempotencyRecordsGoWithTheirPk() {
        IdempotencyRecord low = LogScript.memo("a", "k", "one", 9_000);
        IdempotencyRecord high = LogScript.memo("m", "k", "two", 9_000);
        apply(log.remember(low), log.remember(high));
        List<Child> children = split("m");
        for (Child child : children) {
            child.store().settle();
            assertThat(child.store().countExpired(Long.MAX_VALUE, 10)).isEqualTo(1);
        }
        assertThat(children.get(0).store().idempotencyRecord(low.id())).contains(low);
        assertThat(children.get(0).store().idempotencyRecord(high.id())).isEmpty();
        assertThat(children.get(1).store().idempotencyRecord(high.id())).contains(high);
    }

    @Test
    void theSnapshotOfAChildIsThatOfItsRowsAlone() {
        someRows();
        apply(log.remember(LogScript.memo("a", "k", "one", 9_000)));
        apply(log.remember(LogScript.memo("y", "k", "two", 9_000)));
        for (Child child : split("m")) {
            List<ByteBuffer> before = chunks(child.store());
            child.store().settle();
            List<ByteBuffer> after = chunks(child.store());
            TabletStores others = new InMemoryTabletStores();
            Installation copy = others.install(id(child));
            copy.begin("view");
            after.forEach(copy::write);
            copy.complete();
            copy.finish();
            new Child(others.open(id(child)), child.log()).holdsWhatItsLogSays();
            assertThat(before).hasSameSizeAs(after);
        }
    }

    private static TabletId id(Child child) {
        return child.log().tablet();
    }

    private static List<ByteBuffer> chunks(TabletStore store) {
        List<ByteBuffer> chunks = new ArrayList<>();
        try (Snapshot snapshot = store.snapshot()) {
            long number = 0;
            for (ByteBuffer chunk = snapshot.chunk(number); chunk != null; ) {
                chunks.add(chunk);
                chunk = snapshot.chunk(++number);
            }
        }
        return chunks;
    }

    @Test
    void aCopyOfASplitTabletIsSplitAsWell() {
        someRows();
        apply(log.cancel(9), log.split("m", 11, 12), log.newEpoch());
        TabletStores others = new InMemoryTabletStores();
        Installation copy = others.install(LogScript.TABLET);
        copy.begin("view");
        chunks(parent).forEach(copy::write);
        copy.complete();
        copy.finish();
        TabletStore there = others.open(LogScript.TABLET);
        assertThat(there.division()).isEqualTo(parent.division());
        assertThat(there.cancelledSplit()).isEqualTo(9);
        others.divide(there, new TabletId(12));
        new Child(
                        others.open(new TabletId(12)),
                        log.ofChild(12, parent.division().get().rangeOf(new TabletId(12))))
                .store()
                .settle();
    }

    @Test
    void theMiddleIsABoundBetweenTwoPks() {
        assertThat(parent.middle()).isEmpty();
        apply(log.put(RowKey.of("a", "1"), Bytes.wrap(LARGE), "t/p", 0));
        apply(log.put(RowKey.of("a", "2"), Bytes.wrap(LARGE), "t/p", 0));
        assertThat(parent.middle()).isEmpty();
        apply(row(log, "b", 10, 0), row(log, "c", 10, 0));
        assertThat(parent.middle()).contains(KeyRange.boundOfPk(Bytes.utf8("b")));
        apply(row(log, "d", 3 * LARGE.length, 0), row(log, "e", 1, 0));
        assertThat(parent.middle()).contains(KeyRange.boundOfPk(Bytes.utf8("e")));
    }

    /** Split again and again, at random keys, settled or not, flushed or dead in between. */
    @Test
    void randomSplitsLoseAndRaiseNothing() {
        for (int seed = 0; seed < 12; seed++) {
            Random random = new Random(seed);
            Child child = new Child(stores.open(new TabletId(100 + 1000L * seed)), script(seed));
            for (long round = 1; round <= 4; round++) {
                writeAtRandom(child, random);
                long low = 100 + 1000L * seed + 2 * round;
                String at = String.valueOf((char) ('b' + random.nextInt(20)));
                if (!child.store().range().contains(RowKey.of(at))) {
                    continue;
                }
                child.apply(child.log().split(at, low, low + 1));
                if (random.nextBoolean()) {
                    child.store().flush();
                }
                divide(child.store());
                List<Child> both =
                        List.of(
                                child(child.store(), child.log(), low),
                                child(child.store(), child.log(), low + 1));
                for (Child each : both) {
                    writeAtRandom(each, random);
                    if (random.nextBoolean()) {
                        each.store().settle();
                    }
                    each.holdsWhatItsLogSays();
                }
                child = both.get(random.nextInt(2));
            }
        }
    }

    private static LogScript script(int seed) {
        return new LogScript().ofChild(100 + 1000L * seed, KeyRange.ALL);
    }

    private static void writeAtRandom(Child child, Random random) {
        KeyRange range = child.store().range();
        for (int i = 0; i < 40; i++) {
            RowKey key = RowKey.of(String.valueOf((char) ('a' + random.nextInt(26))));
            if (!range.contains(key)) {
                continue;
            }
            long expiresAt = random.nextInt(3) == 0 ? 1_500 + random.nextInt(9_000) : 0;
            int bytes = random.nextInt(4) == 0 ? 5_000 : 10;
            child.apply(
                    switch (random.nextInt(8)) {
                        case 0, 1 -> child.log().delete(key);
                        case 2 -> child.log().expire(random.nextInt(8_000), 2);
                        default ->
                                child.log().put(key, Bytes.wrap(new byte[bytes]), "t/p", expiresAt);
                    });
            if (random.nextInt(15) == 0) {
                child.store().flush();
            }
        }
    }
}
