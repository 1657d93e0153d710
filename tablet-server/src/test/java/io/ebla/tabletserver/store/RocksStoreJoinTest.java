package io.ebla.tabletserver.store;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** {@link StoreJoinContract} on disk. */
class RocksStoreJoinTest extends StoreJoinContract {

    @TempDir Path data;

    @Override
    TabletStores openStores() {
        return new RocksTabletStores(data, RocksSettings.DEFAULTS);
    }

    @Override
    TabletStores kill(TabletStores running) {
        ((RocksTabletStores) running).abandon();
        return openStores();
    }
}
