package io.ebla.tabletserver.oplog;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Keeps one file ready for the writer, so that it never waits for blocks to be allocated, and writes
 * freed files anew instead of allocating others. Its work is done by the housekeeping; {@link #take} is for
 * the writer.
 */
final class SegmentAllocator {

    /** Freed files that wait to become segments again are called so, and like the segment they were. */
    static final String SPARE = "spare-";

    /** A flush frees several segments at once; that many are written anew before others are filled. */
    private static final int MOST_SPARES = 4;

    /** A file whose blocks are allocated; nothing in it counts as a frame of this segment. */
    record Prepared(Segment segment, JournalFile file) {}

    private final JournalDisk disk;
    private final long segmentBytes;
    private final AtomicReference<Prepared> ready = new AtomicReference<>();
    private long nextSequence;
    private final ArrayDeque<String> spares;

    /** @param spares names of files that were freed before */
    SegmentAllocator(JournalDisk disk, long segmentBytes, long nextSequence, List<String> spares) {
        this.disk = disk;
        this.segmentBytes = segmentBytes;
        this.nextSequence = nextSequence;
        this.spares = new ArrayDeque<>(spares);
    }

    /** The file that is ready, which is the caller's from now on. */
    Optional<Prepared> take() {
        return Optional.ofNullable(ready.getAndSet(null));
    }

    boolean isReady() {
        return ready.get() != null;
    }

    boolean hasSpare() {
        return !spares.isEmpty();
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
        JournalFile file = bytes == segmentBytes ? recycled(segment) : null;
        if (file == null) {
            file = disk.create(segment.name(), bytes);
        }
        disk.syncDirectory();
        nextSequence++;
        ready.set(new Prepared(segment, file));
    }

    /** A spare under the segment's name, or null; one of another size, from other settings, goes. */
    private JournalFile recycled(Segment segment) throws IOException {
        while (!spares.isEmpty()) {
            String spare = spares.remove();
            JournalFile file = disk.open(spare);
            if (file.size() == segment.capacity()) {
                disk.rename(spare, segment.name());
                return file;
            }
            file.close();
            disk.delete(spare);
        }
        return null;
    }

    /** Takes a freed segment back, for later or for good. */
    void free(Segment segment, boolean mayRecycle) throws IOException {
        boolean fits = segment.capacity() == segmentBytes;
        if (mayRecycle && fits && spares.size() < MOST_SPARES) {
            String spare = SPARE + segment.name();
            disk.rename(segment.name(), spare);
            spares.add(spare);
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

    /** Gives the spares' room back. */
    void dropSpares() throws IOException {
        if (!spares.isEmpty()) {
            while (!spares.isEmpty()) {
                disk.delete(spares.remove());
            }
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
