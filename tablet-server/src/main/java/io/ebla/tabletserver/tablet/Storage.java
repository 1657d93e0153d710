package io.ebla.tabletserver.tablet;

import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.store.TabletStores;
import java.util.Objects;

/**
 * Where the tablets of one store kind keep log and rows on this node.
 *
 * @param oplog one for all of them
 * @param stores one store each
 */
public record Storage(Oplog oplog, TabletStores stores) {

    public Storage {
        Objects.requireNonNull(oplog);
        Objects.requireNonNull(stores);
    }
}
