package io.ebla.tabletserver.oplog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file in which a journal that is being opened ends.
 *
 * <p>Of its frames all but the last were durable when the next one was begun. The last one need not be: its
 * sync may have failed, after which systems hold the pages for written and still show them, until the power
 * goes. Syncing again would be told that all is well (L3), so what is to be believed is <em>written</em>
 * again: the whole file into a new one that then takes its name. Whenever that is cut short, the file is
 * still as it was. A disk without room for it gets the bytes of the last frame a second time in their place.
 */
final class LastSegment {

    private static final Logger LOG = LoggerFactory.getLogger(LastSegment.class);

    private static final String COPY = "copy-";
    private static final int WINDOW = 1 << 20;

    private final JournalDisk disk;
    private final Segment segment;
    private final long length;

    /** @param length where the journal ends in it */
    LastSegment(JournalDisk disk, Segment segment, long length) {
        this.disk = disk;
        this.segment = segment;
        this.length = length;
    }

    /** Removes what an opening that was cut short has left. */
    static void removeCopies(JournalDisk disk, List<String> names) throws IOException {
        for (String name : names) {
            if (name.startsWith(COPY)) {
                disk.delete(name);
            }
        }
    }

    /** Ends the file, all of whose frames are proven. */
    void cut() throws IOException {
        try (JournalFile file = disk.open(segment.name())) {
            cut(file);
            file.force();
        }
    }

    private void cut(JournalFile file) throws IOException {
        if (length < segment.capacity()) {
            file.truncate(length);
        }
    }

    /**
     * Ends the file, whose last frame may be in the system's memory alone.
     *
     * @param proven position up to which the journal is known to be durable
     */
    void writeAnew(long proven) throws IOException {
        try (JournalFile file = disk.open(segment.name())) {
            if (!replace(file)) {
                LOG.warn(
                        "no room to write {} anew: its end is written in its place",
                        segment.name());
                cut(file);
                copy(file, file, Math.max(0, proven - segment.base()));
                file.force();
            }
        }
    }

    /** False when there is no room. */
    private boolean replace(JournalFile file) throws IOException {
        String name = COPY + segment.name();
        try (JournalFile copy = disk.create(name, length)) {
            copy(file, copy, 0);
            copy.force();
        } catch (NoSpaceException e) {
            return false;
        }
        disk.rename(name, segment.name());
        disk.syncDirectory();
        return true;
    }

    private void copy(JournalFile from, JournalFile to, long start) throws IOException {
        ByteBuffer window = ByteBuffer.allocate((int) Math.min(WINDOW, length - start));
        for (long at = start; at < length; at += window.limit()) {
            window.clear().limit((int) Math.min(window.capacity(), length - at));
            from.read(window, at);
            to.write(window.flip(), at);
        }
    }
}
