package io.ebla.tabletserver.store;

/** {@link StoreExpiryContract} in memory, with the crash emulated. */
class InMemoryTabletStoreTest extends StoreExpiryContract {

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
