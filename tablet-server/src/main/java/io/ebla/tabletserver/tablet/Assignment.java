package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import java.util.Objects;

/**
 * What the newest map says of one replica here.
 *
 * @param opened whether the map calls it opened: before that it counts for nothing (E10)
 * @param learner whether it only follows
 * @param replicas it and the others
 * @param epoch the highest epoch given out for the tablet
 * @param master the node that masters it in that epoch, null while there is none
 * @param mine whether that is this run of this process (E1)
 */
record Assignment(
        boolean opened,
        boolean learner,
        ReplicaSet replicas,
        long epoch,
        NodeId master,
        boolean mine) {

    Assignment {
        Objects.requireNonNull(replicas);
        if (mine && master == null) {
            throw new IllegalArgumentException("a mastership without a master");
        }
    }

    /** Of the replica on a node that runs as that incarnation. */
    static Assignment of(
            TabletDescriptor tablet,
            ReplicaDescriptor named,
            NodeId self,
            Incarnation incarnation) {
        Mastership master = tablet.master();
        return new Assignment(
                named.opened() && !named.lost(),
                named.learner(),
                ReplicaSet.of(tablet, named),
                tablet.epoch(),
                master == null ? null : master.node(),
                master != null
                        && master.node().equals(self)
                        && master.incarnation().equals(incarnation));
    }
}
