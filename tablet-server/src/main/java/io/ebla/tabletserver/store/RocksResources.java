package io.ebla.tabletserver.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.Env;
import org.rocksdb.FlushOptions;
import org.rocksdb.HyperClockCache;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.Priority;
import org.rocksdb.RateLimiter;
import org.rocksdb.ReadOptions;
import org.rocksdb.ReadTier;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksObject;
import org.rocksdb.Statistics;
import org.rocksdb.StatsLevel;
import org.rocksdb.WriteBufferManager;
import org.rocksdb.WriteOptions;

/**
 * What the RocksDB databases of one node share: block cache, write-buffer budget, rate limiter,
 * threads, counters, and the options that never change. Owns these handles; closed after the last
 * database.
 */
final class RocksResources implements AutoCloseable {

    /** Small pieces, so that a tablet that wrote a little holds little. */
    private static final long ARENA_BLOCK_BYTES = 64 << 10;

    private static final long ROWS_BUFFER_BYTES = 32L << 20;
    private static final long INDEX_BUFFER_BYTES = 16L << 20;
    private static final long TABLE_FILE_BYTES = 32L << 20;
    private static final long BLOCK_BYTES = 8 << 10;

    /**
     * What part of a write buffer is a filter of its keys: four bits for each row of 1 KB. Every write asks
     * for the row that it replaces, which most often is not in the buffer. An empty buffer has its filter as
     * well: 17 KB for each open tablet, out of the memory of all write buffers, which is why it is no larger.
     */
    private static final double MEMORY_BLOOM_SHARE = 0.000_5;

    private static final double BLOOM_BITS_PER_KEY = 10;

    /**
     * RocksDB would start sixteen threads for the table files of each database that is opened: a third of
     * the CPU time of an opening, while a node opens several at a time anyway.
     */
    private static final int FILE_OPENING_THREADS = 1;

    /** Flushed blob files reach this size at most; garbage is collected by whole files. */
    private static final long BLOB_FILE_BYTES = 64L << 20;

    private final RocksSettings settings;
    private final OpenGate gate = new OpenGate("the disk store");
    private final Cache blockCache;
    private final Cache writeBufferAccount;
    private final WriteBufferManager writeBuffers;
    private final RateLimiter rateLimiter;
    private final Statistics statistics;
    private final BloomFilter bloom = new BloomFilter(BLOOM_BITS_PER_KEY);
    private final ReadOptions diskReads = new ReadOptions();
    private final ReadOptions memoryReads =
            new ReadOptions().setReadTier(ReadTier.BLOCK_CACHE_TIER);
    private final WriteOptions writes = new WriteOptions().setDisableWAL(true);
    private final FlushOptions flushes = new FlushOptions().setWaitForFlush(true);
    private final FlushOptions begunFlushes = new FlushOptions().setWaitForFlush(false);

    private RocksResources(RocksSettings settings) throws RocksDBException {
        this.settings = settings;
        Env env = Env.getDefault();
        env.incBackgroundThreadsIfNeeded(settings.backgroundThreads(), Priority.LOW);
        env.incBackgroundThreadsIfNeeded(1, Priority.HIGH);
        // Compactions take what requests leave of the CPU; if they fall behind, RocksDB slows
        // writes down.
        env.lowerThreadPoolCPUPriority(Priority.LOW);
        blockCache = new HyperClockCache(settings.blockCacheBytes(), 0, -1, false);
        writeBufferAccount = new LRUCache(settings.writeBufferBytes() * 2);
        writeBuffers = new WriteBufferManager(settings.writeBufferBytes(), writeBufferAccount);
        rateLimiter =
                settings.backgroundBytesPerSecond() == 0
                        ? null
                        : new RateLimiter(settings.backgroundBytesPerSecond());
        statistics = new Statistics();
        statistics.setStatsLevel(StatsLevel.EXCEPT_DETAILED_TIMERS);
    }

    /**
     * @param libraryFolder where the native library is unpacked: a fixed place, as a process that is
     *     killed could not remove a temporary one; on the disk of the stores
     */
    static RocksResources open(RocksSettings settings, Path libraryFolder) {
        try {
            Files.createDirectories(libraryFolder);
            if (settings.directReads()) {
                DirectReads.require(libraryFolder);
            }
            NativeLibraryLoader.getInstance().loadLibrary(libraryFolder.toString());
            return new RocksResources(settings);
        } catch (IOException failure) {
            throw new UncheckedIOException("the native library cannot be unpacked", failure);
        } catch (RocksDBException failure) {
            throw RocksFailures.of("opening the shared resources", failure);
        }
    }

    /** Who reads a handle without an open database of these resources is inside. */
    OpenGate gate() {
        return gate;
    }

    RocksSettings settings() {
        return settings;
    }

    Cache blockCache() {
        return blockCache;
    }

