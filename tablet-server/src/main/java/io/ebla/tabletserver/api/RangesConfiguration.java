package io.ebla.tabletserver.api;

import io.ebla.core.time.Clock;
import io.ebla.tabletserver.TabletServerProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

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
}
