package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.core.row.Row;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link StoreSplitContract} of children that were begun before the split, and followed their parent. */
class RocksStoreHeadStartTest extends StoreSplitContract {

    private static final TabletId LOW = new TabletId(11);
    private static final TabletId HIGH = new TabletId(12);

    @TempDir Path data;

    @Override
    TabletStores openStores() {
        return new Followed(new RocksTabletStores(data, RocksSettings.DEFAULTS)).stores();
    }

    @Override
    TabletStores kill(TabletStores running) {
        ((Followed) Proxy.getInvocationHandler(running)).real.abandon();
        return openStores();
    }

    /** Stores whose tablets' children are begun just before the entries that hold the SPLIT. */
    private static final class Followed implements java.lang.reflect.InvocationHandler {

        private final RocksTabletStores real;
        private final Map<TabletStore, TabletStore> wrapped = new HashMap<>();
        private final Map<TabletId, Dividing> begun = new HashMap<>();

        private Followed(RocksTabletStores real) {
            this.real = real;
        }

        private TabletStores stores() {
            Class<?>[] types = {TabletStores.class};
            return (TabletStores)
                    Proxy.newProxyInstance(TabletStores.class.getClassLoader(), types, this);
        }

        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
            if (method.getName().equals("open")) {
                return wrap(real.open((TabletId) arguments[0]));
            }
            if (method.getName().equals("divide")) {
                Dividing dividing = begun.remove((TabletId) arguments[1]);
                if (dividing != null) {
                    dividing.finish();
                }
                arguments[0] = wrapped.get((TabletStore) arguments[0]);
            }
            return call(real, method, arguments);
        }

        private TabletStore wrap(TabletStore store) {
            Class<?>[] types = {TabletStore.class};
            TabletStore wrapper =
                    (TabletStore)
                            Proxy.newProxyInstance(
                                    TabletStore.class.getClassLoader(),
                                    types,
                                    (proxy, method, arguments) -> {
                                        if (method.getName().equals("hashCode")) {
                                            return System.identityHashCode(proxy);
                                        }
                                        if (method.getName().equals("equals")) {
                                            return proxy == arguments[0];
                                        }
                                        if (method.getName().equals("apply")) {
                                            apply(store, entries(arguments));
                                            return null;
                                        }
                                        return call(store, method, arguments);
                                    });
            wrapped.put(wrapper, store);
            return wrapper;
        }

        @SuppressWarnings("unchecked")
        private static List<LogEntry> entries(Object[] arguments) {
            return (List<LogEntry>) arguments[0];
        }

        private void apply(TabletStore store, List<LogEntry> entries) {
            for (LogEntry entry : entries) {
                if (entry.kind().equals(EntryKind.SPLIT)) {
                    Mutation.Split split = (Mutation.Split) entry.mutations().get(0);
                    for (TabletId child : List.of(split.low(), split.high())) {
                        begun.put(child, begin(store, child));
                    }
                }
            }
            store.apply(entries);
            begun.values().stream()
                    .filter(each -> each.position().index() == entries.get(0).index() - 1)
                    .forEach(each -> each.follow(entries));
        }

        private Dividing begin(TabletStore store, TabletId child) {
            return real.beginDividing(store, child, () -> true).orElseThrow();
        }

