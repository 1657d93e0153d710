package io.ebla.core.row;

/**
 * The version of a row: where in its tablet's log the write stands (W1). Unique per write and rising
 * along the log; opaque to users.
 *
 * @param epoch the mastership that wrote it
 * @param index the entry's index in the tablet's log
 * @param position the mutation's place within the entry, from 0
 */
public record RowVersion(long epoch, long index, int position) implements Comparable<RowVersion> {

    public RowVersion {
        if (epoch < 0 || index < 0 || position < 0) {
            throw new IllegalArgumentException(
                    "version " + epoch + "." + index + "." + position + " has a negative part");
        }
    }

    /** The opaque text that travels in ETags and JSON. */
    public String text() {
        return Long.toString(epoch, 36)
                + '.'
                + Long.toString(index, 36)
                + '.'
                + Integer.toString(position, 36);
    }

    @Override
    public int compareTo(RowVersion other) {
        int byEpoch = Long.compare(epoch, other.epoch);
        if (byEpoch != 0) {
            return byEpoch;
        }
        int byIndex = Long.compare(index, other.index);
        return byIndex != 0 ? byIndex : Integer.compare(position, other.position);
    }

    @Override
    public String toString() {
        return text();
    }
}
