package io.ebla.tabletserver;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The settings of a tablet server: {@code ebla.*} properties, {@code EBLA_*} variables, or options of
 * the command.
 *
 * @param nodeId the server's name; survives restarts, one per data directory
 * @param data directory of journal, tablets and identity
 * @param bind address to listen on
 * @param advertise {@code host} or {@code host:port} that others are told; null for what is bound
 * @param httpPort port of REST and of the internal calls, 0 for any
 * @param grpcPort port of gRPC
 * @param zone failure domain, "" for none
 * @param meta HTTP addresses of the meta-servers, {@code host:port}
 * @param clusterSecret shared by the cluster's nodes; "" for the development secret
 */
@ConfigurationProperties("ebla")
public record TabletServerProperties(
        @DefaultValue("dev") String nodeId,
        @DefaultValue("./ebla-data") Path data,
        @DefaultValue("127.0.0.1") String bind,
        String advertise,
        @DefaultValue("8080") int httpPort,
        @DefaultValue("9090") int grpcPort,
        @DefaultValue("") String zone,
        @DefaultValue List<String> meta,
        @DefaultValue("") String clusterSecret,
        @DefaultValue Oplog oplog,
        @DefaultValue Store store,
        @DefaultValue Tablet tablet,
        @DefaultValue Limits limits,
        @DefaultValue Ranges ranges) {

    public TabletServerProperties {
        meta = List.copyOf(meta);
        require(httpPort >= 0 && httpPort < 65_536, "ebla.http-port", httpPort);
        require(grpcPort >= 0 && grpcPort < 65_536, "ebla.grpc-port", grpcPort);
        oplog.requireRoomFor(Math.max(limits.value().toBytes(), limits.batch().toBytes()));
    }

    /**
     * Most bytes that the writes of one append reach before the last one is added to them: as set, or less
     * where the journal's files are small.
     */
    long groupBytes() {
        return Math.min(tablet.groupSize().toBytes(), appendBytes());
    }

    /** Bytes that an append may have before its last write is added: a slave's journal takes no more. */
    long appendBytes() {
        long largest = Math.max(limits.value().toBytes(), limits.batch().toBytes());
        return oplog.appendBytes() - largest;
    }

    /**
     * The journal.
     *
     * @param segmentSize size of one preallocated file; half of it takes the largest write and a group
     * @param queueSize bytes that may wait to be written before appends are refused
     * @param retention journal size up to which log is kept that only slaves need
     * @param minimumFree free space on its disk below which writes are refused as {@code disk_full}
     * @param flushAbove journal size from which the stores that pin its oldest part are flushed
     */
    public record Oplog(
            @DefaultValue("64MB") DataSize segmentSize,
            @DefaultValue("64MB") DataSize queueSize,
            @DefaultValue("1GB") DataSize retention,
            @DefaultValue("256MB") DataSize minimumFree,
            @DefaultValue("512MB") DataSize flushAbove) {

        /** What keys, conditions, expiries and records of a write take besides its values. */
        private static final long OVERHEAD_BYTES = 64 << 10;

        private static final long SMALLEST_GROUP_BYTES = 64 << 10;

        public Oplog {
            requireSegment(
                    segmentSize.toBytes() >= 256 << 10
                            && segmentSize.toBytes() <= Integer.MAX_VALUE
                            && segmentSize.toBytes() % 4096 == 0,
                    segmentSize,
                    "it must be a multiple of 4096 bytes between 256 KiB and 2 GiB");
            require(!retention.isNegative(), "ebla.oplog.retention", retention);
            require(queueSize.toBytes() >= 1 << 20, "ebla.oplog.queue-size", queueSize);
            require(!minimumFree.isNegative(), "ebla.oplog.minimum-free", minimumFree);
            require(flushAbove.toBytes() > 0, "ebla.oplog.flush-above", flushAbove);
        }

        /** Most bytes of the values of one append. */
        private long appendBytes() {
            return segmentSize.toBytes() / 2 - OVERHEAD_BYTES;
        }

        private void requireRoomFor(long largestWrite) {
            requireSegment(
                    appendBytes() >= largestWrite + SMALLEST_GROUP_BYTES,
                    segmentSize,
                    "half of it must hold the largest value or batch, "
                            + largestWrite
                            + " bytes (ebla.limits.value, ebla.limits.batch), and 128 KiB");
        }

        private static void requireSegment(boolean holds, DataSize size, String why) {
            if (!holds) {
                throw new IllegalArgumentException(
                        "ebla.oplog.segment-size cannot be " + size + ": " + why);
            }
        }
    }

    /**
     * The stores on disk, shared by all tablets of the node.
     *
     * @param blockCache memory for blocks read from disk
     * @param writeBuffers memory for rows not yet flushed, all tablets together
     * @param installFlush bytes of a snapshot from another node that are made durable together: up to
     *     three of these are fetched again after a restart
     * @param backgroundRate most bytes a second that flushes and compactions write together, 0 for no bound
     * @param directReads whether files are read past the operating system's cache of them: the block cache
     *     is then all that spares a read from disk. The node does not start where the disk cannot do that
     */
    public record Store(
            @DefaultValue("64MB") DataSize blockCache,
            @DefaultValue("64MB") DataSize writeBuffers,
            @DefaultValue("32MB") DataSize installFlush,
            @DefaultValue("256MB") DataSize backgroundRate,
            @DefaultValue("false") boolean directReads) {

        public Store {
            require(blockCache.toBytes() > 0, "ebla.store.block-cache", blockCache);
            require(writeBuffers.toBytes() > 0, "ebla.store.write-buffers", writeBuffers);
            require(installFlush.toBytes() > 0, "ebla.store.install-flush", installFlush);
            require(!backgroundRate.isNegative(), "ebla.store.background-rate", backgroundRate);
        }
    }

    /**
     * The write and read path of every tablet.
     *
     * @param mailboxOperations operations that may wait for one tablet's writer before more are refused
     * @param mailboxSize bytes that may wait likewise
     * @param groupOperations most operations of one append
     * @param groupSize most bytes of one append
     * @param workers writer threads of the node, 0 for one per core, at most two
     * @param readThreads threads for reads that memory cannot answer, 0 for two per core
     * @param readQueue reads that may wait for those threads before more are refused
     * @param idempotencyRetention how long an Idempotency-Key is kept
     * @param expiryInterval pause between two background expiries of one tablet
     * @param expiryRows most rows of one background expiry
     * @param idleFlush how long a tablet without writes keeps unflushed rows
     */
    public record Tablet(
            @DefaultValue("10000") int mailboxOperations,
            @DefaultValue("64MB") DataSize mailboxSize,
            @DefaultValue("1024") int groupOperations,
            @DefaultValue("4MB") DataSize groupSize,
            @DefaultValue("0") int workers,
            @DefaultValue("0") int readThreads,
            @DefaultValue("10000") int readQueue,
            @DefaultValue("24h") Duration idempotencyRetention,
            @DefaultValue("100ms") Duration expiryInterval,
            @DefaultValue("1000") int expiryRows,
            @DefaultValue("10s") Duration idleFlush) {

        public Tablet {
            require(mailboxOperations > 0, "ebla.tablet.mailbox-operations", mailboxOperations);
            require(mailboxSize.toBytes() > 0, "ebla.tablet.mailbox-size", mailboxSize);
            require(groupOperations > 0, "ebla.tablet.group-operations", groupOperations);
            require(groupSize.toBytes() > 0, "ebla.tablet.group-size", groupSize);
            require(workers >= 0, "ebla.tablet.workers", workers);
            require(readThreads >= 0, "ebla.tablet.read-threads", readThreads);
            require(readQueue > 0, "ebla.tablet.read-queue", readQueue);
            require(
                    idempotencyRetention.toMillis() > 0,
                    "ebla.tablet.idempotency-retention",
                    idempotencyRetention);
            require(expiryInterval.toMillis() > 0, "ebla.tablet.expiry-interval", expiryInterval);
            require(expiryRows > 0, "ebla.tablet.expiry-rows", expiryRows);
            require(idleFlush.toMillis() > 0, "ebla.tablet.idle-flush", idleFlush);
        }
    }

    /**
     * What one request may ask for.
     *
     * @param keyPart most bytes of a pk or a sk
     * @param value most bytes of a value
     * @param batch most bytes of a batch
     * @param batchOperations most operations of a batch, and keys of a many read
     * @param pageRows most rows of a page
     * @param pageDefault rows of a page that says nothing
     * @param requestLine most bytes of a request line
     * @param timeout how long a request waits that says nothing
     * @param timeoutMax the longest it may ask for
     * @param requestHeaders most bytes of a request's headers
     * @param tableReady how long the creation of a table waits for its tablets to be served
     * @param unknownTable how long meta's word that there is no table is believed
     * @param idle how long a connection is kept on which the client neither sends nor takes anything
     */
    public record Limits(
            @DefaultValue("1024") int keyPart,
            @DefaultValue("1MB") DataSize value,
            @DefaultValue("1MB") DataSize batch,
            @DefaultValue("1000") int batchOperations,
            @DefaultValue("10000") int pageRows,
            @DefaultValue("1000") int pageDefault,
            @DefaultValue("16KB") DataSize requestLine,
            @DefaultValue("2s") Duration timeout,
            @DefaultValue("60s") Duration timeoutMax,
            @DefaultValue("16KB") DataSize requestHeaders,
            @DefaultValue("10s") Duration tableReady,
            @DefaultValue("200ms") Duration unknownTable,
            @DefaultValue("60s") Duration idle) {

        public Limits {
            require(keyPart > 0, "ebla.limits.key-part", keyPart);
            require(value.toBytes() > 0, "ebla.limits.value", value);
            require(batch.toBytes() > 0, "ebla.limits.batch", batch);
            require(batchOperations > 0, "ebla.limits.batch-operations", batchOperations);
            require(pageRows > 0, "ebla.limits.page-rows", pageRows);
            require(
                    pageDefault > 0 && pageDefault <= pageRows,
                    "ebla.limits.page-default",
                    pageDefault);
            require(requestLine.toBytes() > 0, "ebla.limits.request-line", requestLine);
            require(
                    timeout.toMillis() > 0 && timeout.compareTo(timeoutMax) <= 0,
                    "ebla.limits.timeout",
                    timeout);
            require(idle.toMillis() > 0, "ebla.limits.idle", idle);
        }
    }

    /**
     * Reads and writes of many rows at once.
     *
     * @param answer most bytes of rows in an answer that is not streamed
     * @param chunk bytes of rows made at a time for a stream
     * @param view how long one consistent view of a tablet is held for a reader
     * @param bulkInFlight bytes of one bulk write that may wait for their answers
     * @param bulkErrors failed lines of a bulk write that are told one by one
     */
    public record Ranges(
            @DefaultValue("8MB") DataSize answer,
            @DefaultValue("64KB") DataSize chunk,
            @DefaultValue("60s") Duration view,
            @DefaultValue("4MB") DataSize bulkInFlight,
            @DefaultValue("100") int bulkErrors) {

        public Ranges {
            require(answer.toBytes() > 0, "ebla.ranges.answer", answer);
            require(chunk.toBytes() > 0, "ebla.ranges.chunk", chunk);
            require(view.toMillis() > 0, "ebla.ranges.view", view);
            require(bulkInFlight.toBytes() > 0, "ebla.ranges.bulk-in-flight", bulkInFlight);
            require(bulkErrors >= 0, "ebla.ranges.bulk-errors", bulkErrors);
        }
    }

    private static void require(boolean holds, String name, Object value) {
        if (!holds) {
            throw new IllegalArgumentException(name + " cannot be " + value);
        }
    }
}
