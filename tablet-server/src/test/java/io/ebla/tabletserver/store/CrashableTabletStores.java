package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;

/**
 * Memory stores that can die like a process with disk stores: after {@link #crash} what was open is
 * closed, and each tablet opens again as it stood at its last flush.
 */
public final class CrashableTabletStores implements TabletStores {

    private final InMemoryTabletStores stores = new InMemoryTabletStores();

    public void crash() {
        stores.abandonAll();
    }

    @Override
    public TabletStore open(TabletId tablet) {
        return stores.open(tablet);
    }

    @Override
    public Installation install(TabletId tablet) {
        return stores.install(tablet);
    }

    @Override
    public void settle(TabletId tablet, long logBase) {
        stores.settle(tablet, logBase);
    }

    @Override
    public void remove(TabletId tablet) {
        stores.remove(tablet);
    }

    @Override
    public void close() {
        stores.close();
    }
}
