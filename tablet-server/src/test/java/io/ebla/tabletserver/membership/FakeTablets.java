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

/** Tablets of a node without an engine: a test says what they hold and report. */
final class FakeTablets implements HostedTablets {

    final BlockingQueue<ClusterMap> maps = new LinkedBlockingQueue<>();
    volatile List<MetaApi.TabletStatus> statuses = List.of();
    volatile List<MetaApi.Holding> holdings = List.of();
    volatile List<MetaApi.Holding> opened = List.of();
    volatile List<TabletId> dropped = List.of();
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
        maps.add(map);
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
    public void onUnreported(Runnable told) {
        listener = told;
    }
}
