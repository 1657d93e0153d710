package io.ebla.tabletserver.network;

import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.replication.SnapshotViews;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Tablets whose chunks are in memory, and how many views of them are open. */
final class FakeViews implements SnapshotViews {

    final ExecutorService readers = Executors.newSingleThreadExecutor();
    final Map<TabletId, List<byte[]>> chunks = new ConcurrentHashMap<>();
    final AtomicInteger open = new AtomicInteger();
    final AtomicLong pinned = new AtomicLong();
    final AtomicLong read = new AtomicLong();

    @Override
    public Optional<PinnedView> pin(TabletId tablet) {
        List<byte[]> content = chunks.get(tablet);
        if (content == null) {
            return Optional.empty();
        }
        open.incrementAndGet();
        long number = pinned.incrementAndGet();
        return Optional.of(
                new PinnedView() {
                    @Override
                    public long epoch() {
                        return 3;
                    }

                    @Override
                    public long index() {
                        return number;
                    }

                    @Override
                    public ByteBuffer chunk(long at) {
                        read.incrementAndGet();
                        return at < content.size() ? ByteBuffer.wrap(content.get((int) at)) : null;
                    }

                    @Override
                    public void close() {
                        open.decrementAndGet();
                    }
                });
    }
}
