package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.LogEntry;
import java.util.List;

/** What waits for an oplog's thread: written in the order it was queued, or refused. */
sealed interface Request {

    TabletId tablet();

    Oplog.AppendListener listener();

    /** Entries counted against the queue's bound; a record of its own counts as one. */
    int count();

    /** Bytes of the records, without the frame. */
    int bytes();

    /**
     * Whether it goes on when there is no room for the writes of users: fences, drops (which make
     * room) and the start of a mastership, without which not even reads are served.
     */
    boolean essential();

    record Append(TabletId tablet, List<LogEntry> entries, int bytes, Oplog.AppendListener listener)
            implements Request {

        @Override
        public int count() {
            return entries.size();
        }

        @Override
        public boolean essential() {
            return entries.size() == 1 && entries.get(0).kind().equals(EntryKind.EPOCH_START);
        }
    }

    record Promise(TabletId tablet, long epoch, Oplog.AppendListener listener) implements Request {

        @Override
        public int count() {
            return 1;
        }

        @Override
        public int bytes() {
            return RecordCodec.PROMISE_BYTES;
        }

        @Override
        public boolean essential() {
            return true;
        }
    }

    record Drop(TabletId tablet, Oplog.AppendListener listener) implements Request {

        @Override
        public int count() {
            return 1;
        }

        @Override
        public int bytes() {
            return RecordCodec.DROP_BYTES;
        }

        @Override
        public boolean essential() {
            return true;
        }
    }
}
