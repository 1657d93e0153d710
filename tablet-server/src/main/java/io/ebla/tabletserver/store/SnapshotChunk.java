package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.tabletserver.store.SnapshotRecords.Space;
import io.ebla.tabletserver.store.TabletStore.Applied;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * A piece of a snapshot, the same from every kind of store. Big-endian:
 *
 * <pre>
 *    0  u8   format version, 1            40  i64  timestamp of the view, ms
 *    1  u8   flags: 1 the last one        48  i64  rows of the view
 *    2  u16  0                            56  i64  bytes of its rows
 *    4  u32  length of everything         64  records: space (1), key length, key,
 *    8  i64  number, from 0                   value length, value
 *   16  i64  tablet                       -4  u32  CRC32C of everything before it
 *   24  i64  epoch of the view
 *   32  i64  index of the view
 * </pre>
 *
 * Lengths of keys and values are variable-length numbers. Each chunk says what it is a piece of, so that
 * one of another view is never taken for one of this.
 */
final class SnapshotChunk {

    /** A chunk ends with the record that reaches this size. */
    static final int TARGET_BYTES = 256 << 10;

    private static final int VERSION = 1;
    private static final int LAST = 1;
    private static final int LENGTH_AT = 4;
    private static final int HEADER_BYTES = 64;
    private static final int CHECKSUM_BYTES = 4;

    /** Hears the records of a chunk in their order. */
    interface Visitor {

        void record(Space space, Bytes key, Bytes value);
    }

    /** What a chunk says of itself. */
    record Header(TabletId tablet, Applied view, long number, boolean last) {}

    private SnapshotChunk() {}

    /** Takes records until the chunk is full, or there are no more: then it is the last. */
    static ByteBuffer encode(
            TabletId tablet, Applied view, long number, SnapshotRecords records, int targetBytes) {
        byte[] bytes = new byte[targetBytes + (targetBytes >> 2)];
        int at = HEADER_BYTES;
        while (at < targetBytes && records.isValid()) {
            Bytes key = records.key();
            Bytes value = records.value();
            int most = at + 11 + key.length() + value.length() + CHECKSUM_BYTES;
            if (most > bytes.length) {
                bytes = Arrays.copyOf(bytes, most);
            }
            bytes[at++] = (byte) records.space().code();
            at = put(key, bytes, at);
            at = put(value, bytes, at);
            records.advance();
        }
        ByteBuffer chunk = ByteBuffer.wrap(bytes, 0, at + CHECKSUM_BYTES).slice();
        chunk.put((byte) VERSION)
                .put((byte) (records.isValid() ? 0 : LAST))
                .putShort((short) 0)
                .putInt(chunk.limit())
                .putLong(number)
                .putLong(tablet.value())
                .putLong(view.epoch())
                .putLong(view.index())
                .putLong(view.timestampMillis())
                .putLong(view.rows())
                .putLong(view.bytes());
        chunk.putInt(at, checksum(chunk, at));
        return chunk.rewind();
    }

    private static int put(Bytes part, byte[] target, int from) {
        int at = from;
        int rest = part.length();
        while (rest > 0x7F) {
            target[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        target[at++] = (byte) rest;
        System.arraycopy(part.array(), part.offset(), target, at, part.length());
        return at + part.length();
    }

    /** @throws EblaException {@code corrupted} when it is not as it was made */
    static Header header(ByteBuffer chunk) {
        int length = chunk.remaining();
        boolean whole =
                length >= HEADER_BYTES + CHECKSUM_BYTES
                        && chunk.get(chunk.position()) == VERSION
                        && chunk.getInt(chunk.position() + LENGTH_AT) == length;
        ByteBuffer bytes = chunk.slice();
        if (!whole || bytes.getInt(length - 4) != checksum(bytes, length - CHECKSUM_BYTES)) {
            throw damaged(length + " bytes that are none");
        }
        Applied view =
                new Applied(
                        bytes.getLong(24),
                        bytes.getLong(32),
                        bytes.getLong(40),
                        bytes.getLong(48),
                        bytes.getLong(56));
        return new Header(
                new TabletId(bytes.getLong(16)),
                view,
                bytes.getLong(8),
                (bytes.get(1) & LAST) != 0);
    }

    /** Reads the records of a chunk whose header was read; they share no memory with it. */
    static void read(ByteBuffer chunk, Visitor visitor) {
        byte[] bytes = new byte[chunk.remaining()];
        chunk.duplicate().get(bytes);
        VarReader reader = new VarReader(bytes, HEADER_BYTES, bytes.length - CHECKSUM_BYTES);
        try {
            while (reader.remaining() > 0) {
                Space space = Space.of(reader.getByte());
                Bytes key = reader.getBytes((int) reader.getUnsigned());
                visitor.record(space, key, reader.getBytes((int) reader.getUnsigned()));
            }
        } catch (IndexOutOfBoundsException | IllegalArgumentException malformed) {
            throw damaged("malformed records: " + malformed.getMessage());
        }
    }

    private static int checksum(ByteBuffer bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().position(0).limit(length));
        return (int) crc.getValue();
    }

    static EblaException damaged(String how) {
        return new EblaException(ErrorCode.CORRUPTED, "a chunk of a snapshot: " + how);
    }
}
