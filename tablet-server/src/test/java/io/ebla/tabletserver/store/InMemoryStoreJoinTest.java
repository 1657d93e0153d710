package io.ebla.tabletserver.store;

/** {@link StoreJoinContract} in memory, with the crash emulated. */
class InMemoryStoreJoinTest extends StoreJoinContract {

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
