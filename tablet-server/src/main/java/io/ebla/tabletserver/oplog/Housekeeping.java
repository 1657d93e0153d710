package io.ebla.tabletserver.oplog;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a journal needs done beside the writing: frees segments that no tablet needs, keeps the next
 * one ready, and watches the room on the disk. One thread, so that the writer never waits for it.
 */
final class Housekeeping {

    /** Hears what the housekeeping found. */
    interface Listener {

        /** The next segment may have become ready, or whether there is room may have changed. */
        void room(boolean enough);

        /** Nothing is kept in order any more; told once. */
        void failed(Throwable cause);
    }

    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);

    private final JournalDisk disk;
    private final OplogSettings settings;
    private final Segments segments;
    private final SegmentAllocator allocator;
    private final Listener listener;
    private boolean failed;

    Housekeeping(
            JournalDisk disk,
            OplogSettings settings,
            Segments segments,
            SegmentAllocator allocator,
            Listener listener) {
        this.disk = disk;
        this.settings = settings;
        this.segments = segments;
        this.allocator = allocator;
        this.listener = listener;
    }

    /** Does what there is to do; returns how many nanoseconds it may wait. */
    long turn() {
        if (!failed) {
            try {
                boolean enough = hasRoom();
                reclaim(enough);
                listener.room(prepared() && enough);
            } catch (IOException | RuntimeException | Error e) {
                failed = true;
                listener.failed(e);
            }
        }
        return TimeUnit.MILLISECONDS.toNanos(settings.freeSpaceCheckMillis());
    }

    /** Makes the small first segment ready, if it finds room. */
    void open() throws IOException {
        try {
            if (disk.usableBytes() >= 2 * settings.openingSegmentBytes()) {
                allocator.prepare(settings.openingSegmentBytes());
            }
        } catch (NoSpaceException e) {
            LOG.warn("no room for the journal's next file: {}", e.getMessage());
        }
    }

    /** Whether the disk is above its floor. */
    boolean hasRoom() throws IOException {
        return disk.usableBytes() >= settings.freeSpaceFloorBytes();
    }

    /** Whether the next segment is ready; makes it so if there is room, below the floor too. */
    private boolean prepared() throws IOException {
        if (allocator.isReady()) {
            return true;
        }
        try {
            if (!allocator.hasSpare() && disk.usableBytes() < settings.segmentBytes()) {
                return false;
            }
            allocator.prepare();
            return hasRoom();
        } catch (NoSpaceException e) {
            return false;
        }
    }

    /** Frees from the oldest on, each for good before the next: a gap would look like a loss. */
    private void reclaim(boolean mayKeepSpares) throws IOException {
        if (!mayKeepSpares) {
            allocator.dropSpares();
        }
        Segment oldest = segments.oldestSealed();
        while (oldest != null && segments.isFree(oldest, mayKeepSpares && isRetaining())) {
            // First, so that who misses an entry meanwhile finds that it was freed, not lost.
            segments.freed(oldest);
            boolean unread = oldest.retire();
            segments.removeOldest();
            if (segments.holdsCorrupted(oldest)) {
                allocator.putAside(oldest);
            } else {
                allocator.free(oldest, unread && mayKeepSpares);
            }
            oldest = segments.oldestSealed();
        }
    }

    /** Whether slaves may still hold on to log (L4). */
    private boolean isRetaining() {
        return segments.bytes() <= settings.retentionBytes();
    }
}
