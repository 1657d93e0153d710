package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.tabletserver.store.TabletStore.Applied;

/**
 * Into what a tablet was split, and where: kept in its store, and all that a store made over its files needs
 * to know to be a child's.
 *
 * @param tablet the parent
 * @param range the parent's range
 * @param at the bound between the children
 * @param low the tablet below it
 * @param high the tablet from it on
 * @param position where the parent's store stood when its log ended, by the SPLIT itself: with these rows
 *     and bytes; there both children begin
 */
public record Division(
        TabletId tablet, KeyRange range, Bytes at, TabletId low, TabletId high, Applied position) {

    private static final int FORMAT = 1;

    static Division of(TabletId tablet, KeyRange range, LogEntry entry, Applied position) {
        Mutation.Split split = (Mutation.Split) entry.mutations().get(0);
        Bytes at = Bytes.wrap(split.at().toArray());
        return new Division(tablet, range, at, split.low(), split.high(), position);
    }

    public boolean isChild(TabletId candidate) {
        return candidate.equals(low) || candidate.equals(high);
    }

    /** Whether a copy of the store ended by the same entry at the same place, whatever either has counted. */
    boolean endsAs(Division copy) {
        return uncounted().equals(copy.uncounted());
    }

    private Division uncounted() {
        Applied nothing = position.counted(-position.rows(), -position.bytes());
        return new Division(tablet, range, at, low, high, nothing);
    }

    /** The range of a child. */
    public KeyRange rangeOf(TabletId child) {
        if (!isChild(child)) {
            throw new IllegalArgumentException(child + " is no child of tablet " + tablet);
        }
        return child.equals(low) ? new KeyRange(range.from(), at) : new KeyRange(at, range.to());
    }

    /**
     * Where a child's store begins. Its rows and bytes are a guess, half of the parent's, until they are
     * counted; the guesses of both children add up to what the parent had.
     */
    public Applied positionOf(TabletId child) {
        long rows = position.rows() / 2;
        long bytes = position.bytes() / 2;
        boolean lower = child.equals(low);
        return new Applied(
                position.epoch(),
                position.index(),
                position.timestampMillis(),
                lower ? rows : position.rows() - rows,
                lower ? bytes : position.bytes() - bytes);
    }

    byte[] encode() {
        int length = range.from().length() + range.to().length() + at.length();
        VarWriter writer = new VarWriter(98 + length);
        writer.putByte(FORMAT);
        writer.putLong(tablet.value());
        writer.putLong(low.value());
        writer.putLong(high.value());
        writer.putLong(position.epoch());
        writer.putLong(position.index());
        writer.putLong(position.timestampMillis());
        writer.putLong(position.rows());
        writer.putLong(position.bytes());
        put(writer, range.from());
        put(writer, range.to());
        put(writer, at);
        return writer.toArray();
    }

    static Division decode(byte[] stored) {
        VarReader reader = new VarReader(stored, 0, stored.length);
        try {
            if (reader.getByte() != FORMAT) {
                throw RowCodec.corrupted("a split of another format");
            }
            TabletId tablet = new TabletId(reader.getLong());
            TabletId low = new TabletId(reader.getLong());
            TabletId high = new TabletId(reader.getLong());
            Applied position =
                    new Applied(
                            reader.getLong(),
                            reader.getLong(),
                            reader.getLong(),
                            reader.getLong(),
                            reader.getLong());
            KeyRange range = new KeyRange(get(reader), get(reader));
            return new Division(tablet, range, get(reader), low, high, position);
        } catch (IndexOutOfBoundsException | IllegalArgumentException malformed) {
            throw RowCodec.corrupted("a split: " + malformed.getMessage());
        }
    }

    static byte[] encode(KeyRange range) {
        VarWriter writer = new VarWriter(20 + range.from().length() + range.to().length());
        put(writer, range.from());
        put(writer, range.to());
        return writer.toArray();
    }

    static KeyRange decodeRange(byte[] stored) {
        VarReader reader = new VarReader(stored, 0, stored.length);
        try {
            return new KeyRange(get(reader), get(reader));
        } catch (IndexOutOfBoundsException malformed) {
            throw RowCodec.corrupted("a range: " + malformed.getMessage());
        }
    }

    private static void put(VarWriter writer, Bytes bytes) {
        writer.putUnsigned(bytes.length());
        writer.putBytes(bytes);
    }

    private static Bytes get(VarReader reader) {
        return Bytes.wrap(reader.getBytes((int) reader.getUnsigned()).toArray());
    }
}
