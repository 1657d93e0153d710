package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import java.util.List;
import java.util.Optional;

/** From a key to the tablet that serves it here. Any thread; never blocks. */
public final class TabletDirectory {

    TabletDirectory() {}

    public Optional<TableDescriptor> table(TableName name) {
        throw new UnsupportedOperationException();
    }

    /**
     * The local tablet that serves a key.
     *
     * @throws io.ebla.core.contract.EblaException {@code table_not_found} (this map does not know it:
     *     ask meta before saying so), {@code no_master} with a time to retry after, {@code corrupted}
     */
    public Tablet locate(TableName table, RowKey key) {
        throw new UnsupportedOperationException();
    }

    /**
     * Tablets of a table that overlap a range, in key order.
     *
     * @throws io.ebla.core.contract.EblaException {@code table_not_found}
     */
    public List<TabletDescriptor> overlapping(TableName table, KeyRange range) {
        throw new UnsupportedOperationException();
    }

    /**
     * A local serving tablet by its id.
     *
     * @throws io.ebla.core.contract.EblaException {@code tablet_not_found}, {@code no_master}, {@code
     *     corrupted}
     */
    public Tablet tablet(TabletId id) {
        throw new UnsupportedOperationException();
    }

    /** The newest map this node has seen. */
    public ClusterMap map() {
        throw new UnsupportedOperationException();
    }
}
