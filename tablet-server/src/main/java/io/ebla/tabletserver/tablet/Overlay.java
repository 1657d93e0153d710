package io.ebla.tabletserver.tablet;

import io.ebla.core.key.RowKey;
import io.ebla.tabletserver.tablet.PendingEntry.PendingRow;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Rows as the entries that are not applied yet leave them. Conditions and later writes see it before
 * the store; readers only learn from it what to wait for (W3).
 *
 * <p>Only the writer changes it; any thread asks {@link #pendingIndex}. A row leaves it after the
 * store holds it, never before, so a reader that finds nothing here finds it there. It is bounded by
 * the groups that may be in flight.
 */
final class Overlay {

    private final ConcurrentHashMap<RowKey, PendingRow> rows = new ConcurrentHashMap<>();

    /** The last pending state of a row, or null when the store has the last word. */
    PendingRow get(RowKey key) {
        return rows.get(key);
    }

    /** The index of the last pending entry of a row, 0 when there is none. Any thread. */
    long pendingIndex(RowKey key) {
        PendingRow pending = rows.get(key);
        return pending == null ? 0 : pending.entry.index();
    }

    /**
     * The index of the last entry that takes a write of the row back, 0 when none is pending; later writes of
     * the row may be pending as well. Any thread.
     */
    long pendingRevert(RowKey key) {
        PendingRow pending = rows.get(key);
        return pending == null ? 0 : pending.lastRevert;
    }

    void put(PendingRow row) {
        PendingRow before = rows.get(row.key);
        if (row.entry.isRevert()) {
            row.lastRevert = row.entry.index();
        } else {
            row.lastRevert = before == null ? 0 : before.lastRevert;
        }
        row.previous = rows.put(row.key, row);
    }

    /** The oplog has the entry: nothing of it will be undone. */
    void accepted(PendingEntry entry) {
        for (PendingRow row = entry.firstRow(); row != null; row = row.nextOfEntry) {
            row.previous = null;
        }
    }

    /** The oplog refused the entry; called for the latest one first. */
    void undo(PendingEntry entry) {
        for (PendingRow row = entry.firstRow(); row != null; row = row.nextOfEntry) {
            if (row.previous == null) {
                rows.remove(row.key, row);
            } else {
                rows.put(row.key, row.previous);
            }
        }
    }

    /** The store holds the entry. */
    void applied(PendingEntry entry) {
        for (PendingRow row = entry.firstRow(); row != null; row = row.nextOfEntry) {
            rows.remove(row.key, row);
        }
    }

    /** Shows these entries, in order, and nothing else. */
    void rebuild(Iterable<PendingEntry> entries) {
        rows.clear();
        for (PendingEntry entry : entries) {
            for (PendingRow row = entry.firstRow(); row != null; row = row.nextOfEntry) {
                rows.put(row.key, row);
            }
        }
    }

    void clear() {
        rows.clear();
    }

    int size() {
        return rows.size();
    }
}
