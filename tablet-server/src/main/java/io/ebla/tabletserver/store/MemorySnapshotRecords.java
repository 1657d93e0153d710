package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.row.Row;

/** Walks the records of a {@link MemoryState}, which nothing changes. */
final class MemorySnapshotRecords implements SnapshotRecords {

    private final MemoryState state;
    private final Runnable open;
    private Space space = Space.ROWS;
    private PersistentTree.Walk<?> walk;
    private boolean valid;

    /** @param open throws when the store is closed: its snapshots end then */
    MemorySnapshotRecords(MemoryState state, Runnable open) {
        this.state = state;
        this.open = open;
    }

    @Override
    public void seek(Space wanted, Bytes key) {
        space = wanted;
        walk = walk(key);
        advance();
    }

    private PersistentTree.Walk<?> walk(Bytes from) {
        return switch (space) {
            case ROWS -> state.rows().walk(from, Bytes.EMPTY, false);
            case EXPIRY -> state.expiry().walk(from, Bytes.EMPTY, false);
            case IDEMPOTENCY -> state.idempotency().walk(from, Bytes.EMPTY, false);
            case SYSTEM -> system().walk(from, Bytes.EMPTY, false);
        };
    }

    private PersistentTree<EpochStarts> system() {
        PersistentTree<EpochStarts> none = PersistentTree.empty();
        return state.epochs().isEmpty()
                ? none
                : none.with(Bytes.wrap(SystemKeys.EPOCHS), state.epochs());
    }

    @Override
    public void advance() {
        open.run();
        valid = walk.next();
        while (!valid && space.next() != null) {
            space = space.next();
            walk = walk(Bytes.EMPTY);
            valid = walk.next();
        }
    }

    @Override
    public boolean isValid() {
        return valid;
    }

    @Override
    public Space space() {
        return space;
    }

    @Override
    public Bytes key() {
        return walk.key();
    }

    @Override
    public Bytes value() {
        Object value = walk.value();
        if (value instanceof Row row) {
            return Bytes.wrap(RowCodec.encode(row));
        }
        if (value instanceof EpochStarts epochs) {
            return Bytes.wrap(EpochStartsCodec.encode(epochs));
        }
        return value instanceof IdempotencyRecord memo
                ? Bytes.wrap(IdempotencyCodec.encode(memo))
                : Bytes.EMPTY;
    }

    @Override
    public void close() {
        // Holds nothing but memory.
    }
}
