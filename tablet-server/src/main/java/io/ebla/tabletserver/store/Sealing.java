package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.tabletserver.store.TabletStore.Applied;

/**
 * For which merge a tablet is sealed, kept in its store: nothing but starts of epochs is applied behind it
 * until it is cancelled, so that whoever has it has the very rows that the merged tablet begins with (R6).
 *
 * @param into the tablet that is to take the place of both; it names the merge
 * @param position where the store stood by the SEAL itself
 */
public record Sealing(TabletId into, TabletId left, TabletId right, Applied position) {

    private static final int FORMAT = 1;

    static Sealing of(LogEntry entry, Applied position) {
        Mutation.Seal seal = (Mutation.Seal) entry.mutations().get(0);
        return new Sealing(seal.into(), seal.left(), seal.right(), position);
    }

    /** Whether another is the seal of the other tablet of the same merge. */
    public boolean fits(Sealing other) {
        return into.equals(other.into) && left.equals(other.left) && right.equals(other.right);
    }

    /** Whether a store holds what the seal closed, and nothing else: only starts of epochs may follow it. */
    boolean isAt(Applied applied) {
        return applied.index() >= position.index()
                && applied.rows() == position.rows()
                && applied.bytes() == position.bytes();
    }

    /** Where the merged store begins: behind both, the same on every replica. */
    static Applied begin(Sealing ofLeft, Sealing ofRight) {
        Applied left = ofLeft.position;
        Applied right = ofRight.position;
        return new Applied(
                Math.max(left.epoch(), right.epoch()),
                Math.max(left.index(), right.index()),
                Math.max(left.timestampMillis(), right.timestampMillis()),
                left.rows() + right.rows(),
                left.bytes() + right.bytes());
    }

    byte[] encode() {
        VarWriter writer = new VarWriter(65);
        writer.putByte(FORMAT);
        writer.putLong(into.value());
        writer.putLong(left.value());
        writer.putLong(right.value());
        writer.putLong(position.epoch());
        writer.putLong(position.index());
        writer.putLong(position.timestampMillis());
        writer.putLong(position.rows());
        writer.putLong(position.bytes());
        return writer.toArray();
    }

    static Sealing decode(byte[] stored) {
        VarReader reader = new VarReader(stored, 0, stored.length);
        try {
            if (reader.getByte() != FORMAT) {
                throw RowCodec.corrupted("a seal of another format");
            }
            return new Sealing(
                    new TabletId(reader.getLong()),
                    new TabletId(reader.getLong()),
                    new TabletId(reader.getLong()),
                    new Applied(
                            reader.getLong(),
                            reader.getLong(),
                            reader.getLong(),
                            reader.getLong(),
                            reader.getLong()));
        } catch (IndexOutOfBoundsException | IllegalArgumentException malformed) {
            throw RowCodec.corrupted("a seal: " + malformed.getMessage());
        }
    }
}
