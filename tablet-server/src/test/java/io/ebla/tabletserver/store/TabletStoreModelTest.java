package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.LogScript.Change;
import io.ebla.tabletserver.store.TabletStore.MemoryRead;
import io.ebla.tabletserver.store.TabletStore.RowCursor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;

/**
 * Random logs, applied in random groups with flushes and deaths in between: the store on disk, the
 * store in memory and a plain map agree.
 */
class TabletStoreModelTest {

    private enum Act {
        PUT,
        PUT_TWO,
        DELETE,
        REMEMBER,
        EXPIRE,
        NEW_EPOCH,
        APPLY,
        FLUSH,
        DIE
    }

    /** @param a picks keys, sizes and times as the act needs them; so do b and c */
    private record Step(Act act, int a, int b, int c) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Act> acts =
                Arbitraries.frequency(
                        Tuple.of(8, Act.PUT),
                        Tuple.of(3, Act.PUT_TWO),
                        Tuple.of(4, Act.DELETE),
                        Tuple.of(2, Act.REMEMBER),
                        Tuple.of(4, Act.EXPIRE),
                        Tuple.of(1, Act.NEW_EPOCH),
                        Tuple.of(4, Act.APPLY),
                        Tuple.of(2, Act.FLUSH),
                        Tuple.of(1, Act.DIE));
        Arbitrary<Integer> numbers = Arbitraries.integers().between(0, 11);
        return Combinators.combine(acts, numbers, numbers, numbers)
                .as(Step::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(60);
    }

    @Property(tries = 60, shrinking = ShrinkingMode.BOUNDED)
    void allStoresAgreeWithAPlainMap(@ForAll("steps") List<Step> steps) throws IOException {
        Path data = Files.createTempDirectory("ebla-store-model");
        try (Subject disk = new Subject(new RocksTabletStores(data, smallSettings()));
                Subject memory = new Subject(new CrashableTabletStores())) {
            LogScript log = new LogScript();
            for (Step step : steps) {
                List<LogEntry> written = write(log, step);
                for (Subject subject : List.of(disk, memory)) {
                    subject.take(written, step.act());
                    if (subject.allApplied()) {
                        assertAgrees(subject.store, log);
                    }
                }
            }
            for (Subject subject : List.of(disk, memory)) {
                subject.applyAll();
                assertAgrees(subject.store, log);
            }
            for (int key = 0; key < 12; key++) {
                IdempotencyRecord memo = LogScript.memo("p" + key, "k", "", 1);
                assertThat(disk.store.idempotencyRecord(memo.id()))
                        .isEqualTo(memory.store.idempotencyRecord(memo.id()));
            }
        } finally {
            // Opening it as a trash folder empties it.
            TrashFolder.open(data);
            Files.delete(data);
        }
    }

    private static RocksSettings smallSettings() {
        return new RocksSettings(1 << 20, 1 << 20, 100, 0, 1, 64, 32 << 20, false);
    }

    private static List<LogEntry> write(LogScript log, Step step) {
        RowKey key = key(step.a());
        return switch (step.act()) {
            case PUT -> List.of(log.write(List.of(change(log, key, step))));
            case PUT_TWO -> {
                RowKey other = key((step.a() + 1) % 12);
                Step moved = new Step(step.act(), step.a(), step.c(), step.b());
                yield List.of(
                        log.write(List.of(change(log, key, step), change(log, other, moved))));
            }
            case DELETE -> List.of(log.delete(key));
            case REMEMBER ->
                    List.of(
                            log.remember(
                                    LogScript.memo(
                                            "p" + step.a(),
                                            "k",
                                            "answer" + step.b(),
                                            log.timestampMillis() + 1 + step.c())));
            case EXPIRE -> List.of(log.expire(log.timestampMillis() + step.a() - 3, 1 + step.b()));
            case NEW_EPOCH -> List.of(log.newEpoch());
            case APPLY, FLUSH, DIE -> List.of();
        };
    }

