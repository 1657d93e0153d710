package io.ebla.metaserver.ops;

import io.ebla.metaserver.procedure.OperationObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** Counts of the phases that operations came to while this member led, and after which time. */
final class OperationMetrics implements OperationObserver {

    private final MeterRegistry registry;

    OperationMetrics(MeterRegistry registry) {
        this.registry = registry;
        reached("move", "done"); // so that the series is there before the first one
    }

    private Timer reached(String kind, String phase) {
        return Timer.builder("ebla.meta.operations.reached")
                .description("phases that operations came to, by the time since their begin")
                .tag("kind", kind)
                .tag("phase", phase)
                .register(registry);
    }

    @Override
    public void reached(String kind, String phase, long millis) {
        reached(kind, phase).record(millis, TimeUnit.MILLISECONDS);
    }
}
