package io.ebla.tabletserver.tablet;

import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.TabletStore;

/**
 * Living rows of one tablet in key order, from one consistent view. One thread at a time may use it,
 * and since a row may have to come from disk, only one of {@link TabletHost#readExecutor()}.
 *
 * <p>A row that expires while the scan is under way is left out from that millisecond on (T1).
 */
public final class TabletScan implements AutoCloseable {

    private final TabletStore.RowCursor cursor;
    private final TabletTime time;
    private final Position position;

    TabletScan(TabletStore.RowCursor cursor, TabletTime time, Position position) {
        this.cursor = cursor;
        this.time = time;
        this.position = position;
    }

    /** The next row that has not expired, or null at the end. */
    public Row next() {
        Row row = cursor.next();
        while (row != null && row.expiresAt() != 0 && row.expired(time.nowMillis())) {
            row = cursor.next();
        }
        return row;
    }

    /** How far the tablet had applied when the view was opened. */
    public Position position() {
        return position;
    }

    @Override
    public void close() {
        cursor.close();
    }
}
