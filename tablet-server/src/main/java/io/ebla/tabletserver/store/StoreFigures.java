package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import java.util.List;

/** What the disk stores of a node say of themselves, to be watched. Cheap enough for every scrape. */
public interface StoreFigures {

    /**
     * Of all tablets together. Counters rise from the start of the process.
     *
     * @param blockCacheBytes capacity of the block cache
     * @param blockCacheUsedBytes what it holds
     * @param blockCacheHits counter of blocks found there
     * @param blockCacheMisses counter of blocks read from disk
     * @param bloomSkips counter of files that a filter spared
     * @param writeBufferBytes bound of what is not yet flushed
     * @param writeBufferUsedBytes memory of what is not yet flushed
     * @param bytesRead counter of bytes handed to point reads
     * @param bytesScanned counter of bytes handed to scans
     * @param fileBytesRead counter of bytes read from table and blob files, compaction included
     * @param bytesWritten counter of bytes applied
     * @param flushedBytes counter of bytes that flushes wrote
     * @param compactionReadBytes counter
     * @param compactionWrittenBytes counter
     * @param blobBytesWritten counter of bytes of large values written to blob files
     * @param stalledMicros counter of time that writes were held back
     * @param backgroundErrors counter of failed flushes and compactions
     * @param fileBytes size of the live table and blob files of open tablets
     */
    record NodeFigures(
            long blockCacheBytes,
            long blockCacheUsedBytes,
            long blockCacheHits,
            long blockCacheMisses,
            long bloomSkips,
            long writeBufferBytes,
            long writeBufferUsedBytes,
            long bytesRead,
            long bytesScanned,
            long fileBytesRead,
            long bytesWritten,
            long flushedBytes,
            long compactionReadBytes,
            long compactionWrittenBytes,
            long blobBytesWritten,
            long stalledMicros,
            long backgroundErrors,
            long fileBytes) {}

    /**
     * Of one tablet.
     *
     * @param rowFilesPerLevel table files of the rows, level 0 first
     * @param tableBytes size of the live table files
     * @param blobBytes size of the live blob files
     * @param garbageBlobBytes how much of that is garbage
     * @param memtableBytes memory of what is not yet flushed
     * @param pendingCompactionBytes estimate of what compactions have to rewrite
     * @param writesStopped whether writes wait for flushes or compactions
     * @param refusedWrites groups of entries and flushes that the disk refused since it was opened
     * @param openCursors scans that hold a view
     */
    record TabletFigures(
            TabletId tablet,
            List<Integer> rowFilesPerLevel,
            long tableBytes,
            long blobBytes,
            long garbageBlobBytes,
            long memtableBytes,
            long pendingCompactionBytes,
            boolean writesStopped,
            long refusedWrites,
            int openCursors) {

        public TabletFigures {
            rowFilesPerLevel = List.copyOf(rowFilesPerLevel);
        }
    }

    NodeFigures node();

    /** Of the open tablets; one that closes meanwhile is left out. */
    List<TabletFigures> tablets();
}
