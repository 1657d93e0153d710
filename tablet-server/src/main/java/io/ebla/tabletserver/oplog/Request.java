package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.LogEntry;
import java.util.List;
import java.util.Set;

/** What waits for an oplog's thread: written in the order it was queued, or refused. */
sealed interface Request {

    TabletId tablet();

    Oplog.AppendListener listener();

    /** Entries counted against the queue's bound; a record of its own counts as one. */
    int count();

    /** Bytes of the records, without the frame. */
    int bytes();

    /**
     * Whether it goes on when there is no room for the writes of users: fences, cuts (which make room), the
     * start of a mastership, without which not even reads are served, and what takes a seal off, likewise.
     */
    boolean essential();

    /** Whether it ends what the log held: it stands alone of its tablet in a frame. */
    default boolean cuts() {
        return false;
    }

    /** @param epoch of the mastership that hands the entries on, at least that of the entries */
    record Append(
            TabletId tablet, LogBatch batch, long epoch, int bytes, Oplog.AppendListener listener)
            implements Request {

        /** Small, and as many as there are masterships and merges that came to nothing. */
        private static final Set<EntryKind> ESSENTIAL =
                Set.of(EntryKind.EPOCH_START, EntryKind.CANCEL);

        List<LogEntry> entries() {
            return batch.entries();
        }

        @Override
        public int count() {
            return entries().size();
        }

        @Override
        public boolean essential() {
            return entries().stream().map(LogEntry::kind).allMatch(ESSENTIAL::contains);
        }
    }

    /** One that is a record of its own. */
    sealed interface Single extends Request {

        @Override
        default int count() {
            return 1;
        }

        @Override
        default boolean essential() {
            return true;
        }
    }

    record Promise(TabletId tablet, long epoch, Oplog.AppendListener listener) implements Single {

        @Override
        public int bytes() {
            return RecordCodec.PROMISE_BYTES;
        }
    }

    record Drop(TabletId tablet, Oplog.AppendListener listener) implements Single {

        @Override
        public int bytes() {
            return RecordCodec.DROP_BYTES;
        }

        @Override
        public boolean cuts() {
            return true;
        }
    }

    record Truncate(TabletId tablet, long lastIndexKept, Oplog.AppendListener listener)
            implements Single {

        @Override
        public int bytes() {
            return RecordCodec.TRUNCATE_BYTES;
        }

        @Override
        public boolean cuts() {
            return true;
        }
    }

    record Restart(TabletId tablet, long epoch, long index, Oplog.AppendListener listener)
            implements Single {

        @Override
        public int bytes() {
            return RecordCodec.RESTART_BYTES;
        }

        @Override
        public boolean cuts() {
            return true;
        }
    }
}
