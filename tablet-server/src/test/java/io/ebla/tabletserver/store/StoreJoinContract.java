package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
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
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the store of a merged tablet is, however it was made while both of the tablets went on. */
abstract class StoreJoinContract {

    private static final int LARGE = 20_000;

    private TabletStores stores;

    abstract TabletStores openStores();

    /** Ends the process: all that was not flushed is gone. */
    abstract TabletStores kill(TabletStores stores);

    @BeforeEach
    void open() {
        stores = openStores();
    }

    @AfterEach
    void close() {
        stores.close();
    }

    /** A tablet's store with its log, and all the entries that it was given. */
    private static final class Side {

        private TabletStore store;
        private final LogScript log;
        private final KeyRange range;
        private final List<LogEntry> entries = new ArrayList<>();

        private Side(TabletStore store, LogScript log, KeyRange range) {
            this.store = store;
            this.log = log;
            this.range = range;
        }

        TabletId id() {
            return log.tablet();
        }

        void apply(LogEntry... some) {
            for (LogEntry entry : some) {
                entries.add(entry);
                store.apply(List.of(entry));
            }
        }

        void row(String pk, int bytes, long expiresAt) {
            apply(log.put(RowKey.of(pk), Bytes.wrap(new byte[bytes]), "t/p", expiresAt));
        }

        /** What the store has applied behind the joined one, as its log would tell. */
        void catchUp(Joining joining) {
            long from = joining.position(id()).index();
            for (LogEntry entry : entries) {
                if (entry.index() > from) {
                    joining.follow(id(), List.of(entry));
                }
            }
        }

        Joining.Part part() {
            return new Joining.Part(store, range);
        }

        void holdsWhatItsLogSays() {
            List<Row> rows = new ArrayList<>();
            try (RowCursor cursor = store.scan(KeyRange.ALL, false, true)) {
                for (Row row = cursor.next(); row != null; row = cursor.next()) {
                    rows.add(row);
                }
            }
            assertThat(rows.equals(List.copyOf(log.rows.values()))).isTrue();
            for (Row row : rows) {
                assertThat(store.get(row.key())).contains(row);
            }
            assertThat(store.countExpired(Long.MAX_VALUE, 1_000))
                    .isEqualTo(log.dueAt(Long.MAX_VALUE));
            assertThat(store.applied()).isEqualTo(log.applied());
        }
    }

    private Side side(long id, String from, String to) {
        KeyRange range =
                new KeyRange(
                        from.isEmpty() ? Bytes.EMPTY : KeyRange.boundOfPk(Bytes.utf8(from)),
                        to.isEmpty() ? Bytes.EMPTY : KeyRange.boundOfPk(Bytes.utf8(to)));
        return new Side(
                stores.open(new TabletId(id)), new LogScript().ofChild(id, KeyRange.ALL), range);
    }

    private Joining join(Side left, Side right, long into) {
        return stores.join(new TabletId(into), left.part(), right.part(), () -> true);
    }

    private static void seal(Side left, Side right, long into) {
        long one = left.id().value();
        long other = right.id().value();
        left.apply(left.log.seal(into, one, other));
        right.apply(right.log.seal(into, one, other));
    }

    private Side finish(Joining joining, Side left, Side right, long into) {
        left.catchUp(joining);
        right.catchUp(joining);
        joining.finish(left.store.sealing().orElseThrow(), right.store.sealing().orElseThrow());
        LogScript log = left.log.mergedWith(right.log, into);
        KeyRange range = new KeyRange(left.range.from(), right.range.to());
        return new Side(stores.open(new TabletId(into)), log, range);
    }

    @Test
    void theMergedStoreHoldsBothAndCountsThem() {
        Side left = side(1, "", "m");
        Side right = side(2, "m", "");
        left.row("a", 10, 0);
        left.row("b", LARGE, 5_000);
        right.row("m", LARGE, 0);
        right.row("n", 10, 4_000);
        Joining joining = join(left, right, 3);
        left.row("c", 30, 0);
        left.apply(left.log.delete(RowKey.of("a")));
        right.row("m", 10, 7_000);
        right.row("z", LARGE, 0);
        seal(left, right, 3);
        Side merged = finish(joining, left, right, 3);
        merged.holdsWhatItsLogSays();
        merged.apply(merged.log.newEpoch(), merged.log.delete(RowKey.of("m")));
        merged.row("b", 10, 0);
        merged.apply(merged.log.expire(10_000, 10));
        merged.holdsWhatItsLogSays();
        merged.store.settle();
        assertThat(merged.store.settled()).isTrue();
        merged.holdsWhatItsLogSays();
    }

    @Test
    void theLargerOneIsTheBaseWhicheverItIs() {
        for (boolean leftIsLarger : List.of(true, false)) {
            long first = leftIsLarger ? 11 : 21;
            Side left = side(first, "", "m");
            Side right = side(first + 1, "m", "");
            left.row("a", leftIsLarger ? LARGE : 1, 0);
            right.row("m", leftIsLarger ? 1 : LARGE, 0);
            Joining joining = join(left, right, first + 2);
            seal(left, right, first + 2);
            finish(joining, left, right, first + 2).holdsWhatItsLogSays();
        }
    }

