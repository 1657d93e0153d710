package io.ebla.tabletserver.tablet;

import java.util.Objects;

/**
 * The numbers of one node's tablets together.
 *
 * @param tablet of each of them
 * @param workers threads that run writers
 * @param readThreads threads for reads that may touch a disk
 * @param readQueue reads that may wait for those threads
 * @param tickMillis how often deadlines are looked at
 * @param flushCheckMillis how often journal and stores are looked at
 * @param flushAboveBytes journal size from which stores that pin its oldest part are flushed (L4)
 * @param idleFlushMillis how long a tablet without writes keeps unflushed rows
 * @param drainMillis how long a graceful stop waits for writes in flight
 * @param failedGraceMillis how long reads go on after a failed sync before the process ends (L3)
 * @param replication of its tablets with others
 */
public record HostSettings(
        TabletSettings tablet,
        int workers,
        int readThreads,
        int readQueue,
        long tickMillis,
        long flushCheckMillis,
        long flushAboveBytes,
        long idleFlushMillis,
        long drainMillis,
        long failedGraceMillis,
        ReplicationSettings replication) {

    public static final HostSettings DEFAULTS =
            new HostSettings(
                    TabletSettings.DEFAULTS,
                    2,
                    4,
                    10_000,
                    10,
                    250,
                    512L << 20,
                    10_000,
                    10_000,
                    3_000);

    /** With the usual numbers of replication. */
    public HostSettings(
            TabletSettings tablet,
            int workers,
            int readThreads,
            int readQueue,
            long tickMillis,
            long flushCheckMillis,
            long flushAboveBytes,
            long idleFlushMillis,
            long drainMillis,
            long failedGraceMillis) {
        this(
                tablet,
                workers,
                readThreads,
                readQueue,
                tickMillis,
                flushCheckMillis,
                flushAboveBytes,
                idleFlushMillis,
                drainMillis,
                failedGraceMillis,
                ReplicationSettings.DEFAULTS);
    }

    public HostSettings {
        Objects.requireNonNull(replication);
        Objects.requireNonNull(tablet);
        if (workers <= 0
                || readThreads <= 0
                || readQueue <= 0
                || tickMillis <= 0
                || flushCheckMillis <= 0
                || flushAboveBytes <= 0
                || idleFlushMillis <= 0
                || drainMillis <= 0
                || failedGraceMillis < 0) {
            throw new IllegalArgumentException("a bound of a node must be positive");
        }
    }
}
