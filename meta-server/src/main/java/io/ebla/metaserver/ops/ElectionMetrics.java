package io.ebla.metaserver.ops;

import io.ebla.metaserver.election.ElectionObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Counts of the elections that this member conducts while it leads, and how long they take. */
final class ElectionMetrics implements ElectionObserver {

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(1500),
        Duration.ofSeconds(2),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10)
    };

    private final Counter begun;
    private final Counter failed;
    private final Timer won;

    ElectionMetrics(MeterRegistry registry) {
        begun =
                Counter.builder("ebla.meta.elections.begun")
                        .description("rounds begun, of one tablet each")
                        .register(registry);
        failed =
                Counter.builder("ebla.meta.elections.failed")
                        .description("rounds given up, and begun anew with another epoch")
                        .register(registry);
        won =
                Timer.builder("ebla.meta.elections.won")
                        .description("rounds with a recorded winner, by the time they took")
                        .serviceLevelObjectives(BUCKETS)
                        .register(registry);
    }

    @Override
    public void begun(int tablets) {
        begun.increment(tablets);
    }

    @Override
    public void won(long millis) {
        won.record(millis, TimeUnit.MILLISECONDS);
    }

    @Override
    public void failed() {
        failed.increment();
    }
}
