package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.key.Bytes;
import io.ebla.tabletserver.store.InstallFolders.Complete;
import io.ebla.tabletserver.store.RowCodec.Header;
import io.ebla.tabletserver.store.SnapshotRecords.Space;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.function.Consumer;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * An installation on disk: a RocksDB of its own, filled in the order of the keys, a batch for each chunk with
 * the progress inside, flushed atomically after some bytes ({@link RocksSettings}) while it goes on. So it
 * stands behind some chunk at any moment, and reopens behind a flushed one. Files of different flushes do not
 * overlap, so compaction moves them without rewriting.
 *
 * <p>The option that lost, table files written beside RocksDB and ingested: it needs a progress file of
 * its own and the large values in tables instead of blob files, to save a copy in memory.
 */
final class RocksInstallation implements Installation {

    private final TabletId tablet;
    private final long flushBytes;
    private final RocksResources resources;
    private final InstallFolders folders;
    private final Consumer<Complete> replacement;
    private final Runnable whenClosed;

    /** The store that is being filled; null when there is none, or it is complete. */
    private TabletDatabase filling;

    private int inlineBytes;
    private InstallationState state;
    private Complete complete;
    private long unflushedBytes;
    private boolean closed;

    /**
     * @param replacement puts a complete store into its place; throws when the tablet's store is open
     * @param whenClosed called once
     */
    RocksInstallation(
            TabletId tablet,
            RocksResources resources,
            InstallFolders folders,
            Consumer<Complete> replacement,
            Runnable whenClosed) {
        this.tablet = tablet;
        this.flushBytes = resources.settings().installFlushBytes();
        this.resources = resources;
        this.folders = folders;
        this.replacement = replacement;
        this.whenClosed = whenClosed;
        state = new InstallationState(tablet);
        complete = folders.complete(tablet).orElse(null);
        if (complete == null && Files.exists(folders.filling(tablet))) {
            resume();
        }
    }

    private void resume() {
        try {
            openFilling();
            byte[] stored = filling.db().get(filling.system(), SystemKeys.INSTALLING);
            if (stored != null) {
                state = InstallationState.decode(tablet, stored);
            }
        } catch (RocksDBException failure) {
            free();
            throw RocksFailures.of("resuming the installation of tablet " + tablet, failure);
        } catch (RuntimeException unreadable) {
            free();
            throw unreadable;
        }
    }

    private void openFilling() {
        filling = TabletDatabase.open(tablet, folders.filling(tablet), resources, true);
        inlineBytes = StoreFormat.open(filling).inlineBytes();
        unflushedBytes = 0;
    }

    @Override
    public Progress progress() {
        return state.progress();
    }

    @Override
    public boolean isWhole() {
        return complete != null || state.isWhole();
    }

    @Override
    public void begin(String viewId) {
        checkOpen();
        if (filling != null && state.isOf(viewId)) {
            return;
        }
        discard();
        try {
            folders.makeFilling(tablet);
        } catch (IOException failure) {
            throw new UncheckedIOException(
                    "making " + folders.filling(tablet) + " failed", failure);
        }
        openFilling();
        state.begin(viewId);
    }

    @Override
    public void write(ByteBuffer chunk) {
        checkOpen();
        if (filling == null) {
            throw new IllegalStateException("no view has begun");
        }
        // Judged whole first: what is kept of a chunk is kept with the progress behind it.
        InstallationState next = InstallationState.decode(tablet, state.encode());
        next.take(chunk);
        try (WriteBatch batch = new WriteBatch()) {
            SnapshotChunk.read(chunk, (space, key, value) -> put(batch, space, key, value));
            batch.put(filling.system(), SystemKeys.INSTALLING, next.encode());
            filling.write(batch);
            state = next;
            unflushedBytes += chunk.remaining();
            if (unflushedBytes >= flushBytes) {
                filling.beginFlush();
                unflushedBytes = 0;
            }
        } catch (RocksDBException failure) {
            throw failed(failure);
        }
    }

    private void put(WriteBatch batch, Space space, Bytes key, Bytes value) {
        put(batch, filling, inlineBytes, space, key, value);
    }

    /** Puts a record of a snapshot into a batch, as the database keeps it. */
    static void put(
            WriteBatch batch,
            TabletDatabase database,
            int inlineBytes,
            Space space,
            Bytes key,
            Bytes value) {
        try {
            Header header = space == Space.ROWS ? RowCodec.decode(value) : null;
            if (header == null || header.valueBytes() <= inlineBytes) {
                batch.put(database.family(space), key.toArray(), value.toArray());
                return;
            }
            byte[] at = key.toArray();
            Bytes large = value.slice(header.length(), value.length());
            batch.put(database.rows(), at, RowCodec.outlined(value, header));
            batch.put(database.values(), at, RowCodec.encodeLarge(large, header.version()));
        } catch (RocksDBException failure) {
            throw RocksFailures.of("copying into tablet " + database.tablet(), failure);
        }
    }

    private RuntimeException failed(RocksDBException failure) {
        return RocksFailures.of("installing tablet " + tablet, failure);
    }

    @Override
    public Position complete() {
        checkOpen();
        if (complete == null) {
            fillingComplete();
        }
        return new Position(complete.epoch(), complete.index());
    }

    private void fillingComplete() {
        try {
            state.checkWhole();
        } catch (EblaException otherRows) {
            discard();
            throw otherRows;
        }
        try (WriteBatch batch = new WriteBatch()) {
            batch.put(filling.system(), SystemKeys.APPLIED, AppliedCodec.encode(state.view()));
            filling.write(batch);
            filling.flush();
            free();
            folders.complete(tablet, state.view());
            complete = folders.complete(tablet).orElseThrow();
        } catch (RocksDBException failure) {
            throw failed(failure);
        } catch (IOException failure) {
            throw new UncheckedIOException("completing tablet " + tablet + " failed", failure);
        }
    }

    @Override
    public void finish() {
        checkOpen();
        if (complete == null) {
            throw new IllegalStateException("tablet " + tablet + " is not completely installed");
        }
        replacement.accept(complete);
        complete = null;
        close();
    }

    @Override
    public void abort() {
        checkOpen();
        discard();
        close();
    }

    private void discard() {
        free();
        folders.discard(tablet);
        complete = null;
        state = new InstallationState(tablet);
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the installation of tablet " + tablet + " is closed");
        }
    }

    private void free() {
        if (filling != null) {
            filling.gate().shut();
            filling.free();
            filling = null;
        }
    }

    /** Ends as the death of the process would: what was not flushed is gone. */
    void abandon() {
        if (!closed) {
            closed = true;
            free();
            whenClosed.run();
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        try {
            if (filling != null) {
                filling.flush();
            }
        } finally {
            abandon();
        }
    }
}
