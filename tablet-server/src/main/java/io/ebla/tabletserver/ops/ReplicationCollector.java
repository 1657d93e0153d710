package io.ebla.tabletserver.ops;

import io.ebla.tabletserver.tablet.ReplicationFigures;
import io.ebla.tabletserver.tablet.ReplicationFigures.FollowerFigures;
import io.ebla.tabletserver.tablet.ReplicationFigures.Lease;
import io.ebla.tabletserver.tablet.TabletHost;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Gauges of the tablets that are mastered here: the lease of each, and how far each follower is. Read at
 * every scrape, so that they come and go with the masterships.
 */
final class ReplicationCollector implements MultiCollector {

    private record OfLease(String name, String help, ToDoubleFunction<ReplicationFigures> value) {}

    private record OfFollower(String name, String help, ToDoubleFunction<FollowerFigures> value) {}

    private static final List<OfLease> LEASES =
            List.of(
                    new OfLease(
                            "held",
                            "1 while this master may answer strong reads",
                            ReplicationCollector::held),
                    new OfLease(
                            "remaining_milliseconds",
                            "For how long it still may without another grant; 0 of the only replica",
                            ReplicationFigures::leaseRemainingMillis));

    private static final List<OfFollower> FOLLOWERS =
            List.of(
                    new OfFollower(
                            "acknowledged_index",
                            "The last entry it acknowledged",
                            FollowerFigures::acknowledgedIndex),
                    new OfFollower(
                            "lag_entries",
                            "Entries it has not acknowledged",
                            FollowerFigures::lagEntries),
                    new OfFollower("lag_bytes", "About their bytes", FollowerFigures::lagBytes),
                    new OfFollower(
                            "lag_milliseconds",
                            "For how long it has lacked what is committed",
                            FollowerFigures::lagMillis),
                    new OfFollower(
                            "window_bytes",
                            "Bytes of log under way to it",
                            FollowerFigures::windowBytes));

    private final TabletHost host;

    ReplicationCollector(TabletHost host) {
        this.host = host;
    }

    @Override
    public MetricSnapshots collect() {
        List<ReplicationFigures> mastered =
                host.replication().stream().filter(each -> each.lease() != Lease.NONE).toList();
        MetricSnapshots.Builder snapshots = MetricSnapshots.builder();
        for (OfLease figure : LEASES) {
            GaugeSnapshot.Builder gauge = gauge("ebla_lease_" + figure.name(), figure.help());
            mastered.forEach(
                    each -> point(gauge, labels(each), figure.value().applyAsDouble(each)));
            snapshots.metricSnapshot(gauge.build());
        }
        for (OfFollower figure : FOLLOWERS) {
            GaugeSnapshot.Builder gauge = gauge("ebla_follower_" + figure.name(), figure.help());
            mastered.forEach(each -> followers(gauge, each, figure));
            snapshots.metricSnapshot(gauge.build());
        }
        snapshots.metricSnapshot(states(mastered));
        return snapshots.build();
    }

    private static void followers(
            GaugeSnapshot.Builder gauge, ReplicationFigures tablet, OfFollower figure) {
        for (FollowerFigures follower : tablet.followers()) {
            Labels labels = labels(tablet).add("node", follower.node().value());
            point(gauge, labels, figure.value().applyAsDouble(follower));
        }
    }

    private static GaugeSnapshot states(List<ReplicationFigures> mastered) {
        GaugeSnapshot.Builder gauge =
                gauge("ebla_follower_state", "1, labelled with what the master does about it");
        for (ReplicationFigures tablet : mastered) {
            for (FollowerFigures follower : tablet.followers()) {
                point(
                        gauge,
                        labels(tablet)
                                .add("node", follower.node().value())
                                .add("state", follower.state()),
                        1);
            }
        }
        return gauge.build();
    }

    private static GaugeSnapshot.Builder gauge(String name, String help) {
        return GaugeSnapshot.builder().name(name).help(help);
    }

    private static void point(GaugeSnapshot.Builder gauge, Labels labels, double value) {
        gauge.dataPoint(GaugeDataPointSnapshot.builder().labels(labels).value(value).build());
    }

    private static Labels labels(ReplicationFigures tablet) {
        return Labels.of("table", tablet.table().value(), "tablet", tablet.tablet().text());
    }

    private static double held(ReplicationFigures tablet) {
        return tablet.lease() == Lease.LOST ? 0 : 1;
    }
}
