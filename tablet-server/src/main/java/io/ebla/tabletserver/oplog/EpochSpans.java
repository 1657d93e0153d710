package io.ebla.tabletserver.oplog;

import java.util.Arrays;

/**
 * Of which epoch the entries of one log are: a span for each epoch, from its first entry on. What was
 * freed is forgotten but for the entry before the first one held. One thread.
 */
final class EpochSpans {

    static final long UNKNOWN = -1;

    private long[] firstIndexes = new long[2];
    private long[] epochs = new long[2];
    private int count;

    /** Takes the next entry, or one to begin with. */
    void add(long epoch, long index) {
        if (count > 0 && epochs[count - 1] == epoch) {
            return;
        }
        if (count == epochs.length) {
            firstIndexes = Arrays.copyOf(firstIndexes, 2 * count);
            epochs = Arrays.copyOf(epochs, 2 * count);
        }
        firstIndexes[count] = index;
        epochs[count] = epoch;
        count++;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** The epoch of an entry that is not behind the last one; 0 of index 0, UNKNOWN when forgotten. */
    long at(long index) {
        if (index == 0) {
            return 0;
        }
        for (int i = count - 1; i >= 0; i--) {
            if (firstIndexes[i] <= index) {
                return epochs[i];
            }
        }
        return UNKNOWN;
    }

    void cut(long lastIndexKept) {
        while (count > 0 && firstIndexes[count - 1] > lastIndexKept) {
            count--;
        }
    }

    void clear() {
        count = 0;
    }

    /** Forgets the spans that end before an index. */
    void forgetBefore(long index) {
        int gone = 0;
        while (gone + 1 < count && firstIndexes[gone + 1] <= index) {
            gone++;
        }
        if (gone > 0) {
            System.arraycopy(firstIndexes, gone, firstIndexes, 0, count - gone);
            System.arraycopy(epochs, gone, epochs, 0, count - gone);
            count -= gone;
        }
    }
}
