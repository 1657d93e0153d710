package io.ebla.tabletserver.oplog;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Finds the frames in the files of a journal. A frame begins at a page, carries the journal's and its
 * segment's number and its own position; whatever does not is skipped page by page: zeros that were
 * never written, dead frames of a recycled file, damage.
 */
final class SegmentScan {

    private static final int WINDOW = 1 << 20;

    /** Hears of the frames, in the order of the files. */
    interface Sink {

        /**
         * @param offset of the frame in its file
         * @param payload at absolute offsets from 0; its array is the sink's to keep
         * @param intact whether the payload is what was written
         */
        void frame(
                Segment segment,
                long offset,
                FrameHeader header,
                ByteBuffer payload,
                boolean intact);
    }

    private long journal;
    private boolean journalKnown;

    private JournalFile file;
    private long size;
    private ByteBuffer window = ByteBuffer.allocate(0);
    private long windowAt;

    /** The journal's number, once a frame told it. */
    long journal() {
        return journal;
    }

    void scan(Segment segment, JournalFile source, Sink sink) throws IOException {
        file = source;
        size = source.size();
        window = ByteBuffer.allocate(0);
        long offset = 0;
        boolean based = false;
        while (offset + FrameCodec.HEADER <= size) {
            FrameHeader header = header(segment, offset);
            if (header == null || based && header.position() - offset != segment.base()) {
                offset += FrameCodec.PAGE;
                continue;
            }
            if (!based) {
                segment.begin(header.position() - offset);
                based = true;
            }
            ByteBuffer payload = payload(offset + FrameCodec.HEADER, header.payloadLength());
            boolean intact =
                    payload.limit() == header.payloadLength()
                            && FrameCodec.checksum(payload, 0, payload.limit())
                                    == header.payloadChecksum();
            sink.frame(segment, offset, header, payload, intact);
            if (intact) {
                segment.used(offset + FrameCodec.lengthOnDisk(header.payloadLength()));
            }
            if (header.closing()) {
                return;
            }
            offset += FrameCodec.lengthOnDisk(header.payloadLength());
        }
    }

    private FrameHeader header(Segment segment, long offset) throws IOException {
        load(offset, FrameCodec.HEADER);
        FrameHeader header = FrameCodec.header(window, (int) (offset - windowAt));
        if (header == null
                || header.segment() != segment.sequence()
                || header.payloadLength() < 0
                || header.position() < offset) {
            return null;
        }
        if (!journalKnown) {
            journal = header.journal();
            journalKnown = true;
        }
        return header.journal() == journal ? header : null;
    }

    private ByteBuffer payload(long offset, int length) throws IOException {
        int there = (int) Math.min(length, size - offset);
        load(offset, there);
        return window.slice((int) (offset - windowAt), there);
    }

    private void load(long offset, int length) throws IOException {
        if (offset >= windowAt && offset + length <= windowAt + window.limit()) {
            return;
        }
        int bytes = (int) Math.min(size - offset, Math.max(WINDOW, length));
        window = ByteBuffer.allocate(bytes);
        windowAt = offset;
        file.read(window, offset);
        window.flip();
    }
}
