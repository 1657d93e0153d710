package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes frames to the end of the journal and forces them, one at a time: a frame is begun only when
 * the one before it is durable. So at most one frame can ever be torn, and a frame that follows
 * another proves it. One thread only.
 *
 * <p>What a frame changed is said again by the next one ({@link TabletMark}), in whatever role that
 * one is written: entries, a segment's checkpoint, or the closing marker of an idle journal.
 */
final class JournalWriter {

    private final long journal;
    private final Map<TabletId, TabletLog> logs;
    private final Segments segments;
    private final boolean forgetful;
    private final int groupBytes;
    private final FrameBuilder frame;

    private Segment segment;
    private JournalFile file;
    private long position;
    private long previous;
    private long frameNumber;
    private boolean begun;

    /** Logs that the frame being put together changes, and those that the last one did. */
    private ArrayList<TabletLog> touched = new ArrayList<>();

    private ArrayList<TabletLog> touchedBefore = new ArrayList<>();

    /** The cuts that the frame makes, and of which logs. */
    private final ArrayList<Request> cuts = new ArrayList<>();

    private final ArrayList<TabletLog> cutLogs = new ArrayList<>();
    private boolean marked = true;

    /** Bytes left in the current segment. */
    private long remaining;

    JournalWriter(
            long journal,
            long position,
            Segments segments,
            Map<TabletId, TabletLog> logs,
            boolean forgetful,
            int groupBytes) {
        this.journal = journal;
        this.position = position;
        this.previous = position;
        this.segments = segments;
        this.logs = logs;
        this.forgetful = forgetful;
        this.groupBytes = groupBytes;
        this.frame = new FrameBuilder(groupBytes + (groupBytes >> 3) + 4 * FrameCodec.PAGE);
    }

    long remaining() {
        return remaining;
    }

    /** Whether the current segment holds nothing but its checkpoint: another would hold no more. */
    boolean isFresh(long capacity) {
        return segment != null
                && segment.capacity() >= capacity
                && segment.base() == previous
                && !begun;
    }

    /** Ends the current segment and begins another with a checkpoint, which is durable on return. */
    void roll(SegmentAllocator.Prepared next) throws IOException {
        if (file != null) {
            file.close();
        }
        segment = next.segment();
        file = next.file();
        segment.begin(position);
        frame.begin();
        List<TabletLog> all = logs.values().stream().filter(log -> !log.isBlank()).toList();
        frame.checkpoint(all, forgetful);
        touched.clear();
        write(false);
        // Not before: those before it are freed by what this checkpoint says.
        segments.add(segment);
        touchedBefore.addAll(all);
        marked = false;
    }

    /** Whether records of this size go into the frame that is being put together, or begins now. */
    boolean fits(int bytes) {
        if (segment == null) {
            return false;
        }
        int size =
                begun
                        ? frame.size()
                        : FrameCodec.HEADER + RecordCodec.marksBytes(touchedBefore.size());
        boolean small = !begun || size + bytes <= groupBytes;
        return small && FrameCodec.lengthOnDisk(size + bytes - FrameCodec.HEADER) <= remaining;
    }

    /** Whether there is something to commit. */
    boolean isBegun() {
        return begun;
    }

    /**
     * Whether a request has to wait for the next frame: one of a tablet holds its entries and promises, or
     * one cut of its log, so that nobody has to know their order within it.
     */
    boolean mustWait(Request request, TabletLog log) {
        return begun && log.isTouchedIn(frameNumber) && (request.cuts() || cutLogs.contains(log));
    }

    void add(Request request, TabletLog log) {
        if (!begun) {
            begin();
        }
        if (log.touch(frameNumber)) {
            touched.add(log);
        }
        if (request instanceof Request.Append append) {
            frame.entries(append.batch(), append.bytes());
            append.entries().forEach(log::append);
        } else if (request instanceof Request.Promise promise) {
            frame.promise(promise);
            log.promise(promise.epoch());
        } else {
            cut(request, log);
        }
    }

    private void cut(Request request, TabletLog log) {
        cuts.add(request);
        cutLogs.add(log);
        if (request instanceof Request.Drop drop) {
            frame.drop(drop);
        } else if (request instanceof Request.Truncate truncate) {
            long kept = truncate.lastIndexKept();
            log.truncate(kept, log.epochAt(kept));
            frame.truncate(log.mark());
        } else if (request instanceof Request.Restart restart) {
            log.restart(restart.epoch(), restart.index());
            frame.restart(restart, log.mark());
        }
    }

    private void begin() {
        begun = true;
        touched.clear();
        frame.begin();
        frame.marks(touchedBefore);
    }

    /** Writes the frame and forces it; returns its length on disk. Everything in it is durable then. */
    long commit() throws IOException {
        long bytes = write(false);
        marked = false;
        return bytes;
    }

    /** Whether something was written that no later frame speaks of yet. */
    boolean isUnmarked() {
        return !marked && segment != null;
    }

    /** Writes a frame that only says what the one before it changed; false if there is no room. */
    boolean mark(boolean closing) throws IOException {
        if (!fits(0)) {
            return false;
        }
        begin();
        write(closing);
        marked = true;
        return true;
    }

    private long write(boolean closing) throws IOException {
        long offset = segment.used();
        ByteBuffer bytes = frame.seal(journal, segment, position, previous, closing);
        long length = bytes.remaining();
        file.write(bytes, offset);
        file.force();
        published(offset);
        segment.used(offset + length);
        previous = position;
        position += length;
        remaining = segment.capacity() - segment.used();
        return length;
    }

    private void published(long offset) {
        for (int i = 0; i < touched.size(); i++) {
            TabletLog log = touched.get(i);
            if (log.firstInFrame() > 0) {
                segment.index(log.tablet(), log.firstInFrame(), log.lastIndex(), offset);
            }
            log.published();
        }
        for (int i = 0; i < cuts.size(); i++) {
            publishCut(cuts.get(i), cutLogs.get(i));
        }
        cuts.clear();
        cutLogs.clear();
        ArrayList<TabletLog> swap = touchedBefore;
        touchedBefore = touched;
        touched = swap;
        frameNumber++;
        begun = false;
    }

    /** The tail comes first: who reads finds by the count of cuts that what it found is gone. */
    private void publishCut(Request request, TabletLog log) {
        if (request instanceof Request.Drop) {
            log.drop();
        }
        log.cutPublished();
        if (request instanceof Request.Truncate truncate) {
            segments.cut(log.tablet(), truncate.lastIndexKept());
        } else if (request instanceof Request.Drop
                || request instanceof Request.Restart restart
                        && restart.index() == log.lastIndex()) {
            segments.forget(log.tablet());
        }
    }

    void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