    @Test
    void anExpiryOfOneTakesNothingOfTheOther() {
        Side left = side(1, "", "m");
        Side right = side(2, "m", "");
        left.row("a", 10, 3_000);
        right.row("m", 10, 2_000);
        right.row("n", 10, 2_500);
        Joining joining = join(left, right, 3);
        left.apply(left.log.expire(9_000, 1));
        right.apply(right.log.expire(9_000, 1));
        seal(left, right, 3);
        Side merged = finish(joining, left, right, 3);
        assertThat(merged.log.rows).containsOnlyKeys(RowKey.of("n"));
        merged.holdsWhatItsLogSays();
    }

    @Test
    void idempotencyRecordsOfBothAreThere() {
        Side left = side(1, "", "m");
        Side right = side(2, "m", "");
        IdempotencyRecord before = LogScript.memo("a", "k", "one", 9_000);
        IdempotencyRecord meanwhile = LogScript.memo("n", "k", "two", 9_000);
        left.apply(left.log.remember(before));
        Joining joining = join(left, right, 3);
        right.apply(right.log.remember(meanwhile));
        seal(left, right, 3);
        Side merged = finish(joining, left, right, 3);
        assertThat(merged.store.idempotencyRecord(before.id())).contains(before);
        assertThat(merged.store.idempotencyRecord(meanwhile.id())).contains(meanwhile);
        assertThat(merged.store.countExpired(Long.MAX_VALUE, 10)).isEqualTo(2);
    }

    @Test
    void itBeginsBehindBothWhereTheSealsAreAndNotWhereLaterEpochsAre() {
        Side left = side(1, "", "m");
        Side right = side(2, "m", "");
        left.apply(left.log.newEpoch(), left.log.newEpoch());
        right.row("m", 10, 0);
        right.row("n", 10, 0);
        right.row("o", 10, 0);
        right.row("p", 10, 0);
        seal(left, right, 3);
        Sealing ofLeft = left.store.sealing().orElseThrow();
        left.apply(left.log.newEpoch());
        Joining joining = join(left, right, 3);
        right.apply(right.log.newEpoch());
        right.catchUp(joining);
        joining.finish(ofLeft, right.store.sealing().orElseThrow());
        TabletStore merged = stores.open(new TabletId(3));
        assertThat(merged.applied().epoch()).isEqualTo(3);
        assertThat(merged.applied().index()).isEqualTo(5);
        assertThat(merged.epochs()).isEqualTo(EpochStarts.floorAt(merged.applied()));
    }

    @Test
    void nothingIsMadeOfOneThatIsNotAtItsSeal() {
        Side left = side(1, "", "m");
        Side right = side(2, "m", "");
        right.row("m", 10, 0);
        Joining joining = join(left, right, 3);
        right.row("n", 10, 0);
        seal(left, right, 3);
        left.catchUp(joining);
        assertThatIllegalStateException()
                .isThrownBy(
                        () ->
                                joining.finish(
                                        left.store.sealing().get(), right.store.sealing().get()));
        joining.close();
        finish(join(left, right, 3), left, right, 3).holdsWhatItsLogSays();
    }

    @Test
    void aSealedStoreTakesNothingUntilItIsCancelled() {
        Side left = side(1, "", "m");
        left.row("a", 10, 0);
        left.apply(left.log.seal(3, 1, 2));
        LogEntry late = left.log.delete(RowKey.of("absent"));
        assertThatIllegalStateException().isThrownBy(() -> left.store.apply(List.of(late)));
        left.log.rewind(late);
        left.apply(left.log.newEpoch());
        left.store.flush();
        left.store.close();
        left.store = stores.open(new TabletId(1));
        assertThat(left.store.sealing()).isPresent();
        left.apply(left.log.cancel(3));
        assertThat(left.store.sealing()).isEmpty();
        assertThat(left.store.cancelledSplit()).isEqualTo(3);
        left.row("a", 10, 0);
        left.row("b", 10, 0);
        left.holdsWhatItsLogSays();
        left.store.flush();
        left.store.close();
        left.store = stores.open(new TabletId(1));
        assertThat(left.store.sealing()).isEmpty();
    }

    /** Its files have rows of the other child, which that may have deleted since. */
    @Test
    void nothingIsMadeOfAChildThatIsNotInOrder() {
        Side whole = side(1, "", "");
        whole.row("a", 10, 0);
        whole.row("m", 10, 0);
        whole.row("n", 10, 0);
        whole.apply(whole.log.split("m", 2, 3));
        whole.store.flush();
        divide(whole.store);
        Side left = child(whole, 2);
        Side right = child(whole, 3);
        right.apply(right.log.delete(RowKey.of("m")));
        left.store.settle();
        assertThatIllegalStateException().isThrownBy(() -> join(left, right, 4));
        right.store.settle();
        Joining joining = join(left, right, 4);
        seal(left, right, 4);
        finish(joining, left, right, 4).holdsWhatItsLogSays();
    }

