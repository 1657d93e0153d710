package io.ebla.tabletserver;

import io.ebla.tabletserver.tablet.ReplicationSettings;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The settings of replication, leases and clocks, {@code ebla.replication.*}; those of the connections are
 * in the network's properties, how much log is kept for slaves is {@code ebla.oplog.retention}.
 *
 * @param lease how long a slave's grant holds, from its receipt. Nodes may differ: a master counts on the
 *     shorter of its own and the slave's, so that it is changed node by node, either way
 * @param beat how often a node asks for its leases
 * @param clockDrift by how much two monotonic clocks may run apart, in thousandths
 * @param wallStep by how much wall and monotonic time may part before a lease ends
 * @param stalledSync how long a sync may be pending before leases are neither asked for nor granted
 * @param windowEntries entries that may be under way to one slave
 * @param windowSize bytes that may be
 * @param readSize read from the journal at a time for a slave that catches up; less where the journal's
 *     segments are small
 * @param readRate bytes a second read from the journal for one slave
 * @param probe how long a slave may be silent before it is asked where it stands
 * @param maxClockOffset by how much the wall clocks of nodes may differ; the meta-servers' {@code
 *     ebla.procedure.max-clock-offset} should be the same
 * @param handOver how long a planned hand-over may take before it is given up
 */
@ConfigurationProperties("ebla.replication")
public record ReplicationProperties(
        @DefaultValue("500ms") Duration lease,
        @DefaultValue("100ms") Duration beat,
        @DefaultValue("10") int clockDrift,
        @DefaultValue("10ms") Duration wallStep,
        @DefaultValue("2s") Duration stalledSync,
        @DefaultValue("10000") int windowEntries,
        @DefaultValue("16MB") DataSize windowSize,
        @DefaultValue("1MB") DataSize readSize,
        @DefaultValue("64MB") DataSize readRate,
        @DefaultValue("200ms") Duration probe,
        @DefaultValue("1s") Duration maxClockOffset,
        @DefaultValue("2s") Duration handOver) {

    /** A meta-server waits 4 s for a fence, and a fence for a lease. */
    private static final long LEASE_MILLIS_MAX = 3_000;

    public ReplicationProperties {
        requirePositive("beat", beat);
        require(clockDrift >= 0 && clockDrift < 500, "clock-drift", clockDrift, "0 to 499");
        require(!wallStep.isNegative(), "wall-step", wallStep, "0 or more");
        long held = lease.toMillis() * (1_000 - clockDrift) / 1_000 - wallStep.toMillis();
        require(
                held >= 2 * beat.toMillis(),
                "lease",
                lease,
                "less drift and wall-step it has to outlast two beats of ebla.replication.beat="
                        + beat.toMillis()
                        + "ms, or one that is lost costs the lease; that leaves "
                        + held
                        + "ms");
        require(
                lease.toMillis() <= LEASE_MILLIS_MAX,
                "lease",
                lease,
                "an election waits for it: " + LEASE_MILLIS_MAX + "ms at most");
        requirePositive("stalled-sync", stalledSync);
        require(windowEntries > 0, "window-entries", windowEntries, "above 0");
        requirePositive("window-size", windowSize);
        requirePositive("read-size", readSize);
        require(
                readSize.toBytes() <= windowSize.toBytes(),
                "read-size",
                readSize,
                "at most ebla.replication.window-size=" + windowSize.toBytes() + "B");
        requirePositive("read-rate", readRate);
        requirePositive("probe", probe);
        requirePositive("max-clock-offset", maxClockOffset);
        require(
                maxClockOffset.compareTo(wallStep) > 0,
                "max-clock-offset",
                maxClockOffset,
                "above ebla.replication.wall-step=" + wallStep.toMillis() + "ms");
        requirePositive("hand-over", handOver);
    }

    /** @param appendBytesMax what a journal takes in one append: no slave is sent more */
    ReplicationSettings settings(long appendBytesMax) {
        return new ReplicationSettings(
                lease.toMillis(),
                beat.toMillis(),
                clockDrift,
                wallStep.toMillis(),
                stalledSync.toMillis(),
                windowEntries,
                windowSize.toBytes(),
                Math.toIntExact(Math.min(readSize.toBytes(), appendBytesMax)),
                readRate.toBytes(),
                probe.toMillis(),
                maxClockOffset.toMillis(),
                handOver.toMillis());
    }

    private static void requirePositive(String name, Duration value) {
        require(value.toMillis() > 0, name, value, "above 0");
    }

    private static void requirePositive(String name, DataSize value) {
        require(value.toBytes() > 0, name, value, "above 0");
    }

    private static void require(boolean holds, String name, Object value, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "ebla.replication." + name + " cannot be " + value + ": " + rule);
        }
    }
}
