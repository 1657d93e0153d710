package io.ebla.tabletserver.ops;

import io.ebla.core.cluster.MetaApi;
import io.ebla.tabletserver.tablet.TabletHost;
import java.util.List;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Whether this node knows the cluster: it has once taken in a map. From then on it serves by itself, so
 * that a metadata service out of reach does not take it out of rotation.
 */
final class MembershipHealth implements HealthIndicator {

    private final TabletHost host;

    MembershipHealth(TabletHost host) {
        this.host = host;
    }

    @Override
    public Health health() {
        var map = host.directory().map();
        List<MetaApi.TabletStatus> tablets = host.statuses();
        long serving = tablets.stream().filter(MetaApi.TabletStatus::serving).count();
        Health.Builder health = map.version() > 0 ? Health.up() : Health.outOfService();
        return health.withDetail("mapVersion", map.version())
                .withDetail("tablets", tablets.size())
                .withDetail("serving", serving)
                .build();
    }
}
