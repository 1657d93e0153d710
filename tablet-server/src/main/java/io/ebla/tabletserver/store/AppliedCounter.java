package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.tabletserver.store.TabletStore.Applied;

/** Counts rows and bytes along while entries are applied. Owned by the applying thread. */
final class AppliedCounter {

    private long epoch;
    private long index;
    private long timestampMillis;
    private long rows;
    private long bytes;

    AppliedCounter(Applied applied) {
        epoch = applied.epoch();
        index = applied.index();
        timestampMillis = applied.timestampMillis();
        rows = applied.rows();
        bytes = applied.bytes();
    }

    void moveTo(LogEntry entry) {
        epoch = entry.epoch();
        index = entry.index();
        timestampMillis = Math.max(timestampMillis, entry.timestampMillis());
    }

    void put(Mutation.Put put, Mutation.Replaced replaced) {
        removed(replaced);
        rows++;
        bytes += put.key().encoded().length() + put.value().length();
    }

    void removed(Mutation.Replaced replaced) {
        if (replaced.present()) {
            rows--;
            bytes -= replaced.sizeBytes();
        }
    }

    void expired(Bytes key, int valueBytes) {
        rows--;
        bytes -= key.length() + valueBytes;
    }

    Applied applied() {
        return new Applied(epoch, index, timestampMillis, rows, bytes);
    }
}
