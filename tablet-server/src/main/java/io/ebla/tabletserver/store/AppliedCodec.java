package io.ebla.tabletserver.store;

import io.ebla.tabletserver.store.TabletStore.Applied;

/** The stored form of the applied position: a format byte and five numbers of eight bytes. */
final class AppliedCodec {

    private static final int FORMAT = 1;

    private AppliedCodec() {}

    static byte[] encode(Applied applied) {
        VarWriter writer = new VarWriter(41);
        writer.putByte(FORMAT);
        writer.putLong(applied.epoch());
        writer.putLong(applied.index());
        writer.putLong(applied.timestampMillis());
        writer.putLong(applied.rows());
        writer.putLong(applied.bytes());
        return writer.toArray();
    }

    static Applied decode(byte[] stored) {
        if (stored.length != 41 || stored[0] != FORMAT) {
            throw RowCodec.corrupted("an applied position that this version cannot read");
        }
        VarReader reader = new VarReader(stored, 1, stored.length);
        return new Applied(
                reader.getLong(),
                reader.getLong(),
                reader.getLong(),
                reader.getLong(),
                reader.getLong());
    }
}
