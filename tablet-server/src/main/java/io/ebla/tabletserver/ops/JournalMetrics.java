package io.ebla.tabletserver.ops;

import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.oplog.OplogObserver;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Meters of the journal: how large its groups are and how long a sync takes. Hears the journal's own
 * thread, and says in the log when the journal stops or starts to take writes.
 */
final class JournalMetrics implements OplogObserver {

    private static final Logger LOG = LoggerFactory.getLogger(JournalMetrics.class);

    private final DistributionSummary groupEntries;
    private final DistributionSummary groupBytes;
    private final Timer syncs;

    JournalMetrics(MeterRegistry registry) {
        groupEntries =
                DistributionSummary.builder("ebla.journal.group.entries")
                        .description("Entries that one sync made durable")
                        .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
                        .register(registry);
        groupBytes =
                DistributionSummary.builder("ebla.journal.group")
                        .description("Bytes that one sync made durable")
                        .baseUnit("bytes")
                        .register(registry);
        syncs =
                Timer.builder("ebla.journal.sync")
                        .description("Time of one sync")
                        .serviceLevelObjectives(
                                Duration.ofNanos(100_000),
                                Duration.ofNanos(250_000),
                                Duration.ofNanos(500_000),
                                Duration.ofMillis(1),
                                Duration.ofMillis(2),
                                Duration.ofMillis(5),
                                Duration.ofMillis(10),
                                Duration.ofMillis(50),
                                Duration.ofMillis(100),
                                Duration.ofSeconds(1))
                        .register(registry);
    }

    @Override
    public void groupSynced(int entries, long bytes, long syncNanos) {
        groupEntries.record(entries);
        groupBytes.record(bytes);
        syncs.record(syncNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void conditionChanged(Oplog.Condition condition) {
        switch (condition) {
            case OPEN -> LOG.info("journal condition=open writes=taken");
            case DISK_FULL -> LOG.warn("journal condition=disk_full writes=refused");
            case FAILED -> LOG.error("journal condition=failed writes=refused");
            case CLOSED -> LOG.info("journal condition=closed");
        }
    }
}
