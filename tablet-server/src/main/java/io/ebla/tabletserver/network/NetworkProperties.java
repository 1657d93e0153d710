package io.ebla.tabletserver.network;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The settings of the network between nodes, {@code ebla.replication.*}.
 *
 * @param queueMessages messages that may wait for one node before more are dropped
 * @param queueSize bytes that may wait likewise
 * @param connectTimeout how long a connection to a node may take to come about
 * @param stallTimeout how long a connection may be without a sign of life before it is given up
 * @param reconnectMin first pause before a lost connection is tried again
 * @param reconnectMax longest such pause
 * @param catchUpRate bytes a second that this node sends of snapshots at most
 * @param snapshotStreams snapshots that it sends at a time
 * @param snapshotKeep how long the view of an interrupted one is kept for its receiver to come back
 * @param snapshotStall how long one may be without progress before it is given up
 */
@ConfigurationProperties("ebla.replication")
public record NetworkProperties(
        @DefaultValue("20000") int queueMessages,
        @DefaultValue("32MB") DataSize queueSize,
        @DefaultValue("2s") Duration connectTimeout,
        @DefaultValue("3s") Duration stallTimeout,
        @DefaultValue("20ms") Duration reconnectMin,
        @DefaultValue("1s") Duration reconnectMax,
        @DefaultValue("64MB") DataSize catchUpRate,
        @DefaultValue("2") int snapshotStreams,
        @DefaultValue("60s") Duration snapshotKeep,
        @DefaultValue("30s") Duration snapshotStall) {

    public NetworkProperties {
        require(queueMessages > 0, "queue-messages", queueMessages);
        require(queueSize.toBytes() > 0, "queue-size", queueSize);
        require(connectTimeout.toMillis() > 0, "connect-timeout", connectTimeout);
        require(stallTimeout.toMillis() > 0, "stall-timeout", stallTimeout);
        require(reconnectMin.toMillis() > 0, "reconnect-min", reconnectMin);
        require(reconnectMax.compareTo(reconnectMin) >= 0, "reconnect-max", reconnectMax);
        require(catchUpRate.toBytes() > 0, "catch-up-rate", catchUpRate);
        require(snapshotStreams > 0, "snapshot-streams", snapshotStreams);
        require(snapshotKeep.toMillis() > 0, "snapshot-keep", snapshotKeep);
        require(snapshotStall.toMillis() > 0, "snapshot-stall", snapshotStall);
    }

    NetworkSettings settings() {
        return new NetworkSettings(
                queueMessages,
                queueSize.toBytes(),
                connectTimeout.toMillis(),
                stallTimeout.toMillis(),
                reconnectMin.toMillis(),
                reconnectMax.toMillis());
    }

    SnapshotSettings snapshots() {
        return new SnapshotSettings(
                catchUpRate.toBytes(),
                snapshotStreams,
                2 * snapshotStreams,
                snapshotKeep.toMillis(),
                snapshotStall.toMillis());
    }

    private static void require(boolean holds, String name, Object value) {
        if (!holds) {
            throw new IllegalArgumentException("ebla.replication." + name + " cannot be " + value);
        }
    }
}
