package io.ebla.tabletserver.tablet;

import io.ebla.tabletserver.replication.ReplicaMessage.EpochEnd;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where each epoch of a tablet's log began, as far back as the log was read: tells of which epoch an entry
 * is (E6) and whether a position lies beyond the end of its epoch (W7). One writer, any reader; bounded
 * by forgetting the oldest.
 */
final class EpochHistory {

    /** The epoch of an entry from before what is known here. */
    static final long UNKNOWN = -1;

    private static final int EPOCHS_MAX = 256;
    private static final int ENDS_MAX = 32;

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

    /** Entries above this index are no part of the log. */
    void rewind(long lastIndex) {
        TreeMap<Long, Long> kept = new TreeMap<>(firstIndexes);
        if (kept.values().removeIf(first -> first > lastIndex)) {
            firstIndexes = kept;
        }
    }

    /** The log begins anew at an entry. */
    void restart(long epoch, long index) {
        TreeMap<Long, Long> only = new TreeMap<>();
        if (index > 0) {
            only.put(epoch, index);
        }
        firstIndexes = only;
    }

    /** Of which epoch the entry at an index is, which the log holds; 0 at index 0. */
    long epochAt(long index) {
        if (index == 0) {
            return 0;
        }
        long found = UNKNOWN;
        for (Map.Entry<Long, Long> epoch : firstIndexes.entrySet()) {
            if (epoch.getValue() > index) {
                break;
            }
            found = epoch.getKey();
        }
        return found;
    }

    /**
     * The last entry of an epoch in this log, or -1 when it is not known to hold any.
     *
     * @param lastIndex index of the log's last entry
     */
    long lastIndexOf(long epoch, long lastIndex) {
        TreeMap<Long, Long> known = firstIndexes;
        if (!known.containsKey(epoch)) {
            return -1;
        }
        Map.Entry<Long, Long> next = known.higherEntry(epoch);
        return next == null ? lastIndex : next.getValue() - 1;
    }

    /** Where the newest epochs end, newest first. */
    List<EpochEnd> ends(long lastIndex) {
        List<EpochEnd> ends = new ArrayList<>();
        long end = lastIndex;
        for (Map.Entry<Long, Long> epoch : firstIndexes.descendingMap().entrySet()) {
            ends.add(new EpochEnd(epoch.getKey(), end));
            end = epoch.getValue() - 1;
            if (ends.size() == ENDS_MAX) {
                break;
            }
        }
        return ends;
    }

    /**
     * Whether the log, a master's, never held and never will what the position names.
     *
     * @param lastEpoch epoch of the log's last entry
     * @param lastIndex index of the log's last entry
     */
    boolean lost(Position position, long lastEpoch, long lastIndex) {
        if (position.epoch() >= lastEpoch) {
            return position.epoch() > lastEpoch || position.index() > lastIndex;
        }
        return overtaken(position, Long.MAX_VALUE);
    }

    /**
     * Whether a later epoch began at or before the position, up to an index that is known committed: then
     * no log of this tablet holds what it names.
     */
    boolean overtaken(Position position, long committedIndex) {
        Map.Entry<Long, Long> next = firstIndexes.higherEntry(position.epoch());
        return next != null
                && position.index() >= next.getValue()
                && next.getValue() <= committedIndex;
    }
}