        private static Object call(Object on, Method method, Object[] arguments) throws Throwable {
            try {
                return method.invoke(on, arguments);
            } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
            }
        }
    }

    /** What becomes of one that does not stand where its parent ends. */
    @Nested
    class Alone {

        @TempDir Path own;

        private final LogScript log = new LogScript();
        private RocksTabletStores stores;
        private TabletStore parent;

        private void begin() {
            stores = new RocksTabletStores(own, RocksSettings.DEFAULTS);
            parent = stores.open(LogScript.TABLET);
            parent.apply(List.of(log.put("a", "1"), log.put("m", "2")));
        }

        private Dividing begun(TabletId child) {
            return stores.beginDividing(parent, child, () -> true).orElseThrow();
        }

        @Test
        void itHoldsWhatItFollowed() {
            begin();
            Dividing low = begun(LOW);
            Dividing high = begun(HIGH);
            List<LogEntry> more =
                    List.of(
                            log.put("b", "3"),
                            log.delete(RowKey.of("a")),
                            log.put("x", "4"),
                            log.split("m", 11, 12));
            parent.apply(more);
            for (Dividing each : List.of(low, high)) {
                each.follow(more.subList(0, 2));
                each.follow(more.subList(2, 4));
                each.finish();
            }
            stores.made(LOW);
            stores.made(HIGH);
            TabletStore first = stores.open(LOW);
            TabletStore second = stores.open(HIGH);
            assertThat(pks(first)).containsExactly("b");
            assertThat(pks(second)).containsExactly("m", "x");
            assertThat(first.applied().index()).isEqualTo(more.get(3).index());
            stores.close();
        }

        private static List<String> pks(TabletStore store) {
            List<String> pks = new ArrayList<>();
            try (TabletStore.RowCursor rows = store.scan(KeyRange.ALL, false, false)) {
                for (Row row = rows.next(); row != null; row = rows.next()) {
                    pks.add(row.key().pk().toUtf8());
                }
            }
            return pks;
        }

        @Test
        void aFlushLeavesLittleInMemory() {
            begin();
            Dividing low = begun(LOW);
            long empty = low.unflushedBytes();
            Bytes large = Bytes.wrap(new byte[1 << 20]);
            List<LogEntry> more = List.of(log.put(RowKey.of("b"), large, "t/p", 0));
            parent.apply(more);
            low.follow(more);
            assertThat(low.unflushedBytes()).isGreaterThan(empty + (1 << 20) - 1);
            low.flush();
            assertThat(low.unflushedBytes()).isLessThan(1 << 20);
            low.close();
            assertThatIllegalStateException().isThrownBy(low::flush);
            stores.close();
        }

        @Test
        void whatLagsIsNotFinishedAndIsMadeAnewFromTheFiles() {
            begin();
            Dividing low = begun(LOW);
            LogEntry late = log.put("b", "3");
            LogEntry split = log.split("m", 11, 12);
            parent.apply(List.of(late, split));
            assertThatIllegalStateException().isThrownBy(low::finish);
            low.follow(List.of(late));
            assertThatIllegalStateException().isThrownBy(low::finish);
            low.close();
            assertThatIllegalStateException().isThrownBy(() -> low.follow(List.of(split)));
            stores.divide(parent, LOW);
            stores.made(LOW);
            assertThat(stores.open(LOW).get(RowKey.of("b"))).isPresent();
            stores.close();
        }

        /** What a child holds is a guess until it is counted, and it may be split again before. */
        @Test
        void oneWhoseParentIsCountedMeanwhileIsFinished() {
            begin();
            parent.apply(List.of(log.put("b", "3"), log.put("c", "4"), log.split("m", 11, 12)));
            stores.divide(parent, LOW);
            stores.made(LOW);
            LogScript ofLow = log.ofChild(11, parent.division().orElseThrow().rangeOf(LOW));
            parent = stores.open(LOW);
            TabletStore.Applied guessed = parent.applied();
            Dividing first = begun(new TabletId(21));
            assertThat(parent.count(Integer.MAX_VALUE)).isTrue();
            assertThat(parent.applied()).isNotEqualTo(guessed);
            List<LogEntry> more = List.of(ofLow.put("d", "5"), ofLow.split("b", 21, 22));
            parent.apply(more);
            first.follow(more);
            first.finish();
            stores.made(new TabletId(21));
            TabletStore child = stores.open(new TabletId(21));
            assertThat(pks(child)).containsExactly("a");
            assertThat(child.count(Integer.MAX_VALUE)).isTrue();
            assertThat(child.applied().rows()).isEqualTo(1);
            stores.close();
        }

        @Test
        void whatIsBegunOrFinishedAndNobodysGoesAtTheNextStart() {
            begin();
            Dividing low = begun(LOW);
            begun(HIGH);
            LogEntry split = log.split("m", 11, 12);
            parent.apply(List.of(split));
            low.follow(List.of(split));
            low.finish();
            stores.abandon();
            stores = new RocksTabletStores(own, RocksSettings.DEFAULTS);
            assertThat(Files.exists(own.resolve("tablets").resolve("11"))).isFalse();
            assertThat(Files.exists(own.resolve("tablets").resolve("12"))).isFalse();
            stores.close();
        }

        @Test
        void anotherStoreMayTakeItsPlace() {
            begin();
            Dividing low = begun(LOW);
            assertThatIllegalStateException().isThrownBy(() -> stores.open(LOW));
            stores.discardHalfMade(LOW);
            assertThatIllegalStateException().isThrownBy(low::finish);
            TabletStore empty = stores.open(LOW);
            assertThat(empty.get(RowKey.of("a"))).isEmpty();
            assertThat(empty.range()).isEqualTo(KeyRange.ALL);
            stores.close();
        }

        @Test
        void noneIsBegunOfAChildThatIsMade() {
            begin();
            Dividing low = begun(LOW);
            LogEntry split = log.split("m", 11, 12);
            parent.apply(List.of(split));
            low.follow(List.of(split));
            low.finish();
            stores.divide(parent, HIGH);
            assertThat(stores.beginDividing(parent, LOW, () -> true)).isEmpty();
            assertThat(stores.beginDividing(parent, HIGH, () -> true)).isEmpty();
            assertThat(pks(stores.open(LOW))).containsExactly("a");
            assertThat(pks(stores.open(HIGH))).containsExactly("m");
            stores.close();
        }

        @Test
        void noneIsBegunOfAChildThatAnotherIsAboutToMake() {
            begin();
            BooleanSupplier free =
                    () -> {
                        assertThatIllegalStateException().isThrownBy(() -> stores.open(LOW));
                        return false;
                    };
            assertThat(stores.beginDividing(parent, LOW, free)).isEmpty();
            assertThat(Files.exists(own.resolve("tablets").resolve("11"))).isFalse();
            assertThat(stores.open(LOW).get(RowKey.of("a"))).isEmpty();
            stores.close();
        }

        @Test
        void oneThatWasFinishedAndIsNotWantedGoes() {
            begin();
            Dividing low = begun(LOW);
            LogEntry split = log.split("m", 11, 12);
            parent.apply(List.of(split));
            low.follow(List.of(split));
            low.finish();
            stores.discardHalfMade(LOW);
            assertThat(Files.exists(own.resolve("tablets").resolve("11"))).isFalse();
            stores.divide(parent, LOW);
            stores.made(LOW);
            assertThat(stores.open(LOW).get(RowKey.of("a"))).isPresent();
            stores.close();
        }
    }
}
