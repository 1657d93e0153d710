package io.ebla.tabletserver.store;

/**
 * How much the disk stores of one node may use together.
 *
 * @param blockCacheBytes memory for what was read from disk, shared by all tablets
 * @param writeBufferBytes memory for what is not yet flushed, shared by all tablets; passing it
 *     flushes the tablet that writes
 * @param inlineValueBytes the largest value that stands beside its row's header; a store keeps the
 *     bound that it was made with
 * @param backgroundBytesPerSecond most that flushes and compactions write, 0 for no bound
 * @param backgroundThreads threads that compact; one more flushes
 * @param openFilesPerTablet table files that one tablet keeps open
 * @param installFlushBytes of a snapshot that is being installed, flushed together, while more
 *     comes: a restarted receiver takes up to three of these again
 * @param directReads whether table files are read past the operating system's cache of files, so that the
 *     block cache is all the memory that reads have; refused where the disk cannot do so
 */
public record RocksSettings(
        long blockCacheBytes,
        long writeBufferBytes,
        int inlineValueBytes,
        long backgroundBytesPerSecond,
        int backgroundThreads,
        int openFilesPerTablet,
        long installFlushBytes,
        boolean directReads) {

    public static final RocksSettings DEFAULTS =
            new RocksSettings(128L << 20, 64L << 20, 4096, 256L << 20, 2, 512, 32L << 20, false);

    public RocksSettings {
        if (blockCacheBytes < 1 << 20 || writeBufferBytes < 1 << 20) {
            throw new IllegalArgumentException(
                    "block cache and write buffers need at least 1 MiB each");
        }
        if (inlineValueBytes < 0 || inlineValueBytes > 1 << 20) {
            throw new IllegalArgumentException(
                    "inline values of up to " + inlineValueBytes + " bytes; at most 1 MiB");
        }
        if (installFlushBytes < 1) {
            throw new IllegalArgumentException("a flush of " + installFlushBytes + " bytes");
        }
        if (backgroundBytesPerSecond < 0 || backgroundThreads < 1 || openFilesPerTablet < 16) {
            throw new IllegalArgumentException("background work or open files out of bounds");
        }
    }
}
