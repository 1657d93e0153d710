package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.store.TabletStore.Applied;
import io.ebla.tabletserver.store.TabletStore.RowCursor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.MutableColumnFamilyOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/**
 * Brings a store in order that a split made over the files of its parent:
 *
 * <pre>
 *   trim      files that lie outside the range as a whole are unlinked, and what files across a bound hold
 *             outside it is deleted by range: what compactions write from then on is its own
 *   count     the rows of one view; what the counters were off by at that view is added to them
 *   delete    records of the expiry index, one by one
 *   compact   a store that did not compact by itself does so from here on, after its sibling or before it;
 *             and the files across a bound, so that what is deleted takes no room; where that would write
 *             more than a part of the store, it is left to ordinary compactions
 * </pre>
 *
 * Each step may be repeated; a record in the store says how far it is. Foreign records are never shown and
 * never written, so that nothing here can be seen but in the counts. One thread at a time.
 */
final class RocksSettling {

    /** Of the store's bytes: what two children write at a time stays within a quarter of the parent. */
    private static final int COMPACT_AT_MOST = 4;

    /** Records of the expiry index that are removed in one batch. */
    private static final int BATCH_RECORDS = 1_000;

    /** The rows of a store, and its counts as they were at that view. */
    record View(RowCursor rows, Applied applied) {}

    /** Where a store stands after a step. */
    record Result(Applied applied, StoreShape shape) {}

    /** A step between two groups of entries. */
    interface Step {

        Result take(Applied applied, StoreShape shape) throws RocksDBException;
    }

    private final RocksTabletStore store;
    private final TabletDatabase database;

    /** The count that is to go on, or null. Its cursor is the database's guest, which closes it at last. */
    private Count counting;

    private volatile boolean trimmed;

    /** The compaction that is under way, or null; guarded by this. */
    private CompactRangeOptions compacting;

    private volatile boolean stopped;

    RocksSettling(RocksTabletStore store) {
        this.store = store;
        this.database = store.database();
    }

    boolean trimmed() {
        return trimmed || store.settled();
    }

    void trim() {
        if (trimmed()) {
            return;
        }
        for (ColumnFamilyHandle family :
                List.of(database.rows(), database.values(), database.idempotency())) {
            removeForeign(family);
        }
        store.inside(
                "settling",
                () -> {
                    database.flush();
                    return null;
                });
        trimmed = true;
    }

    void settle() {
        if (store.settled()) {
            return;
        }
        trim();
        while (!count(Integer.MAX_VALUE)) {
            goOn();
        }
        removeForeignExpiry();
        store.inside(
                "settling",
                () -> {
                    database.flush();
                    database.compact();
                    return null;
                });
        compact();
        store.change(
                (applied, shape) -> {
                    try (WriteBatch batch = new WriteBatch()) {
                        batch.delete(database.system(), SystemKeys.UNSETTLED);
                        database.write(batch);
                    }
                    return new Result(applied, shape.whenSettled());
                });
    }

    boolean count(int most) {
        if (store.counted()) {
            return true;
        }
        Count count = counting == null ? new Count(store.view()) : counting;
        counting = null;
        boolean ended = false;
        try {
            ended = count.goOn(most);
            counting = ended ? null : count;
        } finally {
            if (counting == null) {
                count.view.rows().close();
            }
        }
        if (ended) {
            counted(count);
        }
        return ended;
    }

    /** A view that is being counted. */
    private final class Count {

        private final View view;
        private long rows;
        private long bytes;

        private Count(View view) {
            this.view = view;
        }

        /** Whether there are no more. */
        private boolean goOn(int most) {
            for (int seen = 0; seen < most; seen++) {
                RocksSettling.this.goOn();
                Row row = view.rows().next();
                if (row == null) {
                    return true;
                }
                rows++;
                bytes += row.sizeBytes();
            }
            return false;
        }
    }

    private void counted(Count count) {
        long moreRows = count.rows - count.view.applied().rows();
        long moreBytes = count.bytes - count.view.applied().bytes();
        store.change(
                (applied, shape) -> {
                    Applied exact = applied.counted(moreRows, moreBytes);
                    try (WriteBatch batch = new WriteBatch()) {
                        batch.put(
                                database.system(), SystemKeys.APPLIED, AppliedCodec.encode(exact));
                        batch.put(database.system(), SystemKeys.UNSETTLED, new byte[] {1});
                        database.write(batch);
                    }
                    return new Result(exact, shape.whenCounted());
                });
    }

    /** What lies below the range, and what lies above it; empty bounds are open. */
    private List<KeyRange> outside() {
        KeyRange range = store.range();
        List<KeyRange> outside = new ArrayList<>();
        if (!range.from().isEmpty()) {
            outside.add(new KeyRange(Bytes.EMPTY, range.from()));
        }
        if (!range.to().isEmpty()) {
            outside.add(new KeyRange(range.to(), Bytes.EMPTY));
        }
        return outside;
    }

