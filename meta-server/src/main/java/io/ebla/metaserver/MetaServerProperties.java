package io.ebla.metaserver;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The settings of a meta-server: {@code ebla.*} properties, {@code EBLA_*} variables, or options of the
 * command.
 *
 * @param nodeId the name of this member
 * @param data directory; the metadata is kept in {@code meta} below it
 * @param bind address to listen on
 * @param advertise what others are told, {@code host} or {@code host:port}, "" for what is bound
 * @param clusterSecret shared by the cluster's nodes; "" for the development secret
 * @param peers all members with their Raft addresses, {@code name=host:port}; none when it is alone
 * @param bootstrap whether an empty directory may become a new cluster
 * @param defaultReplicas copies of a table that does not say, 0 for 1 when alone and 3 otherwise
 * @param raft the Raft group
 * @param liveness when a silent node is suspected, and when it is given up
 * @param administration what operators may ask
 */
@ConfigurationProperties("ebla")
public record MetaServerProperties(
        @DefaultValue("dev") String nodeId,
        @DefaultValue("./ebla-data") Path data,
        @DefaultValue("127.0.0.1") String bind,
        @DefaultValue("") String advertise,
        @DefaultValue("") String clusterSecret,
        @DefaultValue List<String> peers,
        @DefaultValue("true") boolean bootstrap,
        @DefaultValue("0") int defaultReplicas,
        @DefaultValue Raft raft,
        @DefaultValue Liveness liveness,
        @DefaultValue Administration administration) {

    public MetaServerProperties {
        peers = List.copyOf(peers);
        require(defaultReplicas >= 0, "ebla.default-replicas", defaultReplicas);
        for (String peer : peers) {
            require(peer.matches("[^=]+=[^=]+:\\d+"), "ebla.peers", peer);
        }
    }

    /**
     * @param electionTimeout a member that hears of no leader for that long, up to twice, stands
     * @param snapshotAfter log entries between snapshots
     */
    public record Raft(
            @DefaultValue("300ms") Duration electionTimeout,
            @DefaultValue("2000") int snapshotAfter) {

        public Raft {
            require(
                    electionTimeout.toMillis() > 0 && electionTimeout.toMillis() <= 60_000,
                    "ebla.raft.election-timeout",
                    electionTimeout);
            require(snapshotAfter > 0, "ebla.raft.snapshot-after", snapshotAfter);
        }
    }

    /** @param rate changes of what is where - moves, drains and the like - that are taken in a second */
    public record Administration(@DefaultValue("50") int rate) {

        public Administration {
            require(rate > 0, "ebla.administration.rate", rate);
        }
    }

    public record Liveness(
            @DefaultValue("1s") Duration suspectAfter, @DefaultValue("2s") Duration downAfter) {

        public Liveness {
            require(suspectAfter.toMillis() > 0, "ebla.liveness.suspect-after", suspectAfter);
            require(downAfter.compareTo(suspectAfter) >= 0, "ebla.liveness.down-after", downAfter);
        }
    }

    /** Where others reach the HTTP server that listens on that port: {@code host:port}. */
    String advertised(int port) {
        if (!advertise.isEmpty()) {
            return advertise.matches(".*:\\d+") ? advertise : advertise + ":" + port;
        }
        boolean any = bind.equals("0.0.0.0") || bind.equals("::");
        return (any ? "127.0.0.1" : bind) + ":" + port;
    }

    /** Copies of a table that does not say. */
    int replicasByDefault() {
        if (defaultReplicas > 0) {
            return defaultReplicas;
        }
        return peers.isEmpty() ? 1 : 3;
    }

    private static void require(boolean holds, String name, Object value) {
        if (!holds) {
            throw new IllegalArgumentException(name + " cannot be " + value);
        }
    }
}
