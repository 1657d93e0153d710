package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * The RocksDB of one tablet replica: owner of its native handles. Whoever uses one is inside the
 * {@link #gate}; closing waits for them, then takes the handles of open cursors along.
 *
 * <p>Column families: {@code default} (system records), {@code rows}, {@code values} (large ones),
 * {@code expiry}, {@code idempotency}.
 */
final class TabletDatabase {

    /** Handles that live between visits; freed by their owner, or by the closing database. */
    interface Guest {

        /** Called once, inside the gate or after it is shut. */
        void free();
    }

    /** RocksDB slows writes down from twenty on, but only of a store that compacts. */
    private static final int LEVEL0_FILES_MAX = 12;

    private final TabletId tablet;
    private final RocksResources resources;
    private final OpenGate gate;
    private final RocksDB db;
    private final List<ColumnFamilyHandle> families;
    private final Set<Guest> guests = ConcurrentHashMap.newKeySet();
    private final AtomicLong refusedWrites = new AtomicLong();

    private volatile boolean compacts;

    private TabletDatabase(
            TabletId tablet,
            RocksResources resources,
            RocksDB db,
            List<ColumnFamilyHandle> families,
            boolean compacts) {
        this.tablet = tablet;
        this.resources = resources;
        this.gate = new OpenGate("tablet " + tablet);
        this.db = db;
        this.families = families;
        this.compacts = compacts;
    }

    /** @param compacts whether it compacts by itself from the beginning, else from {@link #compact} on */
    static TabletDatabase open(
            TabletId tablet, Path folder, RocksResources resources, boolean compacts) {
        List<ColumnFamilyOptions> options =
                List.of(
                        resources.indexOptions(true),
                        resources.rowOptions(),
                        resources.valueOptions(),
                        resources.indexOptions(false),
                        resources.indexOptions(true));
        List<String> names = List.of("default", "rows", "values", "expiry", "idempotency");
        List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            byte[] name = names.get(i).getBytes(StandardCharsets.UTF_8);
            options.get(i).setDisableAutoCompactions(!compacts);
            descriptors.add(new ColumnFamilyDescriptor(name, options.get(i)));
        }
        List<ColumnFamilyHandle> families = new ArrayList<>();
        try (DBOptions databaseOptions = resources.databaseOptions()) {
            RocksDB db = RocksDB.open(databaseOptions, folder.toString(), descriptors, families);
            return new TabletDatabase(tablet, resources, db, List.copyOf(families), compacts);
        } catch (RocksDBException failure) {
            throw RocksFailures.of("opening the store of tablet " + tablet, failure);
        } finally {
            options.forEach(ColumnFamilyOptions::close);
        }
    }

    /** The same handles, for a tablet that takes them over: the gate of this one must be shut. */
    TabletDatabase of(TabletId other) {
        requireShut();
        List.copyOf(guests).forEach(this::free);
        return new TabletDatabase(other, resources, db, families, compacts);
    }

    TabletId tablet() {
        return tablet;
    }

    RocksResources resources() {
        return resources;
    }

    OpenGate gate() {
        return gate;
    }

    RocksDB db() {
        return db;
    }

    ColumnFamilyHandle system() {
        return families.get(0);
    }

    ColumnFamilyHandle rows() {
        return families.get(1);
    }

    ColumnFamilyHandle values() {
        return families.get(2);
    }

    ColumnFamilyHandle expiry() {
        return families.get(3);
    }

    ColumnFamilyHandle idempotency() {
        return families.get(4);
    }

    ColumnFamilyHandle family(SnapshotRecords.Space space) {
        return switch (space) {
            case ROWS -> rows();
            case EXPIRY -> expiry();
            case IDEMPOTENCY -> idempotency();
            case SYSTEM -> system();
        };
    }

    List<ColumnFamilyHandle> families() {
        return families;
    }

    long refusedWrites() {
        return refusedWrites.get();
    }

    int openGuests() {
        return guests.size();
    }

    /** Called inside the gate. */
    void admit(Guest guest) {
        guests.add(guest);
    }

    /** Frees a guest's handles, unless the closing database does. */
    void dismiss(Guest guest) {
        if (gate.tryEnter()) {
            try {
                free(guest);
            } finally {
                gate.leave();
            }
        }
    }

    private void free(Guest guest) {
        if (guests.remove(guest)) {
            guest.free();
        }
    }

    /** Applies a batch whole, to memory; a later {@link #flush} makes it durable. */
    void write(WriteBatch batch) throws RocksDBException {
        try {
            db.write(resources.writes(), batch);
        } catch (RocksDBException failure) {
            refusedWrites.incrementAndGet();
            throw failure;
        }
    }

    /** Writes all write buffers to disk, atomically and durably. Called inside the gate, or last. */
    void flush() {
        flush(resources.flushes());
    }

    /**
     * Begins what {@link #flush} does and waits for an earlier one only where memory would run out; if it
     * fails, a later write or flush says so. Called inside the gate.
     */
    void beginFlush() {
        flush(resources.begunFlushes());
    }

    private void flush(FlushOptions options) {
        try {
            db.flush(options, families);
        } catch (RocksDBException failure) {
            refusedWrites.incrementAndGet();
            throw RocksFailures.of("flushing tablet " + tablet, failure);
        }
    }

    /** From now on it compacts by itself. Called inside the gate. */
    void compact() throws RocksDBException {
        if (!compacts) {
            db.enableAutoCompaction(families);
            compacts = true;
        }
    }

    /** As {@link #compact}, once files have piled up for which writes would have to wait then. */
    void relieve() throws RocksDBException {
        if (!compacts && level0Files() > LEVEL0_FILES_MAX) {
            compact();
        }
    }

    private int level0Files() throws RocksDBException {
        int most = 0;
        for (ColumnFamilyHandle family : families) {
            String files = db.getProperty(family, "rocksdb.num-files-at-level0");
            most = Math.max(most, Integer.parseInt(files));
        }
        return most;
    }

    /** Frees everything; the gate must be shut. What is not flushed is lost. */
    void free() {
        requireShut();
        List.copyOf(guests).forEach(this::free);
        db.cancelAllBackgroundWork(true);
        families.forEach(ColumnFamilyHandle::close);
        db.close();
    }

    private void requireShut() {
        if (!gate.isShut()) {
            throw new IllegalStateException("tablet " + tablet + " freed while open");
        }
    }
}
