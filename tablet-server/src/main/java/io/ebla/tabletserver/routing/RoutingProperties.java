package io.ebla.tabletserver.routing;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The settings of what is handed on to other nodes, {@code ebla.routing.*}.
 *
 * @param callsPerNode calls to one node that may be under way before more are refused as overloaded
 * @param sizePerNode bytes of rows in those calls, likewise
 * @param waiting requests that may wait for a master to be found
 * @param breakerCalls the last calls to a node by which it is taken for dead: half of them failed
 * @param breakerOpen how long such a node is left alone before it is tried again
 * @param grace how long an answer of another node may be on its way beyond the request's deadline
 * @param scanPatience how long the next rows of a range may be on their way
 * @param statusPatience how long others are waited for that are asked how their replicas stand
 */
@ConfigurationProperties("ebla.routing")
record RoutingProperties(
        @DefaultValue("2000") int callsPerNode,
        @DefaultValue("64MB") DataSize sizePerNode,
        @DefaultValue("10000") int waiting,
        @DefaultValue("20") int breakerCalls,
        @DefaultValue("250ms") Duration breakerOpen,
        @DefaultValue("200ms") Duration grace,
        @DefaultValue("5s") Duration scanPatience,
        @DefaultValue("1s") Duration statusPatience) {

    RoutingSettings settings() {
        return new RoutingSettings(
                callsPerNode,
                sizePerNode.toBytes(),
                waiting,
                breakerCalls,
                breakerOpen.toMillis(),
                grace.toMillis(),
                scanPatience.toMillis(),
                statusPatience.toMillis());
    }
}