    private static RowKey key(int number) {
        Bytes pk = Bytes.wrap(new byte[] {'p', (byte) (number / 3 % 2), (byte) (0xFF - number)});
        return number % 3 == 0 ? RowKey.of(pk) : RowKey.of(pk, Bytes.utf8("s".repeat(number % 3)));
    }

    private static Change change(LogScript log, RowKey key, Step step) {
        byte[] value = new byte[new int[] {0, 1, 99, 100, 101, 5_000}[step.b() % 6]];
        Arrays.fill(value, (byte) step.c());
        long expiresAt = step.c() % 2 == 0 ? 0 : log.timestampMillis() + 2 + step.c();
        String type = step.b() < 6 ? "text/plain" : "x/y" + step.c();
        return new Change(key, Bytes.wrap(value), type, expiresAt);
    }

    private static void assertAgrees(TabletStore store, LogScript log) {
        assertThat(store.applied()).isEqualTo(log.applied());
        for (int number = 0; number < 12; number++) {
            RowKey key = key(number);
            Optional<Row> expected = Optional.ofNullable(log.rows.get(key));
            assertThat(store.get(key)).isEqualTo(expected);
            MemoryRead read = store.getFromMemory(key);
            if (read instanceof MemoryRead.Found found) {
                assertThat(found.row()).isEqualTo(expected.orElseThrow());
            } else if (read instanceof MemoryRead.Absent) {
                assertThat(expected).isEmpty();
            }
        }
        KeyRange part = new KeyRange(key(2).encoded(), key(7).encoded());
        for (KeyRange range : List.of(KeyRange.ALL, part, new KeyRange(part.to(), part.from()))) {
            assertScans(store, log, range);
        }
        long now = log.timestampMillis();
        assertThat(store.countExpired(now + 5, 4)).isEqualTo(Math.min(4, log.dueAt(now + 5)));
        assertThat(store.earliestExpiry().isEmpty()).isEqualTo(log.dueAt(Long.MAX_VALUE) == 0);
    }

    private static void assertScans(TabletStore store, LogScript log, KeyRange range) {
        List<Row> expected =
                new ArrayList<>(
                        log.rows.values().stream()
                                .filter(row -> range.contains(row.key()))
                                .toList());
        try (RowCursor up = store.scan(range, false, true);
                RowCursor keys = store.scan(range, false, false);
                RowCursor down = store.scan(range, true, true)) {
            assertThat(TabletStoreContract.drain(up)).isEqualTo(expected);
            assertThat(TabletStoreContract.drain(keys))
                    .extracting(Row::valueBytes)
                    .isEqualTo(expected.stream().map(Row::valueBytes).toList());
            Collections.reverse(expected);
            assertThat(TabletStoreContract.drain(down)).isEqualTo(expected);
        }
    }

    /** One store under test and the log that it has not applied yet. */
    private static final class Subject implements AutoCloseable {

        private final TabletStores stores;
        private final List<LogEntry> log = new ArrayList<>();
        private TabletStore store;

        Subject(TabletStores stores) {
            this.stores = stores;
            store = stores.open(LogScript.TABLET);
        }

        void take(List<LogEntry> written, Act act) {
            log.addAll(written);
            switch (act) {
                case APPLY -> applyAll();
                case FLUSH -> store.flush();
                case DIE -> die();
                default -> {
                    // Left for a later group.
                }
            }
        }

        boolean allApplied() {
            return store.applied().index() == log.size();
        }

        void applyAll() {
            store.apply(log.subList((int) store.applied().index(), log.size()));
        }

        private void die() {
            TabletStore.Applied flushed = store.flushed();
            if (store instanceof RocksTabletStore rocks) {
                rocks.abandon();
            } else {
                ((CrashableTabletStores) stores).crash();
            }
            store = stores.open(LogScript.TABLET);
            assertThat(store.applied().index()).isGreaterThanOrEqualTo(flushed.index());
            assertThat(store.flushed()).isEqualTo(store.applied());
        }

        @Override
        public void close() {
            stores.close();
        }
    }
}
