package io.ebla.tabletserver.membership;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.network.ClusterNodes;
import io.ebla.tabletserver.tablet.TabletHost;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The tablets of the {@link TabletHost}.
 *
 * @param nodes hears of the other nodes before the tablets begin to talk to them
 */
record LocalTablets(TabletHost host, ClusterNodes nodes) implements HostedTablets, FencedTablets {

    @Override
    public NodeId self() {
        return host.self();
    }

    @Override
    public StoreId store() {
        return host.store();
    }

    @Override
    public Incarnation incarnation() {
        return host.incarnation();
    }

    @Override
    public void update(ClusterMap map) {
        nodes.update(map);
        host.update(map);
    }

    @Override
    public List<MetaApi.TabletStatus> statuses() {
        return host.statuses();
    }

    @Override
    public long timeMillis() {
        return host.timeMillis();
    }

    @Override
    public List<MetaApi.Holding> holdings() {
        return host.holdings();
    }

    @Override
    public List<MetaApi.Holding> openedUnreported() {
        return host.openedUnreported();
    }

    @Override
    public List<TabletId> droppedUnreported() {
        return host.droppedUnreported();
    }

    @Override
    public void onUnreported(Runnable listener) {
        host.onUnreported(listener);
    }

    @Override
    public List<MetaApi.Retired> retiredUnreported() {
        return host.retiredUnreported();
    }

    @Override
    public void heardMetaClock(long wallMillis, long askedNanos) {
        host.heardMetaClock(wallMillis, askedNanos);
    }

    @Override
    public CompletableFuture<NodeApi.Fenced> fence(NodeApi.Fence fence) {
        return host.metaCalls().fence(fence);
    }

    @Override
    public CompletableFuture<NodeApi.SplitAnswer> split(NodeApi.Split split) {
        return host.metaCalls().split(split);
    }

    @Override
    public CompletableFuture<NodeApi.Joined> join(NodeApi.Join join) {
        return host.metaCalls().join(join);
    }

    @Override
    public CompletableFuture<NodeApi.SealAnswer> seal(NodeApi.Seal seal) {
        return host.metaCalls().seal(seal);
    }

    @Override
    public CompletableFuture<NodeApi.SplitKey> splitKey(NodeApi.AskSplitKey asked) {
        return host.metaCalls().splitKey(asked);
    }

    @Override
    public CompletableFuture<NodeApi.HandedOver> handOver(NodeApi.HandOver handOver) {
        return host.metaCalls().handOver(handOver);
    }
}
