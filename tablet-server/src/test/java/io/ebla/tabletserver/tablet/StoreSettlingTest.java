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
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final StoreSettling settling =
            new StoreSettling(tasks::add, new VirtualClock(), () -> tablets);

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
