package io.ebla.tabletserver.oplog;

import java.util.Arrays;

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

    synchronized long lastIndex() {
        return lastIndex;
    }

    /** Offsets in the file of the frames that may hold entries from an index on, in order. */
    synchronized long[] offsetsFrom(long index) {
        int start = 0;
        while (start + 1 < count && firstIndexes[start + 1] <= index) {
            start++;
        }
        long[] offsets = new long[count - start];
        for (int i = start; i < count; i++) {
            offsets[i - start] = (long) pages[i] * FrameCodec.PAGE;
        }
        return offsets;
    }
}
