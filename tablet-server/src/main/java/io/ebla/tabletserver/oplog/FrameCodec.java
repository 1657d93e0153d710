package io.ebla.tabletserver.oplog;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The header of a frame, big-endian, at the start of a page:
 *
 * <pre>
 *    0  u32  magic           16  i64  segment      48  u32  payload length
 *    4  u8   version, 1      24  i64  position     52  u32  payload CRC32C
 *    5  u8   flags           32  i64  previous     56  u32  0
 *    6  u16  0               40  i64  durable      60  u32  CRC32C of the header
 *    8  i64  journal
 * </pre>
 *
 * A frame fills whole pages, so that no write ever touches a page that holds durable bytes: a torn
 * write cannot harm what was promised, and what is damaged below the durable position was damaged by
 * something else.
 */
final class FrameCodec {

    static final int PAGE = 4096;
    static final int HEADER = 64;

    private static final int MAGIC = 0x45424C4A;
    private static final byte VERSION = 1;
    private static final int CLOSING = 1;
    private static final int HEADER_CHECKSUM = 60;

    private FrameCodec() {}

    static long lengthOnDisk(int payloadLength) {
        return ((long) HEADER + payloadLength + PAGE - 1) / PAGE * PAGE;
    }

    static void putHeader(FrameHeader header, ByteBuffer target, int at) {
        target.putInt(at, MAGIC)
                .put(at + 4, VERSION)
                .put(at + 5, (byte) (header.closing() ? CLOSING : 0))
                .putShort(at + 6, (short) 0)
                .putLong(at + 8, header.journal())
                .putLong(at + 16, header.segment())
                .putLong(at + 24, header.position())
                .putLong(at + 32, header.previous())
                .putLong(at + 40, header.durable())
                .putInt(at + 48, header.payloadLength())
                .putInt(at + 52, header.payloadChecksum())
                .putInt(at + 56, 0);
        target.putInt(at + HEADER_CHECKSUM, checksum(target, at, HEADER_CHECKSUM));
    }

    /** The header at an offset, or null when there is none that is whole. */
    static FrameHeader header(ByteBuffer source, int at) {
        if (source.limit() - at < HEADER
                || source.getInt(at) != MAGIC
                || source.getInt(at + HEADER_CHECKSUM) != checksum(source, at, HEADER_CHECKSUM)) {
            return null;
        }
        if (source.get(at + 4) != VERSION) {
            throw new IllegalStateException(
                    "the journal was written in format "
                            + source.get(at + 4)
                            + ", which this version does not know");
        }
        return new FrameHeader(
                source.getLong(at + 8),
                source.getLong(at + 16),
                source.getLong(at + 24),
                source.getLong(at + 32),
                source.getLong(at + 40),
                (source.get(at + 5) & CLOSING) != 0,
                source.getInt(at + 48),
                source.getInt(at + 52));
    }

    static int checksum(ByteBuffer buffer, int from, int length) {
        int position = buffer.position();
        int limit = buffer.limit();
        CRC32C crc = new CRC32C();
        crc.update(buffer.limit(from + length).position(from));
        buffer.limit(limit).position(position);
        return (int) crc.getValue();
    }
}
