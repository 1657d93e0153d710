package io.ebla.tabletserver.routing;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.wire.RowsFollowerStatus;
import io.ebla.tabletserver.wire.RowsReplicaStatus;
import io.ebla.tabletserver.wire.RowsStatus;
import java.util.HashMap;
import java.util.Map;

/** Where replicas stand, as {@code rows.proto} has it, and back. */
final class StatusCodec {

    private StatusCodec() {}

    static RowsStatus wire(Map<TabletId, ReplicaStatus> statuses) {
        RowsStatus.Builder wire = RowsStatus.newBuilder();
        statuses.forEach((tablet, status) -> wire.addReplicas(wire(tablet, status)));
        return wire.build();
    }

    private static RowsReplicaStatus.Builder wire(TabletId tablet, ReplicaStatus status) {
        RowsReplicaStatus.Builder wire =
                RowsReplicaStatus.newBuilder()
                        .setTablet(tablet.value())
                        .setReplica(status.replica().value())
                        .setServing(status.serving())
                        .setAppliedIndex(status.appliedIndex())
                        .setCommittedIndex(status.committedIndex())
                        .setRows(status.rows())
                        .setBytes(status.bytes());
        status.lagMillis()
                .forEach(
                        (node, lag) ->
                                wire.addFollowers(
                                        RowsFollowerStatus.newBuilder()
                                                .setNode(node.value())
                                                .setLagMillis(lag)));
        return wire;
    }

    static Map<TabletId, ReplicaStatus> statuses(RowsStatus wire) {
        Map<TabletId, ReplicaStatus> statuses = new HashMap<>();
        for (RowsReplicaStatus one : wire.getReplicasList()) {
            statuses.put(new TabletId(one.getTablet()), status(one));
        }
        return statuses;
    }

    private static ReplicaStatus status(RowsReplicaStatus wire) {
        Map<NodeId, Long> lags = new HashMap<>();
        wire.getFollowersList()
                .forEach(each -> lags.put(new NodeId(each.getNode()), each.getLagMillis()));
        return new ReplicaStatus(
                new ReplicaId(wire.getReplica()),
                wire.getServing(),
                wire.getAppliedIndex(),
                wire.getCommittedIndex(),
                wire.getRows(),
                wire.getBytes(),
                lags);
    }
}
