package io.ebla.tabletserver.store;

import io.ebla.tabletserver.store.StoreFigures.NodeFigures;
import io.ebla.tabletserver.store.StoreFigures.TabletFigures;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.rocksdb.RocksDBException;
import org.rocksdb.Statistics;
import org.rocksdb.TickerType;

/** Reads RocksDB's own counters and properties. */
final class RocksFigures {

    private static final int LEVELS = 7;

    private RocksFigures() {}

    /** @throws io.ebla.core.contract.EblaException {@code no_master} when they are closed */
    static NodeFigures ofNode(RocksResources resources, List<TabletFigures> tablets) {
        resources.gate().enter();
        try {
            return read(resources, tablets);
        } finally {
            resources.gate().leave();
        }
    }

    private static NodeFigures read(RocksResources resources, List<TabletFigures> tablets) {
        Statistics counters = resources.statistics();
        return new NodeFigures(
                resources.settings().blockCacheBytes(),
                resources.blockCache().getUsage(),
                counters.getTickerCount(TickerType.BLOCK_CACHE_HIT),
                counters.getTickerCount(TickerType.BLOCK_CACHE_MISS),
                counters.getTickerCount(TickerType.BLOOM_FILTER_USEFUL),
                resources.settings().writeBufferBytes(),
                resources.writeBufferAccount().getUsage(),
                counters.getTickerCount(TickerType.BYTES_READ),
                counters.getTickerCount(TickerType.ITER_BYTES_READ),
                fileBytesRead(counters),
                counters.getTickerCount(TickerType.BYTES_WRITTEN),
                counters.getTickerCount(TickerType.FLUSH_WRITE_BYTES),
                counters.getTickerCount(TickerType.COMPACT_READ_BYTES),
                counters.getTickerCount(TickerType.COMPACT_WRITE_BYTES),
                counters.getTickerCount(TickerType.BLOB_DB_BLOB_FILE_BYTES_WRITTEN),
                counters.getTickerCount(TickerType.STALL_MICROS),
                counters.getTickerCount(TickerType.ERROR_HANDLER_BG_ERROR_COUNT),
                tablets.stream().mapToLong(each -> each.tableBytes() + each.blobBytes()).sum());
    }

    /** Every byte that RocksDB's file readers took from table and blob files. */
    static long fileBytesRead(Statistics counters) {
        return counters.getTickerCount(TickerType.LAST_LEVEL_READ_BYTES)
                + counters.getTickerCount(TickerType.NON_LAST_LEVEL_READ_BYTES);
    }

    /** Empty when the tablet is closed. */
    static Optional<TabletFigures> ofTablet(TabletDatabase database) {
        if (!database.gate().tryEnter()) {
            return Optional.empty();
        }
        try {
            return Optional.of(read(database));
        } catch (RocksDBException failure) {
            throw RocksFailures.of("measuring tablet " + database.tablet(), failure);
        } finally {
            database.gate().leave();
        }
    }

    private static TabletFigures read(TabletDatabase database) throws RocksDBException {
        List<Integer> files = new ArrayList<>();
        for (int level = 0; level < LEVELS; level++) {
            String property = "rocksdb.num-files-at-level" + level;
            files.add(Integer.parseInt(database.db().getProperty(database.rows(), property)));
        }
        return new TabletFigures(
                database.tablet(),
                files,
                sum(database, "rocksdb.live-sst-files-size"),
                ofValues(database, "rocksdb.live-blob-file-size"),
                ofValues(database, "rocksdb.live-blob-file-garbage-size"),
                sum(database, "rocksdb.cur-size-all-mem-tables"),
                sum(database, "rocksdb.estimate-pending-compaction-bytes"),
                sum(database, "rocksdb.is-write-stopped") > 0,
                database.refusedWrites(),
                database.openGuests());
    }

    /** Called inside the gate. */
    static long sizeOnDiskBytes(TabletDatabase database) throws RocksDBException {
        return sum(database, "rocksdb.live-sst-files-size")
                + ofValues(database, "rocksdb.live-blob-file-size");
    }

    /** Compactions that run or are due. Called inside the gate. */
    static long compactions(TabletDatabase database) throws RocksDBException {
        return database.db().getLongProperty("rocksdb.num-running-compactions")
                + sum(database, "rocksdb.compaction-pending");
    }

    /** Called inside the gate. */
    static long unflushedBytes(TabletDatabase database) throws RocksDBException {
        return sum(database, "rocksdb.cur-size-all-mem-tables");
    }

    private static long sum(TabletDatabase database, String property) throws RocksDBException {
        return database.db().getAggregatedLongProperty(property);
    }

    private static long ofValues(TabletDatabase database, String property) throws RocksDBException {
        return database.db().getLongProperty(database.values(), property);
    }
}
