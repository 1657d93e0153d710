package io.ebla.core.oplog;

import io.ebla.core.cluster.TabletId;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The binary form of a {@link LogEntry}, the same on disk and on the wire. Big-endian; offsets from
 * the entry's first byte:
 *
 * <pre>
 *    0  u8   format version, 1
 *    1  u8   kind
 *    2  u16  flags
 *    4  u32  length of the whole entry
 *    8  i64  tablet
 *   16  i64  epoch
 *   24  i64  index
 *   32  i64  previous epoch
 *   40  i64  commit hint
 *   48  i64  timestamp, ms
 *   56  u32  number of mutations
 *   60  text origin, text principal, mutations
 *   -4  u32  CRC32C of everything before it
 * </pre>
 *
 * Kinds and flags are open: unknown ones are read and written back as they are. An unknown format
 * version or mutation is {@link UnsupportedEntryException}, since to skip it would be to lose it. The
 * length is known twice, from its field and from the content, so that a damaged length is refused by
 * more than the checksum's luck.
 */
public final class EntryCodec {

    public static final int FORMAT_VERSION = 1;

    private static final int KIND = 1;
    private static final int FLAGS = 2;
    private static final int LENGTH = 4;
    private static final int TABLET = 8;
    private static final int EPOCH = 16;
    private static final int INDEX = 24;
    private static final int PREVIOUS_EPOCH = 32;
    private static final int COMMIT_HINT = 40;
    private static final int TIMESTAMP = 48;
    private static final int MUTATIONS = 56;
    private static final int HEADER = 60;
    private static final int CHECKSUM = Integer.BYTES;
    private static final int SMALLEST = HEADER + 2 + 2 + CHECKSUM;

    private EntryCodec() {}

    public static int encodedSize(LogEntry entry) {
        int size = HEADER + Text.size(entry.origin()) + Text.size(entry.principal()) + CHECKSUM;
        List<Mutation> mutations = entry.mutations();
        for (int i = 0; i < mutations.size(); i++) {
            size = Math.addExact(size, MutationCodec.size(mutations.get(i)));
        }
        return size;
    }

    /** Writes the entry at the buffer's position and moves it by {@link #encodedSize}. */
    public static void encode(LogEntry entry, ByteBuffer target) {
        int start = target.position();
        target.put((byte) FORMAT_VERSION)
                .put((byte) entry.kind().code())
                .putShort((short) entry.flags())
                .putInt(0)
                .putLong(entry.tablet().value())
                .putLong(entry.epoch())
                .putLong(entry.index())
                .putLong(entry.previousEpoch())
                .putLong(entry.commitHint())
                .putLong(entry.timestampMillis())
                .putInt(entry.mutations().size());
        Text.put(entry.origin(), target);
        Text.put(entry.principal(), target);
        List<Mutation> mutations = entry.mutations();
        for (int i = 0; i < mutations.size(); i++) {
            MutationCodec.encode(mutations.get(i), target);
        }
        int end = target.position();
        target.putInt(start + LENGTH, end + CHECKSUM - start);
        target.putInt(checksum(target, start, end));
    }

    /**
     * Reads the entry at the buffer's position and moves the position behind it. Keys and values share
     * the buffer's array when it has one: the caller gives it up.
     *
     * @throws CorruptEntryException if the bytes are cut short or damaged; the position is unchanged
     * @throws UnsupportedEntryException if they are whole and of a later version; likewise
     */
    public static LogEntry decode(ByteBuffer source) {
        int start = source.position();
        int limit = source.limit();
        int length = verify(source, start);
        try {
            source.limit(start + length - CHECKSUM).position(start + HEADER);
            LogEntry entry = read(source, start);
            if (source.hasRemaining()) {
                throw new CorruptEntryException(source.remaining() + " bytes after the mutations");
            }
            source.limit(limit).position(start + length);
            return entry;
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            source.limit(limit).position(start);
            throw new CorruptEntryException("malformed entry: " + e.getMessage(), e);
        } catch (CorruptEntryException | UnsupportedEntryException e) {
            source.limit(limit).position(start);
            throw e;
        }
    }

    /**
     * Checks length and checksum of the entry at an absolute offset, without decoding it.
     *
     * @return its length in bytes
     * @throws CorruptEntryException if it is not whole
     */
    public static int verify(ByteBuffer source, int at) {
        int available = source.limit() - at;
        if (available < SMALLEST) {
            throw new CorruptEntryException("entry cut short: " + available + " bytes");
        }
        int length = source.getInt(at + LENGTH);
        if (length < SMALLEST || length > available) {
            throw new CorruptEntryException(
                    "entry of " + length + " bytes in " + available + " bytes");
        }
        int end = at + length - CHECKSUM;
        if (checksum(source, at, end) != source.getInt(end)) {
            throw new CorruptEntryException("checksum of an entry of " + length + " bytes differs");
        }
        return length;
    }

    /** The length in bytes of the verified entry at an absolute offset; so the other fields below. */
    public static int lengthAt(ByteBuffer source, int at) {
        return source.getInt(at + LENGTH);
    }

    public static long tabletAt(ByteBuffer source, int at) {
        return source.getLong(at + TABLET);
    }

    public static long epochAt(ByteBuffer source, int at) {
        return source.getLong(at + EPOCH);
    }

    public static long indexAt(ByteBuffer source, int at) {
        return source.getLong(at + INDEX);
    }

    public static long previousEpochAt(ByteBuffer source, int at) {
        return source.getLong(at + PREVIOUS_EPOCH);
    }

    public static long commitHintAt(ByteBuffer source, int at) {
        return source.getLong(at + COMMIT_HINT);
    }

    private static LogEntry read(ByteBuffer source, int start) {
        int version = Byte.toUnsignedInt(source.get(start));
        if (version != FORMAT_VERSION) {
            throw new UnsupportedEntryException(
                    "entry format " + version + " is unknown to this version");
        }
        int count = source.getInt(start + MUTATIONS);
        if (count < 0 || count > source.remaining()) {
            throw new CorruptEntryException("entry of " + count + " mutations");
        }
        String origin = Text.get(source);
        String principal = Text.get(source);
        List<Mutation> mutations = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            mutations.add(MutationCodec.decode(source));
        }
        return new LogEntry(
                new TabletId(tabletAt(source, start)),
                epochAt(source, start),
                indexAt(source, start),
                previousEpochAt(source, start),
                commitHintAt(source, start),
                source.getLong(start + TIMESTAMP),
                new EntryKind(Byte.toUnsignedInt(source.get(start + KIND))),
                Short.toUnsignedInt(source.getShort(start + FLAGS)),
                origin,
                principal,
                mutations);
    }

    private static int checksum(ByteBuffer buffer, int from, int to) {
        int position = buffer.position();
        int limit = buffer.limit();
        CRC32C crc = new CRC32C();
        crc.update(buffer.limit(to).position(from));
        buffer.limit(limit).position(position);
        return (int) crc.getValue();
    }
}
