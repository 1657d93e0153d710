package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.store.InMemoryTabletStores;
import io.ebla.tabletserver.store.TabletStore;
import io.ebla.tabletserver.store.TabletStores;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How the stores that a split made come in order, and what is told of it. */
class StoreSettlingTest {

    private static final TabletId LOW = new TabletId(11);
    private static final TabletId HIGH = new TabletId(12);

    private final List<Tablet> tablets = new ArrayList<>();
    private final List<UntrimmedStore> children = new ArrayList<>();
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final VirtualClock clock = new VirtualClock();
    private final StoreSettling settling = new StoreSettling(tasks::add, clock, () -> tablets);

    @Test
    void asManyAreUnsettledAsAreStillToBeBroughtInOrder() {
        TabletStores stores = new InMemoryTabletStores();
        TabletStore parent = stores.open(SimulatedTablet.ID);
        parent.apply(List.of(split()));
        assertThat(settling.unsettled()).isZero();
        for (TabletId child : List.of(LOW, HIGH)) {
            stores.divide(parent, child);
            tablets.add(over(stores.open(child)));
        }
        assertThat(settling.unsettled()).isEqualTo(2);
        // Both are counted, then one is settled after the other.
        List<Integer> told = Stream.generate(this::afterAStep).limit(4).toList();
        assertThat(told).containsExactly(2, 2, 1, 0);
        settling.check();
        assertThat(tasks).isEmpty();
    }

    /** A large store is compacted for hours, and no other compacts by itself before it is trimmed. */
    @Test
    void aStoreIsTrimmedWhileAnotherIsBeingSettled() {
        UntrimmedStore late = new UntrimmedStore(() -> {});
        tablets.add(over(new SettledByStore(() -> aChildIsOpened(late))));
        settling.check();
        tasks.remove().run();
        assertThat(late.trimmed()).isTrue();
    }

    private void aChildIsOpened(UntrimmedStore child) {
        tablets.add(over(child));
        settling.check();
        assertThat(tasks).hasSize(1);
        tasks.remove().run();
    }

    @Test
    void nothingElseIsDoneToAStoreThatIsBeingTrimmed() {
        tablets.add(
                over(
                        new UntrimmedStore(
                                () -> {
                                    settling.check();
                                    assertThat(tasks).isEmpty();
                                })));
        settling.check();
        tasks.remove().run();
        settling.check();
        assertThat(tasks).hasSize(1);
    }

    @Test
    void aStoreThatWaitsToBeSettledIsRelieved() {
        UntrimmedStore waiting = new UntrimmedStore(() -> {});
        tablets.add(over(waiting));
        settling.check();
        assertThat(waiting.relieved).isEqualTo(1);
        tasks.remove().run();
        settling.check();
        assertThat(waiting.relieved).isEqualTo(2);
        waiting.settled = true;
        settling.check();
        assertThat(waiting.relieved).isEqualTo(2);
    }

    @Test
    void aStoreIsSettledWhenTheOneBeforeCompactsNoMoreOrHasDoneSoForLong() {
        for (int i = 0; i < 3; i++) {
            UntrimmedStore child = new UntrimmedStore(() -> {});
            child.trimmed = true;
            child.compacts = true;
            children.add(child);
            tablets.add(over(child));
        }
        assertThat(settledAfterACheck()).isEqualTo(1);
        assertThat(settledAfterACheck()).isEqualTo(1);
        children.get(0).compacts = false;
        assertThat(settledAfterACheck()).isEqualTo(2);
        clock.pass(9_000);
        assertThat(settledAfterACheck()).isEqualTo(2);
        clock.pass(2_000);
        assertThat(settledAfterACheck()).isEqualTo(3);
    }

    private long settledAfterACheck() {
        settling.check();
        tasks.forEach(Runnable::run);
        tasks.clear();
        return children.stream().filter(UntrimmedStore::settled).count();
    }

    /** One that is neither trimmed nor settled. */
    private static final class UntrimmedStore extends PlayedStore {

        private final Runnable whileTrimmed;
        private boolean trimmed;
        private boolean settled;
        private boolean compacts;
        private int relieved;

        UntrimmedStore(Runnable whileTrimmed) {
            super(new InMemoryTabletStores().open(SimulatedTablet.ID));
            apply(List.of(split()));
            this.whileTrimmed = whileTrimmed;
        }

        @Override
        public boolean trimmed() {
            return trimmed;
        }

        @Override
        public void trim() {
            whileTrimmed.run();
            trimmed = true;
        }

        @Override
        public void relieve() {
            relieved++;
        }

        @Override
        public boolean compacts() {
            return compacts;
        }

        @Override
        public void settle() {
            settled = true;
        }

        @Override
        public boolean settled() {
            return settled;
        }
    }

    /** One that is settled by a given step. */
    private static final class SettledByStore extends PlayedStore {

        private final Runnable step;

        SettledByStore(Runnable step) {
            super(new InMemoryTabletStores().open(SimulatedTablet.ID));
            apply(List.of(split()));
            this.step = step;
        }

        @Override
        public boolean settled() {
            return false;
        }

        @Override
        public void settle() {
            step.run();
        }
    }

    private int afterAStep() {
        settling.check();
        tasks.remove().run();
        return settling.unsettled();
    }

    /** With a log that ends where the store does. */
    private static Tablet over(TabletStore store) {
        HeldOplog log = new HeldOplog();
        log.append(
                List.of(split()),
                new Oplog.AppendListener() {
                    @Override
                    public void durable() {}

                    @Override
                    public void failed(RuntimeException cause) {
                        throw cause;
                    }
                });
        log.sync();
        TabletStores none = new InMemoryTabletStores();
        return new SimulatedTablet(new VirtualClock(), log, none, TabletSettings.DEFAULTS)
                .over(store)
                .tablet;
    }

    private static LogEntry split() {
        Bytes at = KeyRange.boundOfPk(Bytes.utf8("m"));
        return new LogEntry(
                SimulatedTablet.ID,
                1,
                1,
                0,
                0,
                1,
                EntryKind.SPLIT,
                "",
                List.of(new Mutation.Split(at, LOW, HIGH)));
    }
}
