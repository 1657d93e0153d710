package io.ebla.tabletserver.ops;

import io.ebla.core.cluster.NodeId;
import io.ebla.tabletserver.routing.RoutingObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Counts of what is handed on to other nodes, and of what is tried again. */
final class RoutingMetrics implements RoutingObserver {

    private record Kind(NodeId to, String operation, Forwarded how) {}

    private final MeterRegistry registry;
    private final Map<Kind, Counter> forwards = new ConcurrentHashMap<>();
    private final Counter repeats;

    RoutingMetrics(MeterRegistry registry) {
        this.registry = registry;
        repeats =
                Counter.builder("ebla.routing.repeats")
                        .description("Requests tried again after an attempt that had no answer")
                        .register(registry);
    }

    @Override
    public void forwarded(NodeId to, String operation, Forwarded how) {
        forwards.computeIfAbsent(new Kind(to, operation, how), this::counter).increment();
    }

    private Counter counter(Kind kind) {
        return Counter.builder("ebla.routing.forwards")
                .description("Calls to other nodes, by how they ended")
                .tag("node", kind.to().value())
                .tag("operation", kind.operation())
                .tag("result", kind.how().name().toLowerCase(Locale.ROOT))
                .register(registry);
    }

    @Override
    public void repeated() {
        repeats.increment();
    }
}
