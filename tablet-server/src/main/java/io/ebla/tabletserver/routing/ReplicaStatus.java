package io.ebla.tabletserver.routing;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import java.util.HashMap;
import java.util.Map;

/**
 * Where one replica stands, as its node says.
 *
 * @param replica its name: a node may hold another one of the tablet than the map means
 * @param serving whether it is master and serves
 * @param rows rows in its store
 * @param bytes their keys and values
 * @param lagMillis of a master: for how long each follower has been behind what is committed
 */
public record ReplicaStatus(
        ReplicaId replica,
        boolean serving,
        long appliedIndex,
        long committedIndex,
        long rows,
        long bytes,
        Map<NodeId, Long> lagMillis) {

    public ReplicaStatus {
        lagMillis = Map.copyOf(lagMillis);
    }

    static ReplicaStatus of(MetaApi.TabletStatus status) {
        Map<NodeId, Long> lags = new HashMap<>();
        status.followers().forEach(each -> lags.put(each.node(), each.lagMillis()));
        return new ReplicaStatus(
                status.replica(),
                status.serving(),
                status.appliedIndex(),
                status.committedIndex(),
                status.rows(),
                status.bytes(),
                lags);
    }
}
