package io.ebla.tabletserver.membership;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.TabletId;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Tablets of a node without an engine: a test says what they hold and report. */
final class FakeTablets implements HostedTablets {

    final BlockingQueue<ClusterMap> maps = new LinkedBlockingQueue<>();
    volatile List<MetaApi.TabletStatus> statuses = List.of();
    volatile long timeMillis = System.currentTimeMillis();
    volatile List<MetaApi.Holding> holdings = List.of();
    volatile List<MetaApi.Holding> opened = List.of();
    volatile List<TabletId> dropped = List.of();
    volatile List<MetaApi.Retired> retired = List.of();

    /** So many of the next maps break on their way in. */
    final AtomicInteger updatesToBreak = new AtomicInteger();

    private volatile Runnable listener = () -> {};

    void changed() {
        listener.run();
    }

    @Override
    public NodeId self() {
        return NodeId.of("t1");
    }

    @Override
    public StoreId store() {
        return StoreId.of("store-1");
    }

    @Override
    public Incarnation incarnation() {
        return Incarnation.of("run-1");
    }

    @Override
    public void update(ClusterMap map) {
        if (updatesToBreak.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new IllegalStateException("broken");
        }
        maps.add(map);
    }

    @Override
    public long timeMillis() {
        return timeMillis;
    }

    @Override
    public List<MetaApi.TabletStatus> statuses() {
        return statuses;
    }

    @Override
    public List<MetaApi.Holding> holdings() {
        return holdings;
    }

    @Override
    public List<MetaApi.Holding> openedUnreported() {
        return opened;
    }

    @Override
    public List<TabletId> droppedUnreported() {
        return dropped;
    }

    @Override
    public List<MetaApi.Retired> retiredUnreported() {
        return retired;
    }

    @Override
    public void onUnreported(Runnable told) {
        listener = told;
    }
}
