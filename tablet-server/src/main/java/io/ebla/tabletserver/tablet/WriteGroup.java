package io.ebla.tabletserver.tablet;

import io.ebla.core.oplog.LogEntry;
import java.util.ArrayList;
import java.util.List;

/** Entries that will be appended together, all stamped with one time. Writer only. */
final class WriteGroup {

    private final long timestampMillis;
    private final List<PendingEntry> entries = new ArrayList<>();
    private int operations;
    private long bytes;
    private boolean offered;

    WriteGroup(long timestampMillis) {
        this.timestampMillis = timestampMillis;
    }

    long timestampMillis() {
        return timestampMillis;
    }

    void add(PendingEntry entry, int operationCount, long byteCount) {
        entries.add(entry);
        operations += operationCount;
        bytes += byteCount;
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    boolean full(TabletSettings settings) {
        return operations >= settings.groupOperations() || bytes >= settings.groupBytes();
    }

    List<PendingEntry> entries() {
        return entries;
    }

    List<LogEntry> logEntries() {
        List<LogEntry> log = new ArrayList<>(entries.size());
        for (PendingEntry entry : entries) {
            log.add(entry.entry());
        }
        return log;
    }

    /** It is about to be handed to the log: if that ends oddly, nobody knows what became of it. */
    void offer() {
        offered = true;
    }

    boolean offered() {
        return offered;
    }

    int operations() {
        return operations;
    }

    long bytes() {
        return bytes;
    }
}
