package io.ebla.tabletserver.membership;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import java.util.ArrayList;
import java.util.List;

/** The one tablet that the maps of these tests tell of, and that the node under test is master of. */
final class KnownTablet {

    static final TabletId TABLET = new TabletId(1);
    static final MetaApi.Holding HOLDING = new MetaApi.Holding(TABLET, ReplicaId.of("replica-1"));

    static ClusterMap map(long version) {
        TabletDescriptor tablet =
                new TabletDescriptor(
                        TABLET,
                        TableName.of("books"),
                        "",
                        "",
                        List.of(
                                new ReplicaDescriptor(
                                        NodeId.of("t1"), HOLDING.replica(), true, false)),
                        1,
                        new Mastership(1, NodeId.of("t1"), Incarnation.of("run-1")));
        return new ClusterMap(
                "cluster-1", 1, version, List.of(), List.of(), List.of(tablet), List.of());
    }

    static ClusterMap replicated(long version) {
        TabletDescriptor one = map(version).tablets().get(0);
        List<ReplicaDescriptor> replicas = new ArrayList<>(one.replicas());
        replicas.add(
                new ReplicaDescriptor(NodeId.of("t2"), ReplicaId.of("replica-2"), true, false));
        ClusterMap map = map(version);
        return new ClusterMap(
                map.clusterId(),
                map.generation(),
                version,
                map.nodes(),
                map.tables(),
                List.of(one.withReplicas(replicas, List.of())),
                List.of());
    }

    static MetaApi.TabletStatus status() {
        return status(true, MetaApi.ReplicaCondition.HEALTHY);
    }

    static MetaApi.TabletStatus status(boolean serving, MetaApi.ReplicaCondition condition) {
        return new MetaApi.TabletStatus(
                TABLET,
                ReplicaId.of("r1"),
                1,
                serving,
                1,
                0,
                condition,
                0,
                0,
                0,
                0,
                0,
                List.of(),
                null,
                0,
                true);
    }

    private KnownTablet() {}
}
