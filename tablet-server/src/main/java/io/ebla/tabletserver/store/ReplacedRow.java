package io.ebla.tabletserver.store;

import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.core.oplog.Mutation.Replaced;

/**
 * When the writer's word on what a mutation replaces cannot be taken: a row that had expired by the
 * entry's timestamp may have been removed by an EXPIRE that stood in the log before the entry and was
 * not applied when the writer looked. What an EXPIRE removes is known only where it is applied, so
 * such a row is read there. It is rare, and every replica reads the same.
 */
final class ReplacedRow {

    private ReplacedRow() {}

    static boolean mustBeRead(Replaced said, long timestampMillis) {
        return said.expiresAt() != 0 && said.expiresAt() <= timestampMillis;
    }

    static boolean mustBeRead(LogEntry entry) {
        for (Mutation mutation : entry.mutations()) {
            if (mustBeRead(replacedBy(mutation), entry.timestampMillis())) {
                return true;
            }
        }
        return false;
    }

    private static Replaced replacedBy(Mutation mutation) {
        if (mutation instanceof Mutation.Put put) {
            return put.replaced();
        }
        return mutation instanceof Mutation.Delete delete ? delete.replaced() : Replaced.NOTHING;
    }
}
