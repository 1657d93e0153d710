package io.ebla.tabletserver.tablet;

import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.TabletStore;

/**
 * A view of the local store. Its load is one operation, and one more for every so many rows that are passed,
 * where it is then: a scan that goes on for long is asked for all the while.
 */
final class LocalScan implements TabletScan {

    /** A row that comes with others costs a small part of what one does that is asked for by itself. */
    static final int ROWS_PER_OPERATION = 32;

    private final TabletStore.RowCursor cursor;
    private final Load load;
    private final TabletTime time;
    private final Position position;
    private long passed;

    LocalScan(TabletStore.RowCursor cursor, Load load, TabletTime time, Position position) {
        this.cursor = cursor;
        this.load = load;
        this.time = time;
        this.position = position;
    }

    @Override
    public Row next() {
        Row row = pass();
        while (row != null && row.expiresAt() != 0 && row.expired(time.nowMillis())) {
            row = pass();
        }
        return row;
    }

    private Row pass() {
        Row row = cursor.next();
        if (passed % ROWS_PER_OPERATION == 0) {
            if (row != null) {
                load.add(row.key());
            } else if (passed == 0) {
                load.addOfNothing();
            }
        }
        passed++;
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
