package io.ebla.tabletserver.tablet;

import io.ebla.core.row.Row;

/**
 * Living rows of one tablet in key order, from one consistent view. One thread at a time may use it,
 * and since a row may have to come from disk, only one of {@link TabletHost#readExecutor()}.
 */
public final class TabletScan implements AutoCloseable {

    TabletScan() {}

    /** The next row that has not expired, or null at the end. */
    public Row next() {
        throw new UnsupportedOperationException();
    }

    /** How far the tablet had applied when the view was opened. */
    public Position position() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
