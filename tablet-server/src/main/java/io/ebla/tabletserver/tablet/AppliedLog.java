package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.oplog.Oplog;
import java.util.List;
import java.util.function.Consumer;

/** What a tablet's log holds of what its store has applied, for another store that follows it. */
final class AppliedLog {

    private static final int READ_BYTES = 1 << 20;

    private AppliedLog() {}

    /**
     * Hands over what comes behind an entry, up to the one that is the last applied when this begins.
     *
     * @return the index of the last one handed over, or the given one
     * @throws IllegalStateException if the log does not hold them any more
     */
    static long follow(Oplog oplog, Tablet tablet, long after, Consumer<List<LogEntry>> to) {
        TabletId id = tablet.id();
        long target = tablet.store().applied().index();
        long at = after;
        while (at < target) {
            List<LogEntry> entries =
                    oplog.read(id, at + 1, READ_BYTES).entries().stream()
                            .filter(entry -> entry.index() <= target)
                            .toList();
            if (entries.isEmpty()) {
                throw new IllegalStateException(
                        "the log of tablet " + id + " ends before what it has applied");
            }
            to.accept(entries);
            at = entries.get(entries.size() - 1).index();
        }
        return at;
    }
}
