package io.ebla.tabletserver.ops;

import io.ebla.tabletserver.tablet.AckWaits;
import io.ebla.tabletserver.tablet.ReplicationCounters;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/** What happened in the replication of the node since it began: counts, and how long answers waited. */
final class ReplicationCounts implements MultiCollector {

    private record Figure(String name, String help, ToLongFunction<ReplicationCounters> value) {}

    private static final List<Figure> COUNTS =
            List.of(
                    new Figure(
                            "elections_won",
                            "Masterships that began here",
                            ReplicationCounters::termsBegun),
                    new Figure(
                            "masterships_ended",
                            "Masterships here that ended for another epoch",
                            ReplicationCounters::stepDowns),
                    new Figure(
                            "masterships_handed_over",
                            "Of those, the ones that were handed over as planned",
                            ReplicationCounters::handOvers),
                    new Figure("reverts", "Writes taken back", ReplicationCounters::reverts),
                    new Figure(
                            "reverts_superseded",
                            "Writes that stay, for a later one rests on them",
                            ReplicationCounters::supersededReverts),
                    new Figure(
                            "catch_up_bytes",
                            "Bytes of log read for followers that had fallen behind",
                            ReplicationCounters::catchUpBytes),
                    new Figure(
                            "rebuilds",
                            "Followers told to fetch a snapshot",
                            ReplicationCounters::rebuilds),
                    new Figure(
                            "log_cuts",
                            "Ends of logs here that were cut off, as their masters' were others",
                            ReplicationCounters::cuts),
                    new Figure(
                            "clock_refusals",
                            "Appends refused because their master's clock was too far ahead",
                            ReplicationCounters::clockRefusals));

    private final ReplicationCounters counters;

    ReplicationCounts(ReplicationCounters counters) {
        this.counters = counters;
    }

    @Override
    public MetricSnapshots collect() {
        MetricSnapshots.Builder all = MetricSnapshots.builder();
        COUNTS.forEach(figure -> all.metricSnapshot(counter(figure)));
        return all.metricSnapshot(acks()).build();
    }

    private CounterSnapshot counter(Figure figure) {
        return CounterSnapshot.builder()
                .name("ebla_" + figure.name())
                .help(figure.help())
                .dataPoint(
                        CounterDataPointSnapshot.builder()
                                .value(figure.value().applyAsLong(counters))
                                .build())
                .build();
    }

    private HistogramSnapshot acks() {
        HistogramSnapshot.Builder histogram =
                HistogramSnapshot.builder()
                        .name("ebla_acks_seconds")
                        .help("How long writes waited for the copies they asked for");
        for (AckWaits waits : counters.acks()) {
            histogram.dataPoint(
                    HistogramDataPointSnapshot.builder()
                            .labels(Labels.of("acks", waits.kind().name().toLowerCase(Locale.ROOT)))
                            .classicHistogramBuckets(buckets(waits))
                            .sum(waits.sumSeconds())
                            .build());
        }
        return histogram.build();
    }

    private static ClassicHistogramBuckets buckets(AckWaits waits) {
        double[] bounds = AckWaits.boundsSeconds();
        long[] counts = waits.counts();
        ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
        for (int i = 0; i < counts.length; i++) {
            buckets.bucket(i < bounds.length ? bounds[i] : Double.POSITIVE_INFINITY, counts[i]);
        }
        return buckets.build();
    }
}
