package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.tabletserver.store.SnapshotRecords.Space;
import io.ebla.tabletserver.store.TabletStore.Applied;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts the records of a pinned store into chunks, and remembers the key at which each begins, so that any
 * that was made can be made again: a key for every {@link SnapshotChunk#TARGET_BYTES} of the store.
 */
final class ChunkedSnapshot implements Snapshot {

    private record Start(Space space, Bytes key) {}

    private final TabletId tablet;
    private final Applied applied;
    private final SnapshotRecords records;
    private final int targetBytes;
    private final List<Start> starts = new ArrayList<>();

    /** The chunk that begins where the records stand. */
    private long next;

    /** How many there are, once the last was made. */
    private long count = Long.MAX_VALUE;

    /** @param records closed with the snapshot */
    ChunkedSnapshot(TabletId tablet, Applied applied, SnapshotRecords records, int targetBytes) {
        this.tablet = tablet;
        this.applied = applied;
        this.records = records;
        this.targetBytes = targetBytes;
        starts.add(new Start(Space.ROWS, Bytes.EMPTY));
        records.seek(Space.ROWS, Bytes.EMPTY);
    }

    @Override
    public Applied applied() {
        return applied;
    }

    @Override
    public ByteBuffer chunk(long number) {
        if (number >= count) {
            return null;
        }
        if (number < 0 || number >= starts.size()) {
            throw new IllegalArgumentException("chunk " + number + " of " + starts.size());
        }
        if (number != next) {
            Start start = starts.get((int) number);
            records.seek(start.space(), start.key());
        }
        ByteBuffer chunk = SnapshotChunk.encode(tablet, applied, number, records, targetBytes);
        next = number + 1;
        if (!records.isValid()) {
            count = next;
        } else if (starts.size() == next) {
            starts.add(new Start(records.space(), owned(records.key())));
        }
        return chunk;
    }

    private static Bytes owned(Bytes key) {
        return Bytes.wrap(key.toArray());
    }

    @Override
    public void close() {
        records.close();
    }
}
