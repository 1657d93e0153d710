package io.ebla.tabletserver.tablet;

import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.TabletStore;

/** A view of the local store. */
final class LocalScan implements TabletScan {

    private final TabletStore.RowCursor cursor;
    private final TabletTime time;
    private final Position position;

    LocalScan(TabletStore.RowCursor cursor, TabletTime time, Position position) {
        this.cursor = cursor;
        this.time = time;
        this.position = position;
    }

    @Override
    public Row next() {
        Row row = cursor.next();
        while (row != null && row.expiresAt() != 0 && row.expired(time.nowMillis())) {
            row = cursor.next();
        }
        return row;
    }

    @Override
    public Position position() {
        return position;
    }

    @Override
    public void close() {
        cursor.close();
    }
}
