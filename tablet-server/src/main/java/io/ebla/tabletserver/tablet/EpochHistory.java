package io.ebla.tabletserver.tablet;

import java.util.Map;
import java.util.TreeMap;

/**
 * Where each epoch of a tablet's log began, as far back as the log was read: tells whether a position
 * lies beyond the end of its epoch (W7). One writer, any reader; bounded by forgetting the oldest.
 */
final class EpochHistory {

    private static final int EPOCHS_MAX = 256;

    private volatile TreeMap<Long, Long> firstIndexes = new TreeMap<>();

    /** The log holds an entry of this epoch at this index. */
    void entry(long epoch, long index) {
        if (firstIndexes.containsKey(epoch)) {
            return;
        }
        TreeMap<Long, Long> grown = new TreeMap<>(firstIndexes);
        grown.put(epoch, index);
        if (grown.size() > EPOCHS_MAX) {
            grown.pollFirstEntry();
        }
        firstIndexes = grown;
    }

    /** Entries above this index were never part of the log. */
    void rewind(long lastIndex) {
        TreeMap<Long, Long> kept = new TreeMap<>(firstIndexes);
        if (kept.values().removeIf(first -> first > lastIndex)) {
            firstIndexes = kept;
        }
    }

    /**
     * Whether this log never held, and never will, what the position names.
     *
     * @param lastEpoch epoch of the log's last entry
     * @param lastIndex index of the log's last entry
     */
    boolean lost(Position position, long lastEpoch, long lastIndex) {
        if (position.epoch() >= lastEpoch) {
            return position.epoch() > lastEpoch || position.index() > lastIndex;
        }
        Map.Entry<Long, Long> next = firstIndexes.higherEntry(position.epoch());
        return next != null && position.index() >= next.getValue();
    }
}
