package io.ebla.metaserver.ops;

import io.ebla.metaserver.cluster.MetadataTablet;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Whether this member takes part: it leads, or follows a leader that it knows, so that calls made to it are
 * answered. One that waits to be taken in, or is cut off from the majority, does not.
 */
final class MetadataHealth implements HealthIndicator {

    private final MetadataTablet metadata;

    MetadataHealth(MetadataTablet metadata) {
        this.metadata = metadata;
    }

    @Override
    public Health health() {
        MetadataTablet.Membership membership = metadata.membership();
        boolean follows =
                !membership.leader().isEmpty() && !membership.leader().equals(membership.self());
        Health.Builder health = metadata.leads() || follows ? Health.up() : Health.outOfService();
        return health.withDetail("member", membership.self())
                .withDetail("leader", membership.leader())
                .withDetail("members", membership.members())
                .build();
    }
}
