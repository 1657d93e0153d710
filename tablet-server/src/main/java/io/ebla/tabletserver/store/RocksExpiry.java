package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * Reads the expiry index from its front. The front is where records are deleted, so it fills with
 * tombstones; {@link #floorMillis} keeps reads from walking over them: no record is due before it.
 * When the first record falls due is kept in mind, so that a beat that asks each of a thousand idle
 * tablets costs nothing. One thread applies, any thread reads; every method is called inside the gate.
 */
final class RocksExpiry {

    /** No record is due at any time. */
    private static final long NEVER = Long.MAX_VALUE;

    /** Records of others that one look passes over at most: it is taken on threads that must not wait. */
    private static final int LOOK_MAX = 1_000;

    /**
     * When the first record falls due. A new one each time: who looked up meanwhile finds that it is another.
     *
     * @param millis {@link #NEVER} when there is none; nothing when it has to be looked up
     * @param from what lies before it is not this store's; empty where nobody has looked
     */
    private record First(OptionalLong millis, Bytes from) {

        static First unknown() {
            return new First(OptionalLong.empty(), Bytes.EMPTY);
        }

        static First at(long millis) {
            return new First(OptionalLong.of(millis), Bytes.EMPTY);
        }

        /** What was added may lie where somebody has looked. */
        First added(long lowest) {
            boolean behind = !from.isEmpty() && lowest > ExpiryKey.decode(from).expiresAt();
            return behind ? new First(millis, from) : unknown();
        }
    }

    private final TabletDatabase database;

    /** Tells what is this store's: records of others are passed over, on every replica alike (T3). */
    private final Supplier<StoreShape> shape;

    private final AtomicReference<First> first = new AtomicReference<>(First.unknown());

    /** Lowered before a write that needs it, raised only after one that was made. */
    private volatile long floorMillis = Long.MIN_VALUE;

    RocksExpiry(TabletDatabase database, Supplier<StoreShape> shape) {
        this.database = database;
        this.shape = shape;
    }

    void recordAt(long expiresAt) {
        if (expiresAt < floorMillis) {
            floorMillis = expiresAt;
        }
    }

    void nothingBefore(long millis) {
        floorMillis = millis;
    }

    /**
     * A batch was written; the applying thread.
     *
     * @param lowestAdded when the first of the records that it added is due, NEVER for none
     * @param lowestRemoved likewise of those that it removed
     */
    void changed(long lowestAdded, long lowestRemoved) {
        if (lowestAdded == NEVER && lowestRemoved == NEVER) {
            return;
        }
        First before = first.get();
        if (before.millis().isEmpty()) {
            first.set(before.added(lowestAdded));
        } else if (lowestRemoved <= before.millis().getAsLong()) {
            first.set(First.unknown());
        } else if (lowestAdded < before.millis().getAsLong()) {
            first.set(First.at(lowestAdded));
        }
    }

    /** When the first record falls due; nothing as well while it is looked for behind many of others. */
    OptionalLong earliest() throws RocksDBException {
        First known = first.get();
        if (known.millis().isEmpty()) {
            First found = look(known.from());
            // Not when a batch was written meanwhile: it may have been looked up before that.
            first.compareAndSet(known, found);
            known = found;
        }
        return known.millis().orElse(NEVER) == NEVER ? OptionalLong.empty() : known.millis();
    }

    private First look(Bytes from) throws RocksDBException {
        StoreShape of = shape.get();
        Bytes floor = ExpiryKey.bound(floorMillis);
        try (RocksIterator index = database.db().newIterator(database.expiry())) {
            index.seek((from.compareTo(floor) > 0 ? from : floor).toArray());
            for (int passed = 0; index.isValid() && passed < LOOK_MAX; passed++) {
                ExpiryKey record = ExpiryKey.decode(Bytes.wrap(index.key()));
                if (of.holds(record.key())) {
                    return First.at(record.expiresAt());
                }
                index.next();
            }
            index.status();
            return index.isValid()
                    ? new First(OptionalLong.empty(), Bytes.wrap(index.key()))
                    : First.at(NEVER);
        }
    }

    int count(long beforeMillis, int most) throws RocksDBException {
        OptionalLong earliest = earliest();
        boolean any = earliest.isPresent() && earliest.getAsLong() <= beforeMillis;
        return any ? due(beforeMillis, most).size() : 0;
    }

    /** The first records that are due at {@code beforeMillis}, in the order of the index. */
    List<ExpiryKey> due(long beforeMillis, int most) throws RocksDBException {
        List<ExpiryKey> due = new ArrayList<>();
        StoreShape of = shape.get();
        Bytes to = ExpiryKey.dueBound(beforeMillis);
        try (Slice upper = to.isEmpty() ? null : new Slice(to.toArray());
                ReadOptions options = new ReadOptions()) {
            if (upper != null) {
                options.setIterateUpperBound(upper);
            }
            try (RocksIterator index = database.db().newIterator(database.expiry(), options)) {
                index.seek(ExpiryKey.bound(floorMillis).toArray());
                while (due.size() < most && index.isValid()) {
                    ExpiryKey record = ExpiryKey.decode(Bytes.wrap(index.key()));
                    if (of.holdsAll() || of.holds(record.key())) {
                        due.add(record);
                    }
                    index.next();
                }
                index.status();
            }
        }
        return due;
    }
}
