package io.ebla.tabletserver.store;

/** {@link StoreSplitContract} in memory, with the crash emulated. */
class InMemoryStoreSplitTest extends StoreSplitContract {

    private final CrashableTabletStores stores = new CrashableTabletStores();

    @Override
    TabletStores openStores() {
        return stores;
    }

    @Override
    TabletStores kill(TabletStores running) {
        stores.crash();
        return stores;
    }
}
