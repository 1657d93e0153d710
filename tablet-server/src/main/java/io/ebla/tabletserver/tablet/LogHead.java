package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import java.util.List;

/** The growing end of a tablet's log: stamps (epoch, index) and what follows from it. Writer only. */
final class LogHead {

    private final TabletId tablet;
    private long epoch;
    private long lastEpoch;
    private long lastIndex;

    /**
     * @param lastEpoch epoch of the last entry, 0 for an empty log
     * @param lastIndex index of the last entry, 0 for an empty log
     */
    LogHead(TabletId tablet, long lastEpoch, long lastIndex) {
        this.tablet = tablet;
        this.epoch = lastEpoch;
        this.lastEpoch = lastEpoch;
        this.lastIndex = lastIndex;
    }

    /** Entries from now on belong to this epoch; it must be above every entry's so far (E1). */
    void begin(long newEpoch) {
        if (newEpoch <= lastEpoch) {
            throw new IllegalStateException(
                    "epoch " + newEpoch + " on a log that ends in epoch " + lastEpoch);
        }
        epoch = newEpoch;
    }

    long epoch() {
        return epoch;
    }

    long lastEpoch() {
        return lastEpoch;
    }

    long lastIndex() {
        return lastIndex;
    }

    long nextIndex() {
        return lastIndex + 1;
    }

    LogEntry next(
            long commitHint,
            long timestampMillis,
            EntryKind kind,
            String principal,
            List<Mutation> mutations) {
        LogEntry entry =
                new LogEntry(
                        tablet,
                        epoch,
                        lastIndex + 1,
                        lastEpoch,
                        commitHint,
                        timestampMillis,
                        kind,
                        principal,
                        mutations);
        lastIndex = entry.index();
        lastEpoch = epoch;
        return entry;
    }

    /** Takes an entry that another master stamped. */
    void follow(LogEntry entry) {
        epoch = Math.max(epoch, entry.epoch());
        lastEpoch = entry.epoch();
        lastIndex = entry.index();
    }

    /** Takes back entries that are no part of the log: refused by the oplog, or cut off. */
    void rewind(long epochBefore, long indexBefore) {
        lastEpoch = epochBefore;
        lastIndex = indexBefore;
    }
}
