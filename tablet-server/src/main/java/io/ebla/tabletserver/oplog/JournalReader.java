package io.ebla.tabletserver.oplog;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.oplog.CorruptEntryException;
import io.ebla.core.oplog.EntryCodec;
import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.LogEntry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads one tablet's durable entries back, in order, on the caller's thread, up to the tail that it had
 * when the reading began. Used once.
 *
 * <p>The log may be cut or freed meanwhile. Then what is missing was not lost; and what was found may
 * have been cut, so a reading across a cut fails ({@link Refusals#cut}).
 */
final class JournalReader {

    /** Takes the verified entry at an absolute offset; false when it wants no more. */
    private interface Sink {

        boolean take(ByteBuffer payload, int at, int length);
    }

    private final JournalDisk disk;
    private final TabletLog log;
    private final Oplog.Tail tail;
    private final long cuts;
    private long next;
    private Sink sink;
    private boolean over;

    private JournalReader(JournalDisk disk, TabletLog log, long fromIndex) {
        this.disk = disk;
        this.log = log;
        // The count first: a cut publishes the tail before it.
        this.cuts = log.cuts();
        this.tail = log.tail();
        this.next = Math.max(1, fromIndex);
    }

    /** @throws EblaException corrupted, or disk_failed when the disk cannot be read */
    static void replay(
            JournalDisk disk,
            TabletLog log,
            Segments segments,
            long fromIndex,
            Consumer<LogEntry> consumer) {
        JournalReader reader = new JournalReader(disk, log, fromIndex);
        reader.read(
                segments,
                (payload, at, length) -> {
                    consumer.accept(reader.decode(payload, at));
                    return true;
                });
    }

    /** @see Oplog#read */
    static LogBatch read(
            JournalDisk disk, TabletLog log, Segments segments, long fromIndex, int maxBytes) {
        JournalReader reader = new JournalReader(disk, log, fromIndex);
        if (reader.tail != null && fromIndex < reader.tail.firstIndex()) {
            throw Refusals.freed(log.tablet(), fromIndex);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        reader.read(
                segments,
                (payload, at, length) -> {
                    boolean fits = bytes.size() == 0 || bytes.size() + length <= maxBytes;
                    if (fits) {
                        bytes.write(payload.array(), payload.arrayOffset() + at, length);
                    }
                    return fits;
                });
        try {
            return LogBatch.decode(ByteBuffer.wrap(bytes.toByteArray()));
        } catch (CorruptEntryException e) {
            throw reader.lost(e.getMessage());
        }
    }

    private void read(Segments segments, Sink entries) {
        if (tail == null) {
            return;
        }
        if (log.corrupted()) {
            throw Refusals.lost(log.tablet(), "it lost entries");
        }
        sink = entries;
        // The segments last: what the tail speaks of is in them, or was freed.
        for (Segment segment : segments.live()) {
            FrameIndex frames = segment.frames().get(log.tablet());
            if (!over && frames != null && frames.lastIndex() >= next && segment.acquire()) {
                try {
                    read(segment, frames.from(next));
                } finally {
                    segment.release();
                }
            }
        }
        if (log.cuts() != cuts) {
            throw Refusals.cut(log.tablet());
        }
        if (!over && next <= tail.lastIndex()) {
            throw lost("entry " + next + " is not there");
        }
    }

    private void read(Segment segment, List<FrameIndex.Place> places) {
        try (JournalFile file = disk.open(segment.name())) {
            for (FrameIndex.Place place : places) {
                if (over) {
                    return;
                }
                readFrame(segment, file, place);
            }
        } catch (IOException e) {
            if (isFreed()) {
                throw lost("its file is gone");
            }
            throw new EblaException(
                    ErrorCode.DISK_FAILED, "the journal cannot be read: " + e.getMessage());
        }
    }

    /** Whether what is wanted next was freed since the reading began. */
    private boolean isFreed() {
        Oplog.Tail now = log.tail();
        return now == null || next < now.firstIndex() && next >= tail.firstIndex();
    }

    private void readFrame(Segment segment, JournalFile file, FrameIndex.Place place)
            throws IOException {
        ByteBuffer head = ByteBuffer.allocate(FrameCodec.HEADER);
        file.read(head, place.offset());
        FrameHeader header = FrameCodec.header(head.flip(), 0);
        if (header == null || header.segment() != segment.sequence()) {
            // Known to be damaged when it was opened, or since: either way its entries are missed.
            return;
        }
        ByteBuffer payload = ByteBuffer.allocate(header.payloadLength());
        file.read(payload, place.offset() + FrameCodec.HEADER);
        long last = Math.min(place.lastIndex(), tail.lastIndex());
        RecordCodec.salvage(payload.flip(), (bytes, at) -> entry(bytes, at, last));
    }

    private void entry(ByteBuffer payload, int at, long last) {
        if (over || EntryCodec.tabletAt(payload, at) != log.tablet().value()) {
            return;
        }
        long index = EntryCodec.indexAt(payload, at);
        if (index < next || index > last) {
            return;
        }
        if (index > next) {
            throw lost("entry " + next + " is not there");
        }
        if (sink.take(payload, at, EntryCodec.lengthAt(payload, at))) {
            next++;
        } else {
            over = true;
        }
    }

    private LogEntry decode(ByteBuffer payload, int at) {
        try {
            return EntryCodec.decode(payload.duplicate().position(at));
        } catch (CorruptEntryException e) {
            throw lost(e.getMessage());
        }
    }

    private EblaException lost(String what) {
        if (log.cuts() != cuts) {
            return Refusals.cut(log.tablet());
        }
        if (isFreed()) {
            return Refusals.freed(log.tablet(), next);
        }
        if (next >= tail.firstIndex()) {
            log.corrupt();
        }
        return Refusals.lost(log.tablet(), what);
    }
}
