package io.ebla.metaserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetadataTablet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Handing out the state to those who wait for a newer one.
 *
 * <p>Waiters are released on an executor, never on the thread that applies commands.
 */
final class MapCalls {

    /** Callers that may wait at the same time. */
    private static final int WAITERS_MAX = 10_000;

    private record Waiter(
            long generation, long version, CompletableFuture<Optional<ClusterState>> answer) {}

    private final Set<Waiter> waiters = ConcurrentHashMap.newKeySet();
    private final AtomicInteger waiting = new AtomicInteger();
    private final MetadataTablet metadata;
    private final Executor executor;

    MapCalls(MetadataTablet metadata, Executor executor) {
        this.metadata = metadata;
        this.executor = executor;
        metadata.onChange((before, after) -> release(after));
    }

    /** The state once it is newer than that, or nothing when the wait runs out first. */
    CompletableFuture<Optional<ClusterState>> newer(
            long generation, long version, long waitMillis) {
        ClusterState now = metadata.state();
        if (now.newerThan(generation, version)) {
            return CompletableFuture.completedFuture(Optional.of(now));
        }
        if (waitMillis <= 0) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        if (waiting.incrementAndGet() > WAITERS_MAX) {
            waiting.decrementAndGet();
            throw new EblaException(
                    ErrorCode.OVERLOADED, WAITERS_MAX + " callers wait for a newer map already");
        }
        Waiter waiter = new Waiter(generation, version, new CompletableFuture<>());
        waiters.add(waiter);
        waiter.answer().completeOnTimeout(Optional.empty(), waitMillis, TimeUnit.MILLISECONDS);
        waiter.answer().whenComplete((state, failure) -> forget(waiter));
        release(metadata.state());
        return waiter.answer();
    }

    private void forget(Waiter waiter) {
        if (waiters.remove(waiter)) {
            waiting.decrementAndGet();
        }
    }

    private void release(ClusterState state) {
        for (Waiter waiter : waiters) {
            if (state.newerThan(waiter.generation(), waiter.version())) {
                executor.execute(() -> waiter.answer().complete(Optional.of(state)));
            }
        }
    }
}
