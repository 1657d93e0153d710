package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.TabletStore.RowCursor;
import java.util.Optional;

/** Finds where half of a store's bytes lie below, by walking the heads of its rows up to there. */
final class Middle {

    private Middle() {}

    static Optional<Bytes> of(TabletStore store) {
        long half = store.applied().bytes() / 2;
        long below = 0;
        Bytes first = null;
        Bytes last = null;
        try (RowCursor rows = store.scan(store.range(), false, false)) {
            for (Row row = rows.next(); row != null; row = rows.next()) {
                Bytes pk = row.key().pk();
                first = first == null ? pk : first;
                boolean next = last == null || !last.equals(pk);
                if (next && !pk.equals(first)) {
                    last = pk;
                    if (below >= half) {
                        break;
                    }
                }
                below += row.sizeBytes();
            }
        }
        return Optional.ofNullable(last).map(KeyRange::boundOfPk);
    }
}