    @Test
    void aCopyOfASealedTabletIsSealedAsWell() {
        Side left = side(1, "", "m");
        left.row("a", 10, 0);
        left.apply(left.log.cancel(2), left.log.seal(3, 1, 2), left.log.newEpoch());
        TabletStores others = new InMemoryTabletStores();
        Installation copy = others.install(left.id());
        copy.begin("view");
        try (Snapshot snapshot = left.store.snapshot()) {
            long number = 0;
            for (ByteBuffer chunk = snapshot.chunk(0);
                    chunk != null;
                    chunk = snapshot.chunk(++number)) {
                copy.write(chunk);
            }
        }
        copy.complete();
        copy.finish();
        TabletStore there = others.open(left.id());
        assertThat(there.sealing()).isPresent().isEqualTo(left.store.sealing());
        assertThat(there.cancelledSplit()).isEqualTo(2);
    }

    @Test
    void oneThatIsNotWantedLeavesNothing() {
        Side left = side(1, "", "m");
        Side right = side(2, "m", "");
        for (int i = 0; i < 1_500; i++) {
            left.row("a" + i, 1, 0);
            right.row("n" + i, 1, 0);
        }
        join(left, right, 3).close();
        Joining.Part one = left.part();
        Joining.Part other = right.part();
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> stores.join(new TabletId(3), one, other, () -> false));
        TabletStore another = stores.open(new TabletId(3));
        assertThat(another.applied()).isEqualTo(TabletStore.Applied.NOTHING);
    }

    @Test
    void aDeathWhileItIsMadeLeavesBothAndItIsMadeAnew() {
        Side left = side(1, "", "m");
        Side right = side(2, "m", "");
        left.row("a", LARGE, 0);
        right.row("m", 10, 0);
        join(left, right, 3);
        left.store.flush();
        right.store.flush();
        stores = kill(stores);
        left.store = stores.open(new TabletId(1));
        right.store = stores.open(new TabletId(2));
        Joining joining = join(left, right, 3);
        left.row("b", 10, 0);
        seal(left, right, 3);
        finish(joining, left, right, 3);
        stores.made(new TabletId(3));
        left.store.flush();
        right.store.flush();
        stores = kill(stores);
        LogScript log = left.log.mergedWith(right.log, 3);
        new Side(stores.open(new TabletId(3)), log, KeyRange.ALL).holdsWhatItsLogSays();
    }

    /** Split and merged again and again, with writes all the while, flushes, and settling in between. */
    @Test
    void randomMergesOfSplitsLoseAndRaiseNothing() {
        for (int seed = 0; seed < 12; seed++) {
            Random random = new Random(seed);
            long id = 100 + 1000L * seed;
            Side whole = side(id, "", "");
            for (int round = 0; round < 4; round++) {
                writeAtRandom(whole, random);
                String at = String.valueOf((char) ('b' + random.nextInt(20)));
                whole.apply(whole.log.split(at, id + 1, id + 2));
                whole.store.flush();
                divide(whole.store);
                Side left = child(whole, id + 1);
                Side right = child(whole, id + 2);
                writeAtRandom(left, random);
                writeAtRandom(right, random);
                left.store.settle();
                right.store.settle();
                Joining joining = join(left, right, id + 3);
                for (int i = 0; i < 3; i++) {
                    writeAtRandom(left, random);
                    writeAtRandom(right, random);
                    left.catchUp(joining);
                    if (random.nextBoolean()) {
                        right.catchUp(joining);
                    }
                }
                seal(left, right, id + 3);
                whole = finish(joining, left, right, id + 3);
                whole.holdsWhatItsLogSays();
                if (random.nextBoolean()) {
                    whole.store.settle();
                }
                whole.apply(whole.log.newEpoch());
                id += 3;
            }
        }
    }

    private void divide(TabletStore of) {
        Division division = of.division().orElseThrow();
        stores.divide(of, division.low());
        stores.divide(of, division.high());
    }

    private Side child(Side of, long id) {
        Division division = of.store.division().orElseThrow();
        KeyRange range = division.rangeOf(new TabletId(id));
        return new Side(stores.open(new TabletId(id)), of.log.ofChild(id, range), range);
    }

    private static void writeAtRandom(Side side, Random random) {
        for (int i = 0; i < 30; i++) {
            RowKey key = RowKey.of(String.valueOf((char) ('a' + random.nextInt(26))));
            if (!side.range.contains(key)) {
                continue;
            }
            long expiresAt = random.nextInt(3) == 0 ? 1_500 + random.nextInt(9_000) : 0;
            int bytes = random.nextInt(4) == 0 ? 5_000 : 10;
            side.apply(
                    switch (random.nextInt(9)) {
                        case 0, 1 -> side.log.delete(key);
                        case 2 -> side.log.expire(random.nextInt(8_000), 2);
                        case 3 ->
                                side.log.remember(
                                        LogScript.memo(key.pk().toUtf8(), "k" + i, "x", 2_000 + i));
                        default -> side.log.put(key, Bytes.wrap(new byte[bytes]), "t/p", expiresAt);
                    });
            if (random.nextInt(15) == 0) {
                side.store.flush();
            }
        }
    }
}
