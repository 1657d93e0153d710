package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.TabletStore.Applied;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Brings a store in memory in order that a split made over the trees of its parent: counts its rows, then
 * takes out what is not its own, a bounded number at a time between two groups of entries. One thread.
 */
final class MemorySettling {

    /** Records that one step takes out: about a millisecond. */
    private static final int STEP_RECORDS = 500;

    private final InMemoryTabletStore store;

    MemorySettling(InMemoryTabletStore store) {
        this.store = store;
    }

    void settle() {
        if (store.settled()) {
            return;
        }
        count();
        MemoryState view = store.state();
        StoreShape shape = view.shape();
        List<Bytes> rows = foreign(view.rows(), shape, key -> key);
        List<Bytes> records = foreign(view.idempotency(), shape, key -> key);
        List<Bytes> due = foreign(view.expiry(), shape, key -> ExpiryKey.decode(key).key());
        int most = Math.max(rows.size(), Math.max(records.size(), due.size()));
        for (int from = 0; from < most; from += STEP_RECORDS) {
            int at = from;
            store.change(
                    now ->
                            new MemoryState(
                                    now.applied(),
                                    now.epochs(),
                                    without(now.rows(), slice(rows, at)),
                                    without(now.idempotency(), slice(records, at)),
                                    without(now.expiry(), slice(due, at)),
                                    now.shape()));
        }
        store.change(now -> now.with(now.applied(), now.shape().whenSettled()));
    }

    void count() {
        if (store.counted()) {
            return;
        }
        MemoryState view = store.state();
        KeyRange range = view.shape().range();
        long rows = 0;
        long bytes = 0;
        PersistentTree.Walk<Row> walk = view.rows().walk(range.from(), range.to(), false);
        while (walk.next()) {
            rows++;
            bytes += walk.value().sizeBytes();
        }
        long moreRows = rows - view.applied().rows();
        long moreBytes = bytes - view.applied().bytes();
        store.change(
                now -> {
                    Applied applied = now.applied().counted(moreRows, moreBytes);
                    return now.with(applied, now.shape().whenCounted());
                });
    }

    /** What is not this store's; none of that is ever added or removed by an entry. */
    private static List<Bytes> foreign(
            PersistentTree<?> tree, StoreShape shape, Function<Bytes, Bytes> keyOf) {
        List<Bytes> found = new ArrayList<>();
        PersistentTree.Walk<?> walk = tree.walk(Bytes.EMPTY, Bytes.EMPTY, false);
        while (walk.next()) {
            if (!shape.holds(keyOf.apply(walk.key()))) {
                found.add(walk.key());
            }
        }
        return found;
    }

    private static List<Bytes> slice(List<Bytes> keys, int from) {
        int size = keys.size();
        return keys.subList(Math.min(from, size), Math.min(from + STEP_RECORDS, size));
    }

    private static <V> PersistentTree<V> without(PersistentTree<V> tree, List<Bytes> keys) {
        PersistentTree<V> rest = tree;
        for (Bytes key : keys) {
            rest = rest.without(key);
        }
        return rest;
    }
}