    private void removeForeign(ColumnFamilyHandle family) {
        for (KeyRange outside : outside()) {
            store.inside(
                    "settling",
                    () -> {
                        byte[] to = end(family, outside);
                        if (to != null) {
                            byte[] from = outside.from().toArray();
                            List<byte[]> bounds = Arrays.asList(from, to);
                            database.db().deleteFilesInRanges(family, bounds, false);
                            try (WriteBatch batch = new WriteBatch()) {
                                batch.deleteRange(family, from, to);
                                database.write(batch);
                            }
                        }
                        return null;
                    });
        }
    }

    /** The upper bound of what is there: that of the range, or one behind the last key; null for nothing. */
    private byte[] end(ColumnFamilyHandle family, KeyRange outside) throws RocksDBException {
        if (!outside.to().isEmpty()) {
            return outside.to().toArray();
        }
        try (RocksIterator last = database.db().newIterator(family)) {
            last.seekToLast();
            last.status();
            boolean any = last.isValid() && outside.from().compareTo(Bytes.wrap(last.key())) <= 0;
            return any ? Arrays.copyOf(last.key(), last.key().length + 1) : null;
        }
    }

    /**
     * References to large values are compacted, and not the values: those are garbage of the usual kind. The
     * files that a sibling shares are freed only when it has done the same, so what is written is bounded.
     */
    private void compact() {
        if (rewritten() > store.sizeOnDiskBytes() / COMPACT_AT_MOST) {
            return;
        }
        collectValues(false);
        try {
            for (ColumnFamilyHandle family :
                    List.of(database.rows(), database.values(), database.idempotency())) {
                for (KeyRange outside : outside()) {
                    compact(family, outside);
                }
            }
        } finally {
            collectValues(true);
        }
    }

    /** About how many bytes a compaction of what lies outside takes in: level 0, the next one, the bounds. */
    private long rewritten() {
        List<LiveFileMetaData> files =
                store.inside("settling", () -> database.db().getLiveFilesMetaData());
        int next = Integer.MAX_VALUE;
        for (LiveFileMetaData file : files) {
            next = file.level() > 0 ? Math.min(next, file.level()) : next;
        }
        long bytes = 0;
        for (LiveFileMetaData file : files) {
            bytes += file.level() == 0 || file.level() == next || crosses(file) ? file.size() : 0;
        }
        return bytes;
    }

    private boolean crosses(LiveFileMetaData file) {
        boolean holdsFirst = store.shape().holds(Bytes.wrap(file.smallestKey()));
        return holdsFirst != store.shape().holds(Bytes.wrap(file.largestKey()));
    }

    private void collectValues(boolean wanted) {
        store.inside(
                "settling",
                () -> {
                    database.db()
                            .setOptions(
                                    database.values(),
                                    MutableColumnFamilyOptions.builder()
                                            .setEnableBlobGarbageCollection(wanted)
                                            .build());
                    return null;
                });
    }

    private void compact(ColumnFamilyHandle family, KeyRange outside) {
        byte[] from = outside.from().isEmpty() ? null : outside.from().toArray();
        byte[] to = outside.to().isEmpty() ? null : outside.to().toArray();
        try (CompactRangeOptions options = new CompactRangeOptions()) {
            begin(options);
            store.inside(
                    "settling",
                    () -> {
                        database.db().compactRange(family, from, to, options);
                        return null;
                    });
        } finally {
            begin(null);
        }
    }

    private synchronized void begin(CompactRangeOptions options) {
        compacting = options;
        if (options != null) {
            goOn();
        }
    }

    private void goOn() {
        if (stopped) {
            throw database.gate().closed();
        }
    }

    /**
     * What is under way ends soon: a compaction would keep the store open for as long as it takes. Any
     * thread.
     */
    synchronized void stop() {
        stopped = true;
        if (compacting != null) {
            compacting.setCanceled(true);
        }
    }

    private void removeForeignExpiry() {
        byte[] next = new byte[0];
        while (next != null) {
            byte[] from = next;
            goOn();
            next = store.inside("settling", () -> removeForeignExpiry(from));
        }
    }

    /** Removes some from a record on; null when there are no more, else where to go on. */
    private byte[] removeForeignExpiry(byte[] from) throws RocksDBException {
        try (RocksIterator index = database.db().newIterator(database.expiry());
                WriteBatch batch = new WriteBatch()) {
            index.seek(from);
            for (int seen = 0; seen < 10 * BATCH_RECORDS && index.isValid(); seen++) {
                if (batch.count() >= BATCH_RECORDS) {
                    break;
                }
                byte[] key = index.key();
                if (!store.shape().holds(ExpiryKey.decode(Bytes.wrap(key)).key())) {
                    batch.delete(database.expiry(), key);
                }
                index.next();
            }
            index.status();
            byte[] rest = index.isValid() ? index.key() : null;
            database.write(batch);
            return rest;
        }
    }
}
