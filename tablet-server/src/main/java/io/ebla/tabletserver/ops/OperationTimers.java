package io.ebla.tabletserver.ops;

import io.ebla.tabletserver.api.RequestObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Latency histograms per operation and class of status: {@code ebla.requests}.
 *
 * <p>The buckets are few and fixed, and a timer is found without building a key: timing a request has
 * to cost next to nothing beside a read from memory.
 */
final class OperationTimers implements RequestObserver {

    private static final Duration[] BUCKETS = {
        Duration.ofNanos(500_000),
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(2),
        Duration.ofSeconds(5)
    };
    private static final int STATUS_CLASSES = 6;

    private final MeterRegistry registry;
    private final Map<String, AtomicReferenceArray<Timer>> timers = new ConcurrentHashMap<>();

    OperationTimers(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void answered(String operation, int status, long nanos) {
        AtomicReferenceArray<Timer> byStatus = timers.get(operation);
        if (byStatus == null) {
            byStatus =
                    timers.computeIfAbsent(
                            operation, name -> new AtomicReferenceArray<>(STATUS_CLASSES));
        }
        int statusClass = Math.min(status / 100, STATUS_CLASSES - 1);
        Timer timer = byStatus.get(statusClass);
        if (timer == null) {
            timer = register(operation, statusClass);
            byStatus.set(statusClass, timer);
        }
        timer.record(nanos, TimeUnit.NANOSECONDS);
    }

    /** The registry gives the same timer to whoever asks twice. */
    private Timer register(String operation, int statusClass) {
        return Timer.builder("ebla.requests")
                .description("Time to answer a request")
                .tag("operation", operation)
                .tag("status", statusClass + "xx")
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }
}
