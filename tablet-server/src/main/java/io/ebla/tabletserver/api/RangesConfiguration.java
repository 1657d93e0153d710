package io.ebla.tabletserver.api;

import io.ebla.core.time.Clock;
import io.ebla.tabletserver.TabletServerProperties;
import io.ebla.tabletserver.condition.Conditions;
import io.ebla.tabletserver.routing.Routing;
import io.ebla.tabletserver.tablet.TabletHost;
import java.util.Map;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;

/** What the API offers for many rows at once: ranges, bulk writes, batches and many reads. */
@Configuration(proxyBeanMethods = false)
class RangesConfiguration {

    @Bean
    RangeLimits rangeLimits(TabletServerProperties properties) {
        return RangeLimits.of(properties.ranges());
    }

    @Bean
    TableResource batches(Tables tables, Keys keys, ApiLimits limits, Clock clock) {
        return new BatchHandler(tables, keys, limits, clock).resource();
    }

    @Bean
    TableResource manyReads(
            Tables tables, Keys keys, ApiLimits limits, RangeLimits rangeLimits, Clock clock) {
        return new ManyHandler(tables, keys, limits, rangeLimits, clock).resource();
    }

    /**
     * Compiles a first condition once the server is ready, beside its work: loading the language takes
     * a second, and would hold up the connections of the first caller's event loop.
     */
    @Bean
    ApplicationListener<ApplicationReadyEvent> conditionsWarmUp(TabletHost host) {
        return ready ->
                host.readExecutor()
                        .execute(() -> Conditions.compile("pk == nil || data.n + 1.5 > 2"));
    }

    @Bean
    RangeReads rangeReads(TabletHost host, Routing routing, Clock clock, RangeLimits limits) {
        return new RangeReads(host.readExecutor(), RangeReads.Tablets.of(routing), clock, limits);
    }

    @Bean
    TableResource ranges(
            Tables tables,
            Keys keys,
            ApiLimits limits,
            RangeLimits rangeLimits,
            RangeReads reads,
            Clock clock) {
        RangeHandler read = new RangeHandler(tables, keys, limits, rangeLimits, reads);
        BulkHandler write = new BulkHandler(tables, keys, limits, rangeLimits, clock);
        RangeDeleteHandler delete = new RangeDeleteHandler(tables, keys, limits, reads, clock);
        return new TableResource(
                "rows",
                Map.of(
                        HttpMethod.GET, read::get,
                        HttpMethod.POST, write::post,
                        HttpMethod.DELETE, delete::delete));
    }
}
