package io.ebla.tabletserver.ops;

import io.ebla.tabletserver.network.GrpcReplicaNetwork;
import io.ebla.tabletserver.network.NodeTraffic;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Collection;
import java.util.List;
import java.util.function.ToLongFunction;

/** Counters of what replication sends to and hears from each other node. */
final class NetworkCollector implements MultiCollector {

    private record Figure(String name, String help, ToLongFunction<NodeTraffic> value) {}

    private static final List<Figure> FIGURES =
            List.of(
                    new Figure("sent_messages", "Messages sent to it", NodeTraffic::sentMessages),
                    new Figure("sent_bytes", "Bytes of them", NodeTraffic::sentBytes),
                    new Figure(
                            "received_messages",
                            "Messages that came from it",
                            NodeTraffic::receivedMessages),
                    new Figure("received_bytes", "Bytes of them", NodeTraffic::receivedBytes),
                    new Figure(
                            "dropped_messages",
                            "Messages to it that found its queue full or its connection broken",
                            NodeTraffic::droppedMessages),
                    new Figure(
                            "snapshot_sent_bytes",
                            "Bytes of snapshots sent to it, those sent again included",
                            NodeTraffic::snapshotSentBytes),
                    new Figure(
                            "snapshot_received_bytes",
                            "Bytes of snapshots that came from it",
                            NodeTraffic::snapshotReceivedBytes));

    private final GrpcReplicaNetwork network;

    NetworkCollector(GrpcReplicaNetwork network) {
        this.network = network;
    }

    @Override
    public MetricSnapshots collect() {
        Collection<NodeTraffic> traffic = network.traffic();
        MetricSnapshots.Builder snapshots = MetricSnapshots.builder();
        for (Figure figure : FIGURES) {
            CounterSnapshot.Builder counter =
                    CounterSnapshot.builder()
                            .name("ebla_replication_" + figure.name())
                            .help(figure.help());
            for (NodeTraffic one : traffic) {
                counter.dataPoint(
                        CounterDataPointSnapshot.builder()
                                .labels(Labels.of("node", one.node().value()))
                                .value(figure.value().applyAsLong(one))
                                .build());
            }
            snapshots.metricSnapshot(counter.build());
        }
        return snapshots.build();
    }
}
