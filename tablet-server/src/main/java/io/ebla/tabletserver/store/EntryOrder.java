package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.tabletserver.store.TabletStore.Applied;
import java.util.List;

/**
 * Judges entries before any of them is applied: they must be this tablet's, follow what was applied
 * without a gap, and be of a kind that this version knows. Anything else is a broken invariant.
 */
final class EntryOrder {

    private EntryOrder() {}

    static void check(TabletId tablet, Applied applied, List<LogEntry> entries) {
        long epoch = applied.epoch();
        long index = applied.index();
        for (LogEntry entry : entries) {
            if (!entry.tablet().equals(tablet)) {
                throw broken(tablet, entry, "is another tablet's");
            }
            if (entry.index() != index + 1 || entry.previousEpoch() != epoch) {
                throw broken(tablet, entry, "does not follow (" + epoch + "," + index + ")");
            }
            checkKind(tablet, entry);
            epoch = entry.epoch();
            index = entry.index();
        }
    }

    private static void checkKind(TabletId tablet, LogEntry entry) {
        boolean expires = entry.mutations().stream().anyMatch(Mutation.Expire.class::isInstance);
        if (entry.kind().equals(EntryKind.EXPIRE)) {
            if (!expires || entry.mutations().size() != 1) {
                throw broken(tablet, entry, "is not one expiry");
            }
        } else if (entry.kind().equals(EntryKind.WRITE)) {
            if (expires) {
                throw broken(tablet, entry, "expires within a write");
            }
        } else if (!entry.kind().equals(EntryKind.EPOCH_START)) {
            throw broken(tablet, entry, "is of an unknown kind " + entry.kind().code());
        } else if (!entry.mutations().isEmpty()) {
            throw broken(tablet, entry, "starts an epoch with mutations");
        }
    }

    private static IllegalStateException broken(TabletId tablet, LogEntry entry, String how) {
        return new IllegalStateException(
                "tablet "
                        + tablet
                        + ": entry ("
                        + entry.epoch()
                        + ","
                        + entry.index()
                        + ") "
                        + how);
    }
}
