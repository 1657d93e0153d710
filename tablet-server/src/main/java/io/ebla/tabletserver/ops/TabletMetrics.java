package io.ebla.tabletserver.ops;

import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.tablet.TabletObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;

/** Meters of the write path, over all tablets of the node: group sizes, applied entries, expiries. */
final class TabletMetrics implements TabletObserver {

    private final DistributionSummary groups;
    private final Counter appendedBytes;
    private final Counter applied;
    private final Counter expiries;

    TabletMetrics(MeterRegistry registry) {
        groups =
                DistributionSummary.builder("ebla.tablet.group.operations")
                        .description("Writes that one tablet appended together")
                        .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
                        .register(registry);
        appendedBytes =
                Counter.builder("ebla.tablet.appended").baseUnit("bytes").register(registry);
        applied = Counter.builder("ebla.tablet.applied.entries").register(registry);
        expiries = Counter.builder("ebla.tablet.expiries").register(registry);
    }

    @Override
    public void appended(TabletId tablet, int operations, long bytes) {
        groups.record(operations);
        appendedBytes.increment(bytes);
    }

    @Override
    public void applied(TabletId tablet, int entries) {
        applied.increment(entries);
    }

    @Override
    public void expiring(TabletId tablet) {
        expiries.increment();
    }
}
