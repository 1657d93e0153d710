package io.ebla.tabletserver.store;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** {@link StoreExpiryContract} on disk. */
class RocksTabletStoreTest extends StoreExpiryContract {

    @TempDir Path data;

    @Override
    TabletStores openStores() {
        return new RocksTabletStores(data, RocksSettings.DEFAULTS);
    }

    @Override
    void kill(TabletStores running) {
        ((RocksTabletStores) running).abandon();
    }
}
