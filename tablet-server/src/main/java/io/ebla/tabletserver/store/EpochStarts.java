package io.ebla.tabletserver.store;

import io.ebla.tabletserver.store.TabletStore.Applied;
import java.util.Arrays;

/**
 * At which entry each epoch of a tablet's log began, oldest first: tells of which epoch every entry is, and
 * with that where each epoch ended. Immutable.
 *
 * <p>Bounded by forgetting the oldest. The first start that is known is a floor: nothing is known of the
 * entries before it, but that those of the same epoch are there, since within one epoch (epoch, index) names
 * one entry for ever (E1). Its index may be a later entry of that epoch than the first.
 */
public final class EpochStarts {

    /** The epoch of an entry from before the floor. */
    public static final long UNKNOWN = -1;

    /** How many are kept. One takes a few bytes in the store, and 16 in memory. */
    public static final int MOST = 1_024;

    /** Of a log without entries. */
    public static final EpochStarts NONE = new EpochStarts(new long[0], new long[0]);

    private final long[] epochs;
    private final long[] indexes;

    private EpochStarts(long[] epochs, long[] indexes) {
        this.epochs = epochs;
        this.indexes = indexes;
    }

    /**
     * @param epochs rising
     * @param indexes of their first entries, rising, from 1
     */
    static EpochStarts of(long[] epochs, long[] indexes) {
        for (int i = 0; i < epochs.length; i++) {
            boolean rises = i == 0 || epochs[i] > epochs[i - 1] && indexes[i] > indexes[i - 1];
            if (!rises || epochs[i] < 0 || indexes[i] < 1) {
                throw new IllegalArgumentException("epochs that do not rise");
            }
        }
        return new EpochStarts(epochs, indexes);
    }

    /** All that an applied position alone tells: the floor is there. */
    static EpochStarts floorAt(Applied applied) {
        return NONE.with(applied.epoch(), applied.index());
    }

    /** Whether they can be those of a store that stands there, and not of one that went on without them. */
    boolean reachTo(Applied applied) {
        return isEmpty()
                ? applied.index() == 0
                : epochs[epochs.length - 1] == applied.epoch()
                        && indexes[indexes.length - 1] <= applied.index();
    }

    boolean isEmpty() {
        return epochs.length == 0;
    }

    public int size() {
        return epochs.length;
    }

    /** The epoch that stands at a place, from 0, the oldest. */
    public long epoch(int at) {
        return epochs[at];
    }

    /** The index of the first entry of the epoch at a place; of the oldest one, a later one perhaps. */
    public long index(int at) {
        return indexes[at];
    }

    /**
     * After the next entry, or any that is known already.
     *
     * @throws IllegalArgumentException when it is of an older epoch than the last one, or not behind it
     */
    public EpochStarts with(long epoch, long index) {
        int last = epochs.length - 1;
        if (index == 0 || last >= 0 && epochs[last] == epoch) {
            return this;
        }
        if (last >= 0 && (epoch < epochs[last] || index <= indexes[last])) {
            throw new IllegalArgumentException(
                    "entry ("
                            + epoch
                            + ","
                            + index
                            + ") behind the start of epoch "
                            + epochs[last]
                            + " at "
                            + indexes[last]);
        }
        int from = epochs.length == MOST ? 1 : 0;
        int grown = epochs.length - from + 1;
        long[] laterEpochs = Arrays.copyOfRange(epochs, from, from + grown);
        long[] laterIndexes = Arrays.copyOfRange(indexes, from, from + grown);
        laterEpochs[grown - 1] = epoch;
        laterIndexes[grown - 1] = index;
        return new EpochStarts(laterEpochs, laterIndexes);
    }

    /** Without the entries above an index. */
    public EpochStarts upTo(long lastIndex) {
        int kept = placeOf(lastIndex) + 1;
        return kept == epochs.length
                ? this
                : new EpochStarts(Arrays.copyOf(epochs, kept), Arrays.copyOf(indexes, kept));
    }

    /** Of which epoch an entry is that is not behind the last; 0 at index 0. */
    public long epochAt(long index) {
        if (index == 0) {
            return 0;
        }
        int place = placeOf(index);
        return place < 0 ? UNKNOWN : epochs[place];
    }

    /** Where an epoch stands, from 0; negative when it is not known to have entries. */
    public int placeOfEpoch(long epoch) {
        return Arrays.binarySearch(epochs, epoch);
    }

    /**
     * Whether an entry that is not behind the last is known to be of an epoch, whose master stamped one with
     * that index.
     */
    public boolean hold(long epoch, long index) {
        long there = epochAt(index);
        return there == epoch || there == UNKNOWN && epochs.length > 0 && epochs[0] == epoch;
    }

    /** The last place that begins at or before an index, -1 for none. */
    private int placeOf(long index) {
        int found = Arrays.binarySearch(indexes, index);
        return found >= 0 ? found : -found - 2;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EpochStarts that
                && Arrays.equals(epochs, that.epochs)
                && Arrays.equals(indexes, that.indexes);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(epochs) + Arrays.hashCode(indexes);
    }

    @Override
    public String toString() {
        return "epochs " + Arrays.toString(epochs) + " from " + Arrays.toString(indexes);
    }
}
