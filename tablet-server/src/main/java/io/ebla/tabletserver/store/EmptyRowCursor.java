package io.ebla.tabletserver.store;

import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.TabletStore.RowCursor;

/** The rows of an empty range. */
final class EmptyRowCursor implements RowCursor {

    @Override
    public Row next() {
        return null;
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
