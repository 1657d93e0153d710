package io.ebla.core.oplog;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Entries of one tablet that follow each other, with their bytes: encoded once, for the journal and for
 * every follower alike, or taken over as they came from a master.
 *
 * <p>The bytes are those of {@link EntryCodec}, one entry after the other. Any thread.
 */
public final class LogBatch {

    private final List<LogEntry> entries;
    private volatile ByteBuffer encoded;

    /** Known once asked for; 0 is asked again, which is harmless. */
    private int encodedSize;

    private LogBatch(List<LogEntry> entries, ByteBuffer encoded) {
        this.entries = entries;
        this.encoded = encoded;
    }

    /** Entries that were just stamped. */
    public static LogBatch of(List<LogEntry> entries) {
        return new LogBatch(List.copyOf(entries), null);
    }

    /**
     * Entries as another node sent them; the caller gives up the buffer, whose array they share.
     *
     * @throws CorruptEntryException if a byte of them is not as it was written
     */
    public static LogBatch decode(ByteBuffer bytes) {
        ByteBuffer source = bytes.slice();
        List<LogEntry> entries = new ArrayList<>();
        while (source.hasRemaining()) {
            entries.add(EntryCodec.decode(source));
        }
        return new LogBatch(List.copyOf(entries), bytes.slice());
    }

    public List<LogEntry> entries() {
        return entries;
    }

    public boolean isEmpty() {
        return entries.isEmpty();
    }

    /** Their bytes, a view of the caller's own; encoded at the first call. */
    public ByteBuffer encoded() {
        ByteBuffer known = encoded;
        if (known == null) {
            known = encode();
            encoded = known;
        }
        return known.asReadOnlyBuffer();
    }

    private ByteBuffer encode() {
        ByteBuffer target = ByteBuffer.allocate(encodedSize());
        for (LogEntry entry : entries) {
            EntryCodec.encode(entry, target);
        }
        return target.flip();
    }

    /** How many bytes {@link #encoded} has; does not encode them. */
    public int encodedSize() {
        ByteBuffer known = encoded;
        if (known != null) {
            return known.limit();
        }
        int size = encodedSize;
        if (size == 0) {
            for (int i = 0; i < entries.size(); i++) {
                size = Math.addExact(size, EntryCodec.encodedSize(entries.get(i)));
            }
            encodedSize = size;
        }
        return size;
    }

    /** Whether somebody has asked for the bytes, so that to copy them is cheaper than to encode. */
    public boolean isEncoded() {
        return encoded != null;
    }
}
