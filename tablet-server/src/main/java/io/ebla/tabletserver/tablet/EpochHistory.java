package io.ebla.tabletserver.tablet;

import io.ebla.tabletserver.replication.ReplicaMessage.EpochEnd;
import io.ebla.tabletserver.store.EpochStarts;
import java.util.ArrayList;
import java.util.List;

/**
 * Where each epoch of a tablet's log began, entries that are not committed included: tells of which epoch an
 * entry is (E6) and whether a position is in the log at all (W7). What is applied it knows from the store,
 * which keeps it; so neither a freed log nor a snapshot shortens it. One writer, any reader.
 */
final class EpochHistory {

    /** The epoch of an entry from before what is known here. */
    static final long UNKNOWN = EpochStarts.UNKNOWN;

    private static final int ENDS_MAX = 32;

    private volatile EpochStarts starts;

    /** @param applied what the store knows */
    EpochHistory(EpochStarts applied) {
        starts = applied;
    }

    /** The log holds an entry of this epoch at this index, which is the next. */
    void entry(long epoch, long index) {
        EpochStarts before = starts;
        EpochStarts after = before.with(epoch, index);
        if (after != before) {
            starts = after;
        }
    }

    /** Entries above this index are no part of the log. */
    void rewind(long lastIndex) {
        starts = starts.upTo(lastIndex);
    }

    /** Of which epoch the entry at an index is, which the log holds; 0 at index 0. */
    long epochAt(long index) {
        return starts.epochAt(index);
    }

    /**
     * The last entry of an epoch in this log, or -1 when it is not known to hold any.
     *
     * @param lastIndex index of the log's last entry
     */
    long lastIndexOf(long epoch, long lastIndex) {
        EpochStarts known = starts;
        int place = known.placeOfEpoch(epoch);
        if (place < 0) {
            return -1;
        }
        return place + 1 == known.size() ? lastIndex : known.index(place + 1) - 1;
    }

    /** Where the newest epochs end, newest first. */
    List<EpochEnd> ends(long lastIndex) {
        EpochStarts known = starts;
        List<EpochEnd> ends = new ArrayList<>();
        long end = lastIndex;
        for (int i = known.size() - 1; i >= 0 && ends.size() < ENDS_MAX; i--) {
            ends.add(new EpochEnd(known.epoch(i), end));
            end = known.index(i) - 1;
        }
        return ends;
    }

    /**
     * W7: whether no log of this tablet holds what a position names, as far as applied entries show it; or
     * whether they cannot show that it is held, since its epoch ended before what is known here.
     */
    boolean lost(Position position, long appliedIndex) {
        EpochStarts known = starts;
        return position.index() <= appliedIndex
                ? !known.hold(position.epoch(), position.index())
                : known.epochAt(appliedIndex) > position.epoch();
    }

    /**
     * Whether the log, a master's, never will hold what the position names.
     *
     * @param lastEpoch epoch of the log's last entry
     * @param lastIndex index of the log's last entry
     */
    static boolean beyond(Position position, long lastEpoch, long lastIndex) {
        return position.index() > lastIndex || position.epoch() > lastEpoch;
    }
}
