package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.CorruptEntryException;
import io.ebla.core.oplog.EntryCodec;
import io.ebla.core.oplog.LogEntry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The records in a frame's payload: a type byte, three zeros, the length of the body, the body.
 *
 * <pre>
 *   1 entry       as {@link EntryCodec} writes it, with its own checksum
 *   2 promise     tablet, epoch
 *   3 drop        tablet
 *   4 marks       of the tablets that the frame before changed
 *   5 checkpoint  u8 forgetful, marks of all tablets
 *   6 truncate    the tablet's mark after it: its last entry is the last one kept
 *   7 restart     epoch, index, the tablet's mark after it
 * </pre>
 *
 * A frame holds of one tablet either entries and promises or one record that cuts its log (3, 6, 7).
 */
final class RecordCodec {

    static final int HEADER = 8;
    static final int PROMISE_BYTES = HEADER + 2 * Long.BYTES;
    static final int DROP_BYTES = HEADER + Long.BYTES;

    private static final int MARK_BYTES = 5 * Long.BYTES + 1;

    static final int TRUNCATE_BYTES = HEADER + MARK_BYTES;
    static final int RESTART_BYTES = HEADER + 2 * Long.BYTES + MARK_BYTES;

    private static final byte ENTRY = 1;
    private static final byte PROMISE = 2;
    private static final byte DROP = 3;
    private static final byte MARKS = 4;
    private static final byte CHECKPOINT = 5;
    private static final byte TRUNCATE = 6;
    private static final byte RESTART = 7;

    private static final int CORRUPTED = 1;
    private static final int DROPPED = 2;

    /** Takes the entries of a frame, in order. */
    interface EntryVisitor {

        /** An entry stands at an absolute offset of the payload. */
        void entry(ByteBuffer payload, int at);
    }

    /** Takes the records of a frame, in order. */
    interface Visitor extends EntryVisitor {

        void promise(TabletId tablet, long epoch);

        void drop(TabletId tablet);

        void truncate(TabletMark after);

        void restart(long epoch, long index, TabletMark after);

        void marks(List<TabletMark> marks);

        void checkpoint(List<TabletMark> marks, boolean forgetful);
    }

    private RecordCodec() {}

    static void putEntry(LogEntry entry, ByteBuffer target) {
        int start = target.position();
        target.putInt(ENTRY << 24).putInt(0);
        EntryCodec.encode(entry, target);
        target.putInt(start + 4, target.position() - start - HEADER);
    }

    /** Puts encoded entries that follow each other, each as a record. */
    static void putEntries(ByteBuffer encoded, ByteBuffer target) {
        int at = 0;
        while (at < encoded.limit()) {
            int length = EntryCodec.lengthAt(encoded, at);
            target.putInt(ENTRY << 24).putInt(length);
            target.put(target.position(), encoded, at, length);
            target.position(target.position() + length);
            at += length;
        }
    }

    static void putPromise(TabletId tablet, long epoch, ByteBuffer target) {
        target.putInt(PROMISE << 24).putInt(2 * Long.BYTES).putLong(tablet.value()).putLong(epoch);
    }

    static void putDrop(TabletId tablet, ByteBuffer target) {
        target.putInt(DROP << 24).putInt(Long.BYTES).putLong(tablet.value());
    }

    static void putTruncate(TabletMark after, ByteBuffer target) {
        target.putInt(TRUNCATE << 24).putInt(MARK_BYTES);
        putMark(after, target);
    }

    static void putRestart(long epoch, long index, TabletMark after, ByteBuffer target) {
        target.putInt(RESTART << 24)
                .putInt(2 * Long.BYTES + MARK_BYTES)
                .putLong(epoch)
                .putLong(index);
        putMark(after, target);
    }

    static int marksBytes(int marks) {
        return HEADER + marks * MARK_BYTES;
    }

    static int checkpointBytes(int marks) {
        return HEADER + 1 + marks * MARK_BYTES;
    }

    static void putMarks(Collection<TabletLog> logs, ByteBuffer target) {
        target.putInt(MARKS << 24).putInt(logs.size() * MARK_BYTES);
        logs.forEach(log -> putMark(log.mark(), target));
    }

    static void putCheckpoint(Collection<TabletLog> logs, boolean forgetful, ByteBuffer target) {
        target.putInt(CHECKPOINT << 24)
                .putInt(1 + logs.size() * MARK_BYTES)
                .put((byte) (forgetful ? 1 : 0));
        logs.forEach(log -> putMark(log.mark(), target));
    }

    private static void putMark(TabletMark mark, ByteBuffer target) {
        target.putLong(mark.tablet().value())
                .putLong(mark.lastEpoch())
                .putLong(mark.lastIndex())
                .putLong(mark.promisedEpoch())
                .putLong(mark.commitHint())
                .put((byte) ((mark.corrupted() ? CORRUPTED : 0) | (mark.dropped() ? DROPPED : 0)));
    }

    /** Reads a payload whose checksum was right. */
    static void read(ByteBuffer payload, Visitor visitor) {
        int at = 0;
        while (at < payload.limit()) {
            int body = at + HEADER;
            int length = payload.getInt(at + 4);
            read(payload, payload.get(at), body, length, visitor);
            at = body + length;
        }
    }

    private static void read(ByteBuffer payload, byte type, int at, int length, Visitor visitor) {
        switch (type) {
            case ENTRY -> visitor.entry(payload, at);
            case PROMISE -> visitor.promise(tablet(payload, at), payload.getLong(at + 8));
            case DROP -> visitor.drop(tablet(payload, at));
            case TRUNCATE -> visitor.truncate(mark(payload, at));
            case RESTART ->
                    visitor.restart(
                            payload.getLong(at), payload.getLong(at + 8), mark(payload, at + 16));
            case MARKS -> visitor.marks(marks(payload, at, length));
            case CHECKPOINT ->
                    visitor.checkpoint(marks(payload, at + 1, length - 1), payload.get(at) != 0);
            default ->
                    throw new IllegalStateException(
                            "the journal holds a record of type "
                                    + type
                                    + ", which this version does not know");
        }
    }

    /** Reads what entries of a damaged payload are whole, as far as its framing can be followed. */
    static void salvage(ByteBuffer payload, EntryVisitor visitor) {
        int at = 0;
        while (at + HEADER <= payload.limit()) {
            int body = at + HEADER;
            int length = payload.getInt(at + 4);
            if (length < 0 || length > payload.limit() - body) {
                return;
            }
            if (payload.get(at) == ENTRY && isWhole(payload, body, length)) {
                visitor.entry(payload, body);
            }
            at = body + length;
        }
    }

    private static boolean isWhole(ByteBuffer payload, int at, int length) {
        try {
            return EntryCodec.verify(payload, at) == length;
        } catch (CorruptEntryException e) {
            return false;
        }
    }

    private static List<TabletMark> marks(ByteBuffer payload, int from, int length) {
        List<TabletMark> marks = new ArrayList<>(length / MARK_BYTES);
        for (int at = from; at < from + length; at += MARK_BYTES) {
            marks.add(mark(payload, at));
        }
        return marks;
    }

    private static TabletMark mark(ByteBuffer payload, int at) {
        int flags = payload.get(at + 40);
        return new TabletMark(
                tablet(payload, at),
                payload.getLong(at + 8),
                payload.getLong(at + 16),
                payload.getLong(at + 24),
                payload.getLong(at + 32),
                (flags & CORRUPTED) != 0,
                (flags & DROPPED) != 0);
    }

    private static TabletId tablet(ByteBuffer payload, int at) {
        return new TabletId(payload.getLong(at));
    }
}
