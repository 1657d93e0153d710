package io.ebla.tabletserver.ops;

import io.ebla.tabletserver.routing.Routing;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Gauges of the ways to other nodes. */
final class RoutingCollector implements MultiCollector {

    private final Routing routing;

    RoutingCollector(Routing routing) {
        this.routing = routing;
    }

    @Override
    public MetricSnapshots collect() {
        List<Routing.NodeFigures> nodes = routing.figures();
        return MetricSnapshots.of(
                gauge(
                        "calls",
                        "Calls to it that are not answered",
                        nodes,
                        Routing.NodeFigures::callsUnderWay),
                gauge(
                        "breaker_open",
                        "1 while its circuit breaker lets nothing through",
                        nodes,
                        node -> node.open() ? 1 : 0),
                GaugeSnapshot.builder()
                        .name("ebla_routing_waiting")
                        .help("Requests that wait until somebody can take them")
                        .dataPoint(
                                GaugeDataPointSnapshot.builder()
                                        .value(routing.waitingRequests())
                                        .build())
                        .build());
    }

    private static GaugeSnapshot gauge(
            String name,
            String help,
            List<Routing.NodeFigures> nodes,
            ToDoubleFunction<Routing.NodeFigures> value) {
        GaugeSnapshot.Builder gauge =
                GaugeSnapshot.builder().name("ebla_routing_" + name).help(help);
        for (Routing.NodeFigures node : nodes) {
            gauge.dataPoint(
                    GaugeDataPointSnapshot.builder()
                            .labels(Labels.of("node", node.node().value()))
                            .value(value.applyAsDouble(node))
                            .build());
        }
        return gauge.build();
    }
}
