package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.store.CrashableTabletStores;
import io.ebla.tabletserver.store.Division;
import io.ebla.tabletserver.store.Installation;
import io.ebla.tabletserver.store.TabletStore;
import io.ebla.tabletserver.store.TabletStores;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** The stores of a {@link GroupNode}: whoever looks on does, and a replica's descriptor goes with its rows. */
final class GroupStores implements TabletStores {

    private final CrashableTabletStores stores;
    private final SimulatedReplicaFiles files;
    private final UnaryOperator<TabletStore> watch;
    private final boolean settles;
    private final Consumer<TabletId> removed;
    private final Consumer<MakingStep> making;
    private final Map<TabletId, TabletStore> open = new HashMap<>();

    /**
     * @param settles whether what a crash left of an installation is ended as it should be
     * @param removed told of what before a replica's files go
     * @param making told how far the children of a split are
     */
    GroupStores(
            CrashableTabletStores stores,
            SimulatedReplicaFiles files,
            UnaryOperator<TabletStore> watch,
            boolean settles,
            Consumer<TabletId> removed,
            Consumer<MakingStep> making) {
        this.stores = stores;
        this.files = files;
        this.watch = watch;
        this.settles = settles;
        this.removed = removed;
        this.making = making;
    }

    @Override
    public TabletStore open(TabletId tablet) {
        TabletStore store = stores.open(tablet);
        open.put(tablet, store);
        return watch.apply(store);
    }

    @Override
    public void made(TabletId tablet) {
        making.accept(MakingStep.DESCRIBED);
    }

    /** A folder without a descriptor is half made. */
    @Override
    public void divide(TabletStore parent) {
        Division division = parent.division().orElseThrow();
        discardHalfMade(division.low());
        discardHalfMade(division.high());
        making.accept(MakingStep.FLUSHED);
        stores.divide(open.get(division.tablet()));
        making.accept(MakingStep.DIVIDED);
    }

    @Override
    public void discardHalfMade(TabletId tablet) {
        if (!files.holds(tablet)) {
            stores.remove(tablet);
        }
    }

    @Override
    public Installation install(TabletId tablet) {
        return stores.install(tablet);
    }

    @Override
    public void settle(TabletId tablet, long logBase) {
        if (settles) {
            stores.settle(tablet, logBase);
        }
    }

    @Override
    public void remove(TabletId tablet) {
        removed.accept(tablet);
        stores.remove(tablet);
        files.remove(tablet);
    }

    @Override
    public void close() {
        stores.close();
    }
}
