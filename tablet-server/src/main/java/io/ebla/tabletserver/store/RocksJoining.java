package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.KeyRange;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.store.SnapshotRecords.Space;
import io.ebla.tabletserver.store.TabletStore.Applied;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * A {@link Joining} on disk: hard links of the larger store's files, and the records of the other one's
 * snapshot written over them, in the order of their keys. Both are settled, so neither has anything in the
 * other's range. Whoever closes the stores meanwhile waits for the step that it is at.
 */
final class RocksJoining implements Joining {

    /** Told once what became of it, when nobody uses its files any more. */
    interface Ends {

        /** They are a store. */
        void finished();

        /** They may go. */
        void discarded();
    }

    /** One of the two, as far as it is in here. */
    private static final class Side {

        private final TabletId tablet;
        private final StoreShape shape;
        private final RocksApplier applier;
        private Applied applied;

        /** Of the expiry index only what is this one's own counts for its entries (T3). */
        Side(
                TabletDatabase database,
                int inlineBytes,
                TabletId tablet,
                KeyRange range,
                Applied applied) {
            this.tablet = tablet;
            this.shape = new StoreShape(range, null, null, 0, true, true);
            this.applied = applied;
            this.applier =
                    new RocksApplier(
                            database,
                            new RocksExpiry(database, () -> shape),
                            new StoreFormat.Opened(applied, null, inlineBytes, shape),
                            (position, changed) -> this.applied = position);
        }
    }

    private final TabletDatabase database;
    private final int inlineBytes;
    private final KeyRange range;
    private final Side left;
    private final Side right;
    private final Ends ends;
    private boolean over;

    private RocksJoining(
            TabletDatabase database,
            StoreFormat.Opened opened,
            Part leftPart,
            Part rightPart,
            Applied leftApplied,
            Applied rightApplied,
            Ends ends) {
        this.database = database;
        this.ends = ends;
        inlineBytes = opened.inlineBytes();
        range = new KeyRange(leftPart.range().from(), rightPart.range().to());
        left = side(leftPart, leftApplied);
        right = side(rightPart, rightApplied);
    }

    private Side side(Part part, Applied applied) {
        TabletId tablet = ((RocksTabletStore) part.store()).database().tablet();
        return new Side(database, inlineBytes, tablet, part.range(), applied);
    }

    /**
     * Copies what there is.
     *
     * @param database over links of the larger one's files
     * @param wanted whether to go on
     * @param ends told what becomes of it
     */
    static RocksJoining over(
            TabletDatabase database,
            Part left,
            Part right,
            boolean leftIsBase,
            BooleanSupplier wanted,
            Ends ends) {
        try (Snapshot added = (leftIsBase ? right : left).store().snapshot()) {
            StoreFormat.Opened base = StoreFormat.openLinked(database);
            RocksJoining joining =
                    new RocksJoining(
                            database,
                            base,
                            left,
                            right,
                            leftIsBase ? base.applied() : added.applied(),
                            leftIsBase ? added.applied() : base.applied(),
                            ends);
            boolean copied = false;
            try {
                joining.copy(added, wanted);
                copied = true;
                return joining;
            } finally {
                if (!copied) {
                    joining.freeAppliers();
                }
            }
        } catch (RocksDBException failure) {
            throw RocksFailures.of("joining into tablet " + database.tablet(), failure);
        }
    }

    private void copy(Snapshot added, BooleanSupplier wanted) throws RocksDBException {
        long unflushed = 0;
        long number = 0;
        for (ByteBuffer chunk = added.chunk(0); chunk != null; chunk = added.chunk(++number)) {
            if (!wanted.getAsBoolean()) {
                throw new CancellationException("not wanted any more");
            }
            unflushed += chunk.remaining();
            try (WriteBatch batch = new WriteBatch()) {
                SnapshotChunk.read(
                        chunk,
                        (space, key, value) -> {
                            if (space != Space.SYSTEM) {
                                RocksInstallation.put(
                                        batch, database, inlineBytes, space, key, value);
                            }
                        });
                database.write(batch);
            }
            if (unflushed >= database.resources().settings().installFlushBytes()) {
                database.flush();
                unflushed = 0;
            }
        }
        database.flush();
    }

    private Side side(TabletId tablet) {
        if (!tablet.equals(left.tablet) && !tablet.equals(right.tablet)) {
            throw new IllegalArgumentException("tablet " + tablet + " is not joined here");
        }
        return tablet.equals(left.tablet) ? left : right;
    }

    @Override
    public Applied position(TabletId tablet) {
        return side(tablet).applied;
    }

    @Override
    public synchronized void follow(TabletId tablet, List<LogEntry> entries) {
        requireOpen();
        Side side = side(tablet);
        EntryOrder.check(tablet, side.applied, side.shape, entries);
        try {
            side.applier.apply(side.applied, side.shape, entries);
        } catch (RocksDBException failure) {
            throw RocksFailures.of("joining tablet " + tablet, failure);
        }
    }

    @Override
    public synchronized Applied finish(Sealing leftSeal, Sealing rightSeal) {
        requireOpen();
        boolean there = leftSeal.isAt(left.applied) && rightSeal.isAt(right.applied);
        if (!there) {
            throw new IllegalStateException(
                    "joined at "
                            + left.applied
                            + " and "
                            + right.applied
                            + ", sealed by "
                            + leftSeal
                            + " and "
                            + rightSeal);
        }
        Applied begin = Sealing.begin(leftSeal, rightSeal);
        try {
            StoreFormat.joined(database, inlineBytes, range, begin);
        } catch (RocksDBException failure) {
            throw RocksFailures.of("joining into tablet " + database.tablet(), failure);
        }
        database.flush();
        abandon();
        ends.finished();
        return begin;
    }

    private void requireOpen() {
        if (over) {
            throw new IllegalStateException("tablet " + database.tablet() + " is joined no more");
        }
    }

    @Override
    public synchronized void close() {
        if (!over) {
            abandon();
            ends.discarded();
        }
    }

    /** Ends as the death of the process would. */
    synchronized void abandon() {
        if (!over) {
            over = true;
            free();
        }
    }

    private void freeAppliers() {
        left.applier.free();
        right.applier.free();
    }

    private void free() {
        freeAppliers();
        database.gate().shut();
        database.free();
    }
}
