package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/** Disk stores that can die with their process: what was not flushed is lost. */
public final class CrashableRocksStores implements TabletStores {

    private final Path data;
    private RocksTabletStores stores;

    public CrashableRocksStores(Path data) {
        this.data = data;
        this.stores = new RocksTabletStores(data, RocksSettings.DEFAULTS);
    }

    public void crash() {
        stores.abandon();
        stores = new RocksTabletStores(data, RocksSettings.DEFAULTS);
    }

    @Override
    public TabletStore open(TabletId tablet) {
        return stores.open(tablet);
    }

    @Override
    public void divide(TabletStore parent, TabletId child) {
        stores.divide(parent, child);
    }

    @Override
    public void made(TabletId tablet) {
        stores.made(tablet);
    }

    @Override
    public Joining join(
            TabletId into, Joining.Part left, Joining.Part right, BooleanSupplier wanted) {
        return stores.join(into, left, right, wanted);
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
