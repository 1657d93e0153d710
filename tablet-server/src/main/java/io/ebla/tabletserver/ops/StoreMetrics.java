package io.ebla.tabletserver.ops;

import io.ebla.core.time.Clock;
import io.ebla.tabletserver.store.StoreFigures;
import io.ebla.tabletserver.store.StoreFigures.NodeFigures;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.ToLongFunction;

/** Meters of the disk stores of the node: cache, write buffers, files, stalls and failures. */
final class StoreMetrics implements MeterBinder {

    /** One reading serves all meters of a scrape. */
    private static final long READING_NANOS = 500_000_000L;

    private final StoreFigures figures;
    private final Clock clock;
    private NodeFigures reading;
    private long readAtNanos;

    StoreMetrics(StoreFigures figures, Clock clock) {
        this.figures = figures;
        this.clock = clock;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        gauge(registry, "cache.capacity", "bytes", NodeFigures::blockCacheBytes);
        gauge(registry, "cache.used", "bytes", NodeFigures::blockCacheUsedBytes);
        counter(registry, "cache.hits", null, NodeFigures::blockCacheHits);
        counter(registry, "cache.misses", null, NodeFigures::blockCacheMisses);
        counter(registry, "bloom.skips", null, NodeFigures::bloomSkips);
        gauge(registry, "write.buffers.capacity", "bytes", NodeFigures::writeBufferBytes);
        gauge(registry, "write.buffers.used", "bytes", NodeFigures::writeBufferUsedBytes);
        counter(registry, "read", "bytes", NodeFigures::bytesRead);
        counter(registry, "scanned", "bytes", NodeFigures::bytesScanned);
        counter(registry, "files.read", "bytes", NodeFigures::fileBytesRead);
        counter(registry, "written", "bytes", NodeFigures::bytesWritten);
        counter(registry, "flushed", "bytes", NodeFigures::flushedBytes);
        counter(registry, "compaction.read", "bytes", NodeFigures::compactionReadBytes);
        counter(registry, "compaction.written", "bytes", NodeFigures::compactionWrittenBytes);
        counter(registry, "blobs.written", "bytes", NodeFigures::blobBytesWritten);
        counter(registry, "stalled", "microseconds", NodeFigures::stalledMicros);
        counter(registry, "background.errors", null, NodeFigures::backgroundErrors);
        gauge(registry, "files.size", "bytes", NodeFigures::fileBytes);
    }

    private void gauge(
            MeterRegistry registry, String name, String unit, ToLongFunction<NodeFigures> figure) {
        Gauge.builder("ebla.store." + name, this, self -> figure.applyAsLong(self.reading()))
                .baseUnit(unit)
                .register(registry);
    }

    private void counter(
            MeterRegistry registry, String name, String unit, ToLongFunction<NodeFigures> figure) {
        FunctionCounter.builder(
                        "ebla.store." + name, this, self -> figure.applyAsLong(self.reading()))
                .baseUnit(unit)
                .register(registry);
    }

    private synchronized NodeFigures reading() {
        long now = clock.monotonicNanos();
        if (reading == null || now - readAtNanos > READING_NANOS) {
            reading = figures.node();
            readAtNanos = now;
        }
        return reading;
    }
}
