package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.store.TabletStore.Applied;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A {@link Joining} in memory: the trees of the larger store, with what the other one holds put into them.
 */
final class MemoryJoining implements Joining {

    /** How many records are put in between two looks at whether it is wanted. */
    private static final int STEP_RECORDS = 1_000;

    private final TabletId left;
    private final TabletId right;
    private final KeyRange leftRange;
    private final KeyRange rightRange;
    private final Consumer<MemoryState> finished;
    private final BooleanSupplier wanted;
    private Applied ofLeft;
    private Applied ofRight;
    private MemoryState trees;
    private long records;

    /**
     * @param wanted whether to go on
     * @param finished takes the whole
     */
    MemoryJoining(Part left, Part right, BooleanSupplier wanted, Consumer<MemoryState> finished) {
        this.left = ((InMemoryTabletStore) left.store()).tablet();
        this.right = ((InMemoryTabletStore) right.store()).tablet();
        this.leftRange = left.range();
        this.rightRange = right.range();
        this.finished = finished;
        this.wanted = wanted;
        MemoryState one = ((InMemoryTabletStore) left.store()).state();
        MemoryState other = ((InMemoryTabletStore) right.store()).state();
        ofLeft = one.applied();
        ofRight = other.applied();
        boolean leftIsBase = ofLeft.rows() >= ofRight.rows();
        MemoryState base = leftIsBase ? one : other;
        MemoryState added = leftIsBase ? other : one;
        trees =
                new MemoryState(
                        base.applied(),
                        base.epochs(),
                        with(base.rows(), added.rows()),
                        with(base.idempotency(), added.idempotency()),
                        with(base.expiry(), added.expiry()),
                        StoreShape.PLAIN);
    }

    private <V> PersistentTree<V> with(PersistentTree<V> base, PersistentTree<V> added) {
        PersistentTree<V> both = base;
        PersistentTree.Walk<V> walk = added.walk(Bytes.EMPTY, Bytes.EMPTY, false);
        while (walk.next()) {
            if (++records % STEP_RECORDS == 0 && !wanted.getAsBoolean()) {
                throw new CancellationException("not wanted any more");
            }
            both = both.with(walk.key(), walk.value());
        }
        return both;
    }

    @Override
    public Applied position(TabletId tablet) {
        return tablet.equals(left) ? ofLeft : ofRight;
    }

    @Override
    public void follow(TabletId tablet, List<LogEntry> entries) {
        boolean isLeft = tablet.equals(left);
        Applied before = position(tablet);
        // Of the expiry index only what is this one's own counts for its entries (T3).
        KeyRange range = isLeft ? leftRange : rightRange;
        StoreShape shape = new StoreShape(range, null, null, 0, true, true);
        EntryOrder.check(tablet, before, shape, entries);
        MemoryState start =
                new MemoryState(
                        before,
                        EpochStarts.floorAt(before),
                        trees.rows(),
                        trees.idempotency(),
                        trees.expiry(),
                        shape);
        trees = new MemoryApplier(tablet, start).apply(entries);
        if (isLeft) {
            ofLeft = trees.applied();
        } else {
            ofRight = trees.applied();
        }
    }

    @Override
    public Applied finish(Sealing leftSeal, Sealing rightSeal) {
        if (!leftSeal.isAt(ofLeft) || !rightSeal.isAt(ofRight)) {
            throw new IllegalStateException(
                    "joined at "
                            + ofLeft
                            + " and "
                            + ofRight
                            + ", sealed by "
                            + leftSeal
                            + " and "
                            + rightSeal);
        }
        Applied begin = Sealing.begin(leftSeal, rightSeal);
        KeyRange range = new KeyRange(leftRange.from(), rightRange.to());
        finished.accept(
                new MemoryState(
                        begin,
                        EpochStarts.floorAt(begin),
                        trees.rows(),
                        trees.idempotency(),
                        trees.expiry(),
                        StoreShape.ofMerged(range)));
        return begin;
    }

    @Override
    public void close() {
        // Nothing but memory that nobody refers to.
    }
}
