package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.LogEntry;
import java.util.List;

/**
 * Where requests come into an oplog, from any thread: checked for what can be told without the log, then
 * queued for the oplog's own thread, or refused at once.
 */
final class EntryDoor {

    /** What an oplog says of a request before it is queued. */
    interface Keeper {

        /** Why it is not taken now; null when it is. */
        EblaException refusal(Request request);

        /** Something was queued. */
        void queued();
    }

    private final RequestQueue queue;
    private final long mostAppendBytes;
    private final int bytesPerEntry;
    private final Keeper keeper;

    /** @param bytesPerEntry what an entry takes beside its own bytes */
    EntryDoor(RequestQueue queue, long mostAppendBytes, int bytesPerEntry, Keeper keeper) {
        this.queue = queue;
        this.mostAppendBytes = mostAppendBytes;
        this.bytesPerEntry = bytesPerEntry;
        this.keeper = keeper;
    }

    void append(LogBatch batch, long epoch, Oplog.AppendListener listener) {
        List<LogEntry> entries = batch.entries();
        TabletId tablet = entries.get(0).tablet();
        for (int i = 1; i < entries.size(); i++) {
            if (!entries.get(i).tablet().equals(tablet)) {
                throw new IllegalArgumentException(
                        "entries of tablets " + tablet + " and " + entries.get(i).tablet());
            }
        }
        long bytes = batch.encodedSize() + (long) bytesPerEntry * entries.size();
        if (bytes > mostAppendBytes) {
            throw Refusals.tooLarge(bytes, mostAppendBytes);
        }
        enter(new Request.Append(tablet, batch, epoch, (int) bytes, listener));
    }

    /** A promise that binds to nothing: the record alone is what lets the log begin. */
    void begin(TabletId tablet, Oplog.AppendListener listener) {
        enter(new Request.Promise(tablet, 0, listener));
    }

    void promise(TabletId tablet, long epoch, Oplog.AppendListener listener) {
        if (epoch <= 0) {
            throw new IllegalArgumentException("promise of epoch " + epoch);
        }
        enter(new Request.Promise(tablet, epoch, listener));
    }

    void drop(TabletId tablet, Oplog.AppendListener listener) {
        enter(new Request.Drop(tablet, listener));
    }

    void truncate(TabletId tablet, long lastIndexKept, Oplog.AppendListener listener) {
        if (lastIndexKept < 0) {
            throw new IllegalArgumentException("truncate behind entry " + lastIndexKept);
        }
        enter(new Request.Truncate(tablet, lastIndexKept, listener));
    }

    void restart(TabletId tablet, long epoch, long index, Oplog.AppendListener listener) {
        if (epoch <= 0 || index <= 0) {
            throw new IllegalArgumentException("restart at (" + epoch + "," + index + ")");
        }
        enter(new Request.Restart(tablet, epoch, index, listener));
    }

    private void enter(Request request) {
        queue.reserve(request);
        EblaException refusal = keeper.refusal(request);
        if (refusal != null) {
            queue.done(request);
            throw refusal;
        }
        queue.offer(request);
        keeper.queued();
    }
}
