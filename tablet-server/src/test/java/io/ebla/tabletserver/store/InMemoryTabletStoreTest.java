package io.ebla.tabletserver.store;

/** {@link TabletStoreContract} in memory, with the crash emulated. */
class InMemoryTabletStoreTest extends TabletStoreContract {

    private final CrashableTabletStores stores = new CrashableTabletStores();

    @Override
    TabletStores openStores() {
        return stores;
    }

    @Override
    void kill(TabletStores running) {
        stores.crash();
    }
}
