package io.ebla.tabletserver.oplog;

import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.LogEntry;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;

/**
 * The frame that is being put together, in one direct buffer that lives as long as the journal: the
 * one place to which a value is copied on its way to the disk.
 */
final class FrameBuilder {

    private final int usualBytes;
    private ByteBuffer buffer;

    /** @param usualBytes room that is kept; a greater frame takes more for itself */
    FrameBuilder(int usualBytes) {
        this.usualBytes = usualBytes;
        this.buffer = ByteBuffer.allocateDirect(usualBytes);
    }

    void begin() {
        if (buffer.capacity() > usualBytes) {
            buffer = ByteBuffer.allocateDirect(usualBytes);
        }
        buffer.clear().position(FrameCodec.HEADER);
    }

    /** Bytes so far, with the header, without what fills the last page. */
    int size() {
        return buffer.position();
    }

    boolean isEmpty() {
        return buffer.position() == FrameCodec.HEADER;
    }

    void entries(LogBatch batch, int bytes) {
        ensure(bytes);
        if (batch.isEncoded()) {
            RecordCodec.putEntries(batch.encoded(), buffer);
            return;
        }
        List<LogEntry> entries = batch.entries();
        for (int i = 0; i < entries.size(); i++) {
            RecordCodec.putEntry(entries.get(i), buffer);
        }
    }

    void promise(Request.Promise promise) {
        ensure(RecordCodec.PROMISE_BYTES);
        RecordCodec.putPromise(promise.tablet(), promise.epoch(), buffer);
    }

    void drop(Request.Drop drop) {
        ensure(RecordCodec.DROP_BYTES);
        RecordCodec.putDrop(drop.tablet(), buffer);
    }

    void truncate(TabletMark after) {
        ensure(RecordCodec.TRUNCATE_BYTES);
        RecordCodec.putTruncate(after, buffer);
    }

    void restart(Request.Restart restart, TabletMark after) {
        ensure(RecordCodec.RESTART_BYTES);
        RecordCodec.putRestart(restart.epoch(), restart.index(), after, buffer);
    }

    void marks(Collection<TabletLog> logs) {
        ensure(RecordCodec.marksBytes(logs.size()));
        RecordCodec.putMarks(logs, buffer);
    }

    void checkpoint(Collection<TabletLog> logs, boolean forgetful) {
        ensure(RecordCodec.checkpointBytes(logs.size()));
        RecordCodec.putCheckpoint(logs, forgetful, buffer);
    }

    private void ensure(int bytes) {
        // A page more, so that the last one can always be filled.
        int needed = buffer.position() + bytes + FrameCodec.PAGE;
        if (needed > buffer.capacity()) {
            ByteBuffer larger = ByteBuffer.allocateDirect(needed);
            larger.put(buffer.flip());
            buffer = larger;
        }
    }

    /** Closes the frame: the buffer, ready to be written, in whole pages. */
    ByteBuffer seal(long journal, Segment segment, long position, long previous, boolean closing) {
        int end = buffer.position();
        int payload = end - FrameCodec.HEADER;
        int checksum = FrameCodec.checksum(buffer, FrameCodec.HEADER, payload);
        FrameHeader header =
                new FrameHeader(
                        journal,
                        segment.sequence(),
                        position,
                        previous,
                        position,
                        closing,
                        payload,
                        checksum);
        FrameCodec.putHeader(header, buffer, 0);
        int length = (int) FrameCodec.lengthOnDisk(payload);
        for (int at = end; at < length; at++) {
            buffer.put(at, (byte) 0);
        }
        return buffer.position(0).limit(length);
    }
}
