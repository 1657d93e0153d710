package io.ebla.tabletserver.tablet;

import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.LogEntry;
import java.util.ArrayList;
import java.util.List;

/** Entries that will be appended together, all stamped with one time. Writer only. */
final class WriteGroup {

    private final long timestampMillis;
    private final long nowNanos;
    private final List<PendingEntry> entries = new ArrayList<>();
    private int operations;
    private long bytes;
    private boolean offered;

    /** @param nowNanos monotonic time at which its requests are taken up */
    WriteGroup(long timestampMillis, long nowNanos) {
        this.timestampMillis = timestampMillis;
        this.nowNanos = nowNanos;
    }

    long nowNanos() {
        return nowNanos;
    }

    long timestampMillis() {
        return timestampMillis;
    }

    void add(PendingEntry entry, int operationCount, long byteCount) {
        entries.add(entry);
        entry.bytes(byteCount);
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

    LogBatch batch() {
        List<LogEntry> log = new ArrayList<>(entries.size());
        for (PendingEntry entry : entries) {
            log.add(entry.entry());
        }
        return LogBatch.of(log);
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
