package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.oplog.CorruptEntryException;
import io.ebla.core.oplog.EntryCodec;
import io.ebla.core.oplog.LogEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;

/** Reads one tablet's durable entries back, in order, on the caller's thread. */
final class JournalReader {

    private final JournalDisk disk;
    private final TabletLog log;
    private final Oplog.Tail tail;
    private final Consumer<LogEntry> consumer;
    private long next;

    JournalReader(
            JournalDisk disk,
            TabletLog log,
            Oplog.Tail tail,
            long fromIndex,
            Consumer<LogEntry> consumer) {
        this.disk = disk;
        this.log = log;
        this.tail = tail;
        this.consumer = consumer;
        this.next = Math.max(1, fromIndex);
    }

    /** @throws EblaException corrupted, or disk_failed when the disk cannot be read */
    void read(List<Segment> segments) {
        for (Segment segment : segments) {
            FrameIndex frames = segment.frames().get(log.tablet());
            if (frames != null && frames.lastIndex() >= next && segment.acquire()) {
                try {
                    read(segment, frames.offsetsFrom(next));
                } finally {
                    segment.release();
                }
            }
        }
        if (next <= tail.lastIndex()) {
            throw lost("entry " + next + " is not there");
        }
    }

    private void read(Segment segment, long[] offsets) {
        try (JournalFile file = disk.open(segment.name())) {
            for (long offset : offsets) {
                readFrame(segment, file, offset);
            }
        } catch (IOException e) {
            throw new EblaException(
                    ErrorCode.DISK_FAILED, "the journal cannot be read: " + e.getMessage());
        }
    }

    private void readFrame(Segment segment, JournalFile file, long offset) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(FrameCodec.HEADER);
        file.read(head, offset);
        FrameHeader header = FrameCodec.header(head.flip(), 0);
        if (header == null || header.segment() != segment.sequence()) {
            // Known to be damaged when it was opened, or since: either way its entries are missed.
            return;
        }
        ByteBuffer payload = ByteBuffer.allocate(header.payloadLength());
        file.read(payload, offset + FrameCodec.HEADER);
        RecordCodec.salvage(payload.flip(), new EntriesOnly());
    }

    private void entry(ByteBuffer payload, int at) {
        if (EntryCodec.tabletAt(payload, at) != log.tablet().value()) {
            return;
        }
        long index = EntryCodec.indexAt(payload, at);
        if (index < next || index > tail.lastIndex()) {
            return;
        }
        if (index > next) {
            throw lost("entry " + next + " is not there");
        }
        consumer.accept(decode(payload, at));
        next++;
    }

    private LogEntry decode(ByteBuffer payload, int at) {
        try {
            return EntryCodec.decode(payload.duplicate().position(at));
        } catch (CorruptEntryException e) {
            throw lost(e.getMessage());
        }
    }

    private EblaException lost(String what) {
        if (next >= tail.firstIndex()) {
            log.corrupt();
        }
        return Refusals.lost(log.tablet(), what);
    }

    private final class EntriesOnly implements RecordCodec.Visitor {

        @Override
        public void entry(ByteBuffer payload, int at) {
            JournalReader.this.entry(payload, at);
        }

        @Override
        public void promise(TabletId tablet, long epoch) {
            // Known from the tail.
        }

        @Override
        public void drop(TabletId tablet) {
            // A dropped log has no frames to read.
        }

        @Override
        public void marks(List<TabletMark> marks) {
            // For recovery only.
        }

        @Override
        public void checkpoint(List<TabletMark> marks, boolean forgetful) {
            // For recovery only.
        }
    }
}
