package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import java.util.ArrayList;
import java.util.List;

/** Entries for tests. */
final class Entries {

    private Entries() {}

    /** A write whose content is told by its place, so that a wrong one is noticed. */
    static LogEntry write(TabletId tablet, long epoch, long index, long previousEpoch, int size) {
        byte[] value = new byte[size];
        for (int i = 0; i < size; i++) {
            value[i] = (byte) (tablet.value() * 31 + epoch * 17 + index * 7 + i);
        }
        Mutation put =
                new Mutation.Put(
                        RowKey.of("row-" + index),
                        Bytes.wrap(value),
                        "application/octet-stream",
                        1,
                        0,
                        Mutation.Replaced.NOTHING);
        return new LogEntry(
                tablet,
                epoch,
                index,
                previousEpoch,
                index - 1,
                1_000 + index,
                EntryKind.WRITE,
                "",
                List.of(put));
    }

    /** The same content at another place of the same epoch. */
    static LogEntry at(LogEntry entry, long index) {
        return new LogEntry(
                entry.tablet(),
                entry.epoch(),
                index,
                index == 1 ? 0 : entry.epoch(),
                index - 1,
                entry.timestampMillis(),
                entry.kind(),
                entry.principal(),
                entry.mutations());
    }

    /** The same, but it speaks of nothing committed. */
    static LogEntry unhinted(LogEntry entry) {
        return hinted(entry, 0);
    }

    /** The same, but it says that this is committed. */
    static LogEntry hinted(LogEntry entry, long commitHint) {
        return new LogEntry(
                entry.tablet(),
                entry.epoch(),
                entry.index(),
                entry.previousEpoch(),
                commitHint,
                entry.timestampMillis(),
                entry.kind(),
                entry.principal(),
                entry.mutations());
    }

    static LogEntry epochStart(TabletId tablet, long epoch, long index, long previousEpoch) {
        return new LogEntry(
                tablet,
                epoch,
                index,
                previousEpoch,
                index - 1,
                1_000 + index,
                EntryKind.EPOCH_START,
                "",
                List.of());
    }

    /** A split or merge never comes. */
    static LogEntry cancel(TabletId tablet, long epoch, long index) {
        return new LogEntry(
                tablet,
                epoch,
                index,
                epoch,
                index - 1,
                1_000 + index,
                EntryKind.CANCEL,
                "",
                List.of(new Mutation.CancelSplit(new TabletId(99))));
    }

    /** Writes of epoch 1 from one index to another, both included. */
    static List<LogEntry> writes(TabletId tablet, long from, long to, int size) {
        List<LogEntry> entries = new ArrayList<>();
        for (long index = from; index <= to; index++) {
            entries.add(write(tablet, 1, index, index == 1 ? 0 : 1, size));
        }
        return entries;
    }
}
