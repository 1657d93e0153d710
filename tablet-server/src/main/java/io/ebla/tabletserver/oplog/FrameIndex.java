package io.ebla.tabletserver.oplog;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Which frames of one segment hold entries of one tablet: twelve bytes a frame, safe for any thread. */
final class FrameIndex {

    private long[] firstIndexes = new long[4];
    private int[] pages = new int[4];
    private int count;
    private long lastIndex;

    /** Adds a frame behind those that are there. */
    synchronized void add(long first, long last, long offset) {
        if (count == pages.length) {
            firstIndexes = Arrays.copyOf(firstIndexes, 2 * count);
            pages = Arrays.copyOf(pages, 2 * count);
        }
        firstIndexes[count] = first;
        pages[count] = (int) (offset / FrameCodec.PAGE);
        count++;
        lastIndex = last;
    }

    /** Forgets entries behind an index; false when none is left. */
    synchronized boolean cut(long lastIndexKept) {
        while (count > 0 && firstIndexes[count - 1] > lastIndexKept) {
            count--;
        }
        lastIndex = Math.min(lastIndex, lastIndexKept);
        return count > 0;
    }

    synchronized long lastIndex() {
        return lastIndex;
    }

    /**
     * Where a frame stands, and which of its entries count: a later frame may hold the same index anew,
     * when the log was cut between them.
     *
     * @param offset in the file
     * @param lastIndex of the tablet's entries in it
     */
    record Place(long offset, long lastIndex) {}

    /** The frames that may hold entries from an index on, in order. */
    synchronized List<Place> from(long index) {
        int start = 0;
        while (start + 1 < count && firstIndexes[start + 1] <= index) {
            start++;
        }
        List<Place> places = new ArrayList<>(count - start);
        for (int i = start; i < count; i++) {
            long last = i + 1 < count ? firstIndexes[i + 1] - 1 : lastIndex;
            places.add(new Place((long) pages[i] * FrameCodec.PAGE, last));
        }
        return places;
    }
}
