package io.ebla.tabletserver.oplog;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Keeps one file ready for the writer, so that it never waits for blocks to be allocated, and writes
 * freed files anew instead of allocating others. Its work is done by the housekeeping; {@link #take} is for the
 * writer.
 */
final class SegmentAllocator {

    /** A freed file that waits to become a segment again. */
    static final String SPARE = "spare";

    /** A file whose blocks are allocated; nothing in it counts as a frame of this segment. */
    record Prepared(Segment segment, JournalFile file) {}

    private final JournalDisk disk;
    private final long segmentBytes;
    private final AtomicReference<Prepared> ready = new AtomicReference<>();
    private long nextSequence;
    private boolean spare;

    SegmentAllocator(JournalDisk disk, long segmentBytes, long nextSequence, boolean spare) {
        this.disk = disk;
        this.segmentBytes = segmentBytes;
        this.nextSequence = nextSequence;
        this.spare = spare;
    }

    /** The file that is ready, which is the caller's from now on. */
    Optional<Prepared> take() {
        return Optional.ofNullable(ready.getAndSet(null));
    }

    boolean isReady() {
        return ready.get() != null;
    }

    boolean hasSpare() {
        return spare;
    }

    /**
     * Makes a file of the usual size ready; none may be.
     *
     * @throws NoSpaceException if there is no room for it; nothing changed then
     */
    void prepare() throws IOException {
        prepare(segmentBytes);
    }

    /** Makes a file of another size ready. */
    void prepare(long bytes) throws IOException {
        Segment segment = new Segment(nextSequence, bytes);
        JournalFile file;
        if (spare && bytes == segmentBytes) {
            disk.rename(SPARE, segment.name());
            spare = false;
            file = disk.open(segment.name());
        } else {
            file = disk.create(segment.name(), bytes);
        }
        disk.syncDirectory();
        nextSequence++;
        ready.set(new Prepared(segment, file));
    }

    /** Takes a freed segment back, for later or for good. */
    void free(Segment segment, boolean mayRecycle) throws IOException {
        if (mayRecycle && !spare && segment.capacity() == segmentBytes) {
            disk.rename(segment.name(), SPARE);
            spare = true;
        } else {
            disk.delete(segment.name());
        }
        disk.syncDirectory();
    }

    static String damagedName(Segment segment) {
        return segment.name() + ".damaged";
    }

    /** Keeps a freed segment out of the journal, for whoever wants to look at what is left in it. */
    void putAside(Segment segment) throws IOException {
        disk.rename(segment.name(), damagedName(segment));
        disk.syncDirectory();
    }

    /** Gives the spare's room back. */
    void dropSpare() throws IOException {
        if (spare) {
            spare = false;
            disk.delete(SPARE);
            disk.syncDirectory();
        }
    }

    void close() throws IOException {
        Prepared prepared = ready.getAndSet(null);
        if (prepared != null) {
            prepared.file().close();
        }
    }
}
