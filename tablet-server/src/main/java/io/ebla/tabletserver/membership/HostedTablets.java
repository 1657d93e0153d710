package io.ebla.tabletserver.membership;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.TabletId;
import java.util.List;

/** What membership needs of the tablets of this node: the seam to test it without an engine. */
interface HostedTablets {

    NodeId self();

    StoreId store();

    Incarnation incarnation();

    /** Takes in a map; an older one is ignored. */
    void update(ClusterMap map);

    List<MetaApi.TabletStatus> statuses();

    /** The wall clock, or the highest time of the tablets here while that is ahead of it (T1). */
    long timeMillis();

    /** Every replica this node holds; may read the disk. */
    List<MetaApi.Holding> holdings();

    /** Replicas that are durably open here, and that the map does not yet call opened. */
    List<MetaApi.Holding> openedUnreported();

    /** Tablets that the map lists as dropped and of which nothing is held here any more. */
    List<TabletId> droppedUnreported();

    /** Replicas that the map lists as retired and of which nothing is held here any more. */
    default List<MetaApi.Retired> retiredUnreported() {
        return List.of();
    }

    /**
     * The leading meta-server told its wall clock.
     *
     * @param askedNanos monotonic time at which it was asked
     */
    default void heardMetaClock(long wallMillis, long askedNanos) {}

    /** Has the listener run whenever one of the lists above may have grown. */
    void onUnreported(Runnable listener);
}
