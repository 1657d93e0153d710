package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.store.TabletStore.Applied;
import java.util.List;

/**
 * {@link Dividing} over hard links of the parent's files: a second store of the parent until it is finished.
 */
final class RocksDividing implements Dividing {

    /** Whose folder it is in. */
    interface Ends {

        /** It is whole, durable and open. */
        void finished(TabletDatabase opened);

        /** Nothing uses the folder any more. */
        void discarded();
    }

    private final TabletId child;
    private final RocksTabletStore parent;
    private final RocksTabletStore copy;
    private final Ends ends;
    private boolean over;

    RocksDividing(TabletId child, RocksTabletStore parent, RocksTabletStore copy, Ends ends) {
        this.child = child;
        this.parent = parent;
        this.copy = copy;
        this.ends = ends;
    }

    @Override
    public Applied position() {
        return copy.applied();
    }

    @Override
    public synchronized void follow(List<LogEntry> entries) {
        requireOpen();
        copy.apply(entries);
    }

    @Override
    public synchronized void flush() {
        requireOpen();
        copy.flush();
        copy.relieve();
    }

    @Override
    public long unflushedBytes() {
        return copy.unflushedBytes();
    }

    @Override
    public synchronized void finish() {
        requireOpen();
        if (!hasEnded()) {
            throw new IllegalStateException(
                    "a child at %s, of a parent that ended by %s, as it has it by %s"
                            .formatted(copy.applied(), parent.division(), copy.division()));
        }
        copy.flush();
        over = true;
        TabletDatabase opened = null;
        try {
            opened = copy.letGo(child);
        } finally {
            if (opened == null) {
                ends.discarded();
            }
        }
        ends.finished(opened);
    }

    /** A parent that was counted since then knows better than its copy, which guesses on. */
    private boolean hasEnded() {
        Division there = parent.division().orElse(null);
        Division here = copy.division().orElse(null);
        if (there == null || here == null) {
            return false;
        }
        return copy.counted() ? there.equals(here) : there.endsAs(here);
    }

    private void requireOpen() {
        if (over) {
            throw new IllegalStateException("a child that is made no more");
        }
    }

    @Override
    public synchronized void close() {
        if (!over) {
            try {
                abandon();
            } finally {
                ends.discarded();
            }
        }
    }

    /** Ends as the death of the process would. */
    synchronized void abandon() {
        if (!over) {
            over = true;
            copy.abandon();
        }
    }
}
