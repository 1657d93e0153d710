package io.ebla.tabletserver.tablet;

import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import java.util.List;

/**
 * Tells whether a row that was read a while ago is still what the store holds: which entry changed it
 * last, or some other row that shares its place here. So what it calls unchanged is unchanged, and what
 * it calls changed may not be. For the writer only, who applies.
 */
final class AppliedRows {

    /** A power of two; groups in flight change fewer rows than this, so most rows have a place alone. */
    private static final int PLACES = 1 << 11;

    private final long[] lastIndex = new long[PLACES];
    private long everyRowAt;

    /** These are in the store, or some of them may be. */
    void applied(List<LogEntry> entries) {
        for (int i = 0; i < entries.size(); i++) {
            LogEntry entry = entries.get(i);
            List<Mutation> mutations = entry.mutations();
            for (int m = 0; m < mutations.size(); m++) {
                Mutation mutation = mutations.get(m);
                if (mutation instanceof Mutation.Put put) {
                    lastIndex[place(put.key())] = entry.index();
                } else if (mutation instanceof Mutation.Delete delete) {
                    lastIndex[place(delete.key())] = entry.index();
                } else if (mutation instanceof Mutation.Expire) {
                    everyRowAt = entry.index();
                }
            }
        }
    }

    /** Whether an entry after that index may have changed the row. */
    boolean changedAfter(long index, RowKey key) {
        return everyRowAt > index || lastIndex[place(key)] > index;
    }

    private static int place(RowKey key) {
        int hash = key.hashCode() * 0x9E3779B9;
        return hash >>> -Integer.numberOfTrailingZeros(PLACES);
    }
}
