package io.ebla.tabletserver.store;

/**
 * The stored form of {@link EpochStarts}: a format byte, their number, and for each epoch how much its number
 * and its first index are above those before, as variable-length numbers.
 */
final class EpochStartsCodec {

    private static final int FORMAT = 1;

    private EpochStartsCodec() {}

    static byte[] encode(EpochStarts starts) {
        VarWriter writer = new VarWriter(11 + 20 * starts.size());
        writer.putByte(FORMAT);
        writer.putUnsigned(starts.size());
        long epoch = 0;
        long index = 0;
        for (int i = 0; i < starts.size(); i++) {
            writer.putUnsigned(starts.epoch(i) - epoch);
            writer.putUnsigned(starts.index(i) - index);
            epoch = starts.epoch(i);
            index = starts.index(i);
        }
        return writer.toArray();
    }

    static EpochStarts decode(byte[] stored) {
        VarReader reader = new VarReader(stored, 0, stored.length);
        try {
            if (reader.getByte() != FORMAT) {
                throw RowCodec.corrupted("epochs in a format that this version cannot read");
            }
            long size = reader.getUnsigned();
            if (size < 0 || size > reader.remaining()) {
                throw RowCodec.corrupted(size + " epochs in " + stored.length + " bytes");
            }
            return decode(reader, (int) size);
        } catch (IndexOutOfBoundsException | IllegalArgumentException malformed) {
            throw RowCodec.corrupted("epochs: " + malformed.getMessage());
        }
    }

    private static EpochStarts decode(VarReader reader, int size) {
        long[] epochs = new long[size];
        long[] indexes = new long[size];
        long epoch = 0;
        long index = 0;
        for (int i = 0; i < size; i++) {
            epoch += reader.getUnsigned();
            index += reader.getUnsigned();
            epochs[i] = epoch;
            indexes[i] = index;
        }
        return EpochStarts.of(epochs, indexes);
    }
}
