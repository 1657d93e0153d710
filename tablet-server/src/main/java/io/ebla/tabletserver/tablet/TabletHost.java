package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.TabletId;
import java.util.List;
import java.util.concurrent.Executor;

/** All tablets of one node, and what they share: journal, stores, worker threads, read threads. */
public final class TabletHost implements AutoCloseable {

    TabletHost() {}

    public NodeId self() {
        throw new UnsupportedOperationException();
    }

    /** The data directory's own random name. */
    public StoreId store() {
        throw new UnsupportedOperationException();
    }

    /** This run of the process. */
    public Incarnation incarnation() {
        throw new UnsupportedOperationException();
    }

    public TabletDirectory directory() {
        throw new UnsupportedOperationException();
    }

    /**
     * Bounded threads for everything that may touch a disk; refuses with {@link
     * java.util.concurrent.RejectedExecutionException} when its queue is full.
     */
    public Executor readExecutor() {
        throw new UnsupportedOperationException();
    }

    /** Takes in a map: opens, promotes and drops tablets. An older map is ignored. Any thread. */
    public void update(ClusterMap map) {
        throw new UnsupportedOperationException();
    }

    public List<MetaApi.TabletStatus> statuses() {
        throw new UnsupportedOperationException();
    }

    /** Every replica this node holds: what it registers with. */
    public List<MetaApi.Holding> holdings() {
        throw new UnsupportedOperationException();
    }

    /** Replicas that are durably open here, and that the map does not yet call opened. */
    public List<MetaApi.Holding> openedUnreported() {
        throw new UnsupportedOperationException();
    }

    /** Tablets that the map lists as dropped and of which nothing is held here any more. */
    public List<TabletId> droppedUnreported() {
        throw new UnsupportedOperationException();
    }

    /** Has {@code listener} run whenever one of the two lists above may have grown. */
    public void onUnreported(Runnable listener) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
