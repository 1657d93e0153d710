package io.ebla.tabletserver.ops;

import io.ebla.tabletserver.oplog.Oplog;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Whether the journal takes writes. A full disk is told but leaves the node up: it still answers reads
 * and recovers by itself. A failed sync is down for good.
 */
final class JournalHealth implements HealthIndicator {

    private final Oplog journal;

    JournalHealth(Oplog journal) {
        this.journal = journal;
    }

    @Override
    public Health health() {
        Oplog.Condition condition = journal.condition();
        Health.Builder health =
                switch (condition) {
                    case OPEN, DISK_FULL -> Health.up();
                    case FAILED -> Health.down();
                    case CLOSED -> Health.outOfService();
                };
        return health.withDetail("condition", condition.name().toLowerCase(java.util.Locale.ROOT))
                .withDetail("bytes", journal.sizeBytes())
                .build();
    }
}
