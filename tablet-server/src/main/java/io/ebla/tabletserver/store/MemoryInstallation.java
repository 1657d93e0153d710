package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.RowCodec.Header;
import io.ebla.tabletserver.store.SnapshotRecords.Space;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** An installation in memory: it is gone with the process, as the store is (L6). */
final class MemoryInstallation implements Installation {

    private final TabletId tablet;
    private final Consumer<MemoryState> finished;
    private InstallationState state;
    private PersistentTree<Row> rows;
    private PersistentTree<IdempotencyRecord> idempotency;
    private PersistentTree<ExpiryKey> expiry;
    private EpochStarts epochs;
    private StoreShape shape;
    private MemoryState complete;

    /** @param finished takes the state that replaces the tablet's; throws when its store is open */
    MemoryInstallation(TabletId tablet, Consumer<MemoryState> finished) {
        this.tablet = tablet;
        this.finished = finished;
        abort();
    }

    @Override
    public Progress progress() {
        return state.progress();
    }

    @Override
    public void begin(String viewId) {
        if (!state.isOf(viewId)) {
            abort();
            state.begin(viewId);
        }
    }

    @Override
    public void write(ByteBuffer chunk) {
        if (complete != null) {
            throw new IllegalStateException("tablet " + tablet + " is installed already");
        }
        state.take(chunk);
        SnapshotChunk.read(chunk, this::take);
    }

    private void take(Space space, Bytes from, Bytes value) {
        Bytes key = Bytes.wrap(from.toArray());
        switch (space) {
            case ROWS -> rows = rows.with(key, row(key, value));
            case EXPIRY -> expiry = expiry.with(key, ExpiryKey.decode(key));
            case IDEMPOTENCY ->
                    idempotency =
                            idempotency.with(
                                    key,
                                    IdempotencyCodec.decode(
                                            IdempotencyCodec.decodeKey(key), value.toArray()));
            case SYSTEM -> takeSystem(key, value);
        }
    }

    private void takeSystem(Bytes key, Bytes value) {
        if (key.equals(Bytes.wrap(SystemKeys.EPOCHS))) {
            epochs = EpochStartsCodec.decode(value.toArray());
        } else {
            shape = shape.with(key.toArray(), value.toArray());
        }
    }

    private static Row row(Bytes key, Bytes record) {
        Header header = RowCodec.decode(record);
        Bytes value = Bytes.wrap(record.slice(header.length(), record.length()).toArray());
        return header.toRow(RowKey.decode(key), value);
    }

    @Override
    public boolean isWhole() {
        return state.isWhole();
    }

    @Override
    public Position complete() {
        state.checkWhole();
        EpochStarts known =
                epochs.reachTo(state.view()) ? epochs : EpochStarts.floorAt(state.view());
        complete = new MemoryState(state.view(), known, rows, idempotency, expiry, shape);
        return new Position(state.view().epoch(), state.view().index());
    }

    @Override
    public void finish() {
        if (complete == null) {
            throw new IllegalStateException("tablet " + tablet + " is not completely installed");
        }
        finished.accept(complete);
        abort();
    }

    @Override
    public void abort() {
        state = new InstallationState(tablet);
        rows = PersistentTree.empty();
        idempotency = PersistentTree.empty();
        expiry = PersistentTree.empty();
        epochs = EpochStarts.NONE;
        shape = StoreShape.PLAIN;
        complete = null;
    }

    @Override
    public void close() {
        // What there is stays until it is finished or aborted, or the process ends.
    }
}