    /** Holds nothing itself: its usage is the memory of all write buffers. */
    Cache writeBufferAccount() {
        return writeBufferAccount;
    }

    Statistics statistics() {
        return statistics;
    }

    ReadOptions diskReads() {
        return diskReads;
    }

    ReadOptions memoryReads() {
        return memoryReads;
    }

    WriteOptions writes() {
        return writes;
    }

    FlushOptions flushes() {
        return flushes;
    }

    /** Of flushes that nobody waits for. */
    FlushOptions begunFlushes() {
        return begunFlushes;
    }

    /**
     * The caller closes them. Without a write-ahead log the flushes must be atomic over the column
     * families; closing does not flush by itself, as the store does so, and a killed one must not.
     *
     * <p>Each database makes its own file manager, which tries again after the disk was full. A
     * shared one would add a reserve for every database ever opened, and then wait for room that
     * there never is.
     */
    DBOptions databaseOptions() {
        DBOptions options =
                new DBOptions()
                        .setCreateIfMissing(true)
                        .setCreateMissingColumnFamilies(true)
                        .setAtomicFlush(true)
                        .setAvoidFlushDuringShutdown(true)
                        .setEnv(Env.getDefault())
                        .setWriteBufferManager(writeBuffers)
                        .setStatistics(statistics)
                        .setMaxBackgroundJobs(settings.backgroundThreads() + 1)
                        .setMaxOpenFiles(settings.openFilesPerTablet())
                        .setMaxFileOpeningThreads(FILE_OPENING_THREADS)
                        .setSkipStatsUpdateOnDbOpen(true)
                        .setUseDirectReads(settings.directReads())
                        .setBytesPerSync(1 << 20)
                        .setStatsDumpPeriodSec(0)
                        .setStatsPersistPeriodSec(0)
                        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                        .setKeepLogFileNum(2)
                        .setMaxLogFileSize(1 << 20)
                        .setMaxManifestFileSize(4 << 20)
                        .setManifestPreallocationSize(64 << 10);
        if (rateLimiter != null) {
            options.setRateLimiter(rateLimiter);
        }
        return options;
    }

    /** The caller closes them. */
    ColumnFamilyOptions rowOptions() {
        return familyOptions(true)
                .setWriteBufferSize(ROWS_BUFFER_BYTES)
                .setMemtableWholeKeyFiltering(true)
                .setMemtablePrefixBloomSizeRatio(MEMORY_BLOOM_SHARE);
    }

    /**
     * Large values go to blob files at the first flush: compaction moves references, not values. Old
     * blob files are rewritten when half of what they hold is garbage.
     */
    ColumnFamilyOptions valueOptions() {
        return familyOptions(true)
                .setWriteBufferSize(ROWS_BUFFER_BYTES)
                .setEnableBlobFiles(true)
                .setMinBlobSize(0)
                .setBlobFileSize(BLOB_FILE_BYTES)
                .setBlobCompressionType(CompressionType.LZ4_COMPRESSION)
                .setEnableBlobGarbageCollection(true)
                .setBlobGarbageCollectionAgeCutoff(0.5)
                .setBlobGarbageCollectionForceThreshold(0.5)
                .setBlobCompactionReadaheadSize(1 << 20);
    }

    /** Of key spaces that are small beside the rows. The caller closes them. */
    ColumnFamilyOptions indexOptions(boolean lookedUpByKey) {
        return familyOptions(lookedUpByKey).setWriteBufferSize(INDEX_BUFFER_BYTES);
    }

    private ColumnFamilyOptions familyOptions(boolean lookedUpByKey) {
        BlockBasedTableConfig table =
                new BlockBasedTableConfig()
                        .setBlockCache(blockCache)
                        .setBlockSize(BLOCK_BYTES)
                        .setCacheIndexAndFilterBlocks(true)
                        .setCacheIndexAndFilterBlocksWithHighPriority(true)
                        .setPinL0FilterAndIndexBlocksInCache(true);
        if (lookedUpByKey) {
            table.setFilterPolicy(bloom);
        }
        return new ColumnFamilyOptions()
                .setTableFormatConfig(table)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setMaxWriteBufferNumber(4)
                .setArenaBlockSize(ARENA_BLOCK_BYTES)
                .setTargetFileSizeBase(TABLE_FILE_BYTES)
                .setMaxBytesForLevelBase(4 * TABLE_FILE_BYTES)
                .setLevelCompactionDynamicLevelBytes(true)
                .setOptimizeFiltersForHits(false);
    }

    @Override
    public void close() {
        if (!gate.shut()) {
            return;
        }
        RocksObject[] handles = {
            diskReads,
            memoryReads,
            writes,
            flushes,
            begunFlushes,
            bloom,
            statistics,
            writeBuffers,
            writeBufferAccount,
            blockCache
        };
        for (RocksObject handle : handles) {
            handle.close();
        }
        if (rateLimiter != null) {
            rateLimiter.close();
        }
    }
}
