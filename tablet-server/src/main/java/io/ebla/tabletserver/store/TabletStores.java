package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;

/** Makes and removes the stores of one node: one implementation per {@code StoreKind}. */
public interface TabletStores extends AutoCloseable {

    /** Opens a tablet's store, new and empty where there is none. */
    TabletStore open(TabletId tablet);

    /** Removes a closed tablet's files, by way of the trash folder (L7). */
    void remove(TabletId tablet);

    @Override
    void close();
}
