package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.store.CrashableTabletStores;
import io.ebla.tabletserver.store.Installation;
import io.ebla.tabletserver.store.TabletStore;
import io.ebla.tabletserver.store.TabletStores;
import java.util.function.UnaryOperator;

/** The stores of a {@link GroupNode}: whoever looks on does, and a replica's descriptor goes with its rows. */
final class GroupStores implements TabletStores {

    private final CrashableTabletStores stores;
    private final SimulatedReplicaFiles files;
    private final UnaryOperator<TabletStore> watch;
    private final boolean settles;
    private final Runnable removed;

    /**
     * @param settles whether what a crash left of an installation is ended as it should be
     * @param removed told before a replica's files go
     */
    GroupStores(
            CrashableTabletStores stores,
            SimulatedReplicaFiles files,
            UnaryOperator<TabletStore> watch,
            boolean settles,
            Runnable removed) {
        this.stores = stores;
        this.files = files;
        this.watch = watch;
        this.settles = settles;
        this.removed = removed;
    }

    @Override
    public TabletStore open(TabletId tablet) {
        return watch.apply(stores.open(tablet));
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
        removed.run();
        stores.remove(tablet);
        files.remove(tablet);
    }

    @Override
    public void close() {
        stores.close();
    }
}
