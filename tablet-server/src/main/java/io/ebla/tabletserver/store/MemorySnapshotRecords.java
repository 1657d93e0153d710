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
            case ROWS -> state.rows().walk(lower(from), state.shape().range().to(), false);
            case EXPIRY -> state.expiry().walk(from, Bytes.EMPTY, false);
            case IDEMPOTENCY ->
                    state.idempotency().walk(lower(from), state.shape().range().to(), false);
            case SYSTEM -> system().walk(from, Bytes.EMPTY, false);
        };
    }

    private Bytes lower(Bytes from) {
        Bytes first = state.shape().range().from();
        return from.compareTo(first) < 0 ? first : from;
    }

    private PersistentTree<Bytes> system() {
        StoreShape shape = state.shape();
        PersistentTree<Bytes> records = PersistentTree.empty();
        if (!state.epochs().isEmpty()) {
            Bytes epochs = Bytes.wrap(EpochStartsCodec.encode(state.epochs()));
            records = records.with(Bytes.wrap(SystemKeys.EPOCHS), epochs);
        }
        if (shape.isSplit()) {
            Bytes division = Bytes.wrap(shape.division().encode());
            records = records.with(Bytes.wrap(SystemKeys.DIVISION), division);
        }
        if (shape.isSealed()) {
            Bytes sealing = Bytes.wrap(shape.sealing().encode());
            records = records.with(Bytes.wrap(SystemKeys.SEALED), sealing);
        }
        if (shape.cancelledSplit() != 0) {
            Bytes cancelled = Bytes.wrap(shape.encodedCancelled());
            records = records.with(Bytes.wrap(SystemKeys.CANCELLED), cancelled);
        }
        return records;
    }

    /** The expiry index of a store that a split made may hold records of others. */
    private boolean isForeign() {
        return space == Space.EXPIRY && !state.shape().holds(ExpiryKey.decode(walk.key()).key());
    }

    @Override
    public void advance() {
        open.run();
        valid = step();
        while (!valid && space.next() != null) {
            space = space.next();
            walk = walk(Bytes.EMPTY);
            valid = step();
        }
    }

    private boolean step() {
        boolean found = walk.next();
        while (found && isForeign()) {
            found = walk.next();
        }
        return found;
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
        if (space == Space.SYSTEM) {
            return (Bytes) value;
        }
        if (value instanceof Row row) {
            return Bytes.wrap(RowCodec.encode(row));
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
