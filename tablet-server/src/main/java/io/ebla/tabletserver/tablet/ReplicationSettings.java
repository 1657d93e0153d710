package io.ebla.tabletserver.tablet;

/**
 * The numbers of replication and leases.
 *
 * @param leaseMillis how long a grant holds at the follower, from its receipt; a master counts on what is
 *     shorter, its own or its follower's
 * @param beatMillis how often a node asks for its leases
 * @param driftPerMille by how much two monotonic clocks may run apart: the master counts so much less
 * @param wallStepMillis by how much wall and monotonic time may part before a lease ends (E9); the
 *     master counts so much less, too
 * @param stalledSyncMillis how long a sync may be pending before leases are neither asked for nor
 *     granted (L3)
 * @param windowEntries entries that may be under way to one follower
 * @param windowBytes bytes that may be
 * @param readBytes read from the log at a time for a follower that catches up
 * @param catchUpBytesPerSecond read from the log for one follower
 * @param probeMillis how long a follower may be silent before it is asked where it stands
 * @param maxClockOffsetMillis followers refuse entries stamped further ahead of their wall clock (T2)
 * @param handOverMillis how long a hand-over may take before it is given up (E12)
 */
public record ReplicationSettings(
        long leaseMillis,
        long beatMillis,
        int driftPerMille,
        long wallStepMillis,
        long stalledSyncMillis,
        int windowEntries,
        long windowBytes,
        int readBytes,
        long catchUpBytesPerSecond,
        long probeMillis,
        long maxClockOffsetMillis,
        long handOverMillis) {

    public static final ReplicationSettings DEFAULTS =
            new ReplicationSettings(
                    500, 100, 10, 10, 2_000, 10_000, 16L << 20, 1 << 20, 64L << 20, 200, 1_000,
                    2_000);

    public ReplicationSettings {
        if (leaseMillis <= 0
                || beatMillis <= 0
                || driftPerMille < 0
                || driftPerMille >= 1_000
                || wallStepMillis < 0
                || stalledSyncMillis <= 0
                || windowEntries <= 0
                || windowBytes <= 0
                || readBytes <= 0
                || catchUpBytesPerSecond <= 0
                || probeMillis <= 0
                || maxClockOffsetMillis <= 0
                || handOverMillis <= 0) {
            throw new IllegalArgumentException("a bound of replication is not one: " + this);
        }
        if (leaseMillis * (1_000 - driftPerMille) / 1_000 <= wallStepMillis + beatMillis) {
            throw new IllegalArgumentException(
                    "a lease of " + leaseMillis + " ms does not outlast a beat");
        }
    }

    /**
     * How long the master counts on a grant, from the sending of the beat that asked for it.
     *
     * @param grantedMillis how long the follower is bound by it
     */
    long heldNanos(long grantedMillis) {
        long bothMillis = Math.min(leaseMillis, grantedMillis);
        return (bothMillis * (1_000 - driftPerMille) / 1_000 - wallStepMillis) * 1_000_000L;
    }

    long leaseNanos() {
        return leaseMillis * 1_000_000L;
    }
}
