package io.ebla.core.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Objects;

/**
 * The messages between tablet servers and meta-servers: JSON over HTTP under {@link #ROOT}, never
 * meant for users. Every request carries {@link #SECRET_HEADER}. Failures are the problems of the
 * public contract.
 *
 * <pre>
 *   POST   nodes                    Register          -> ClusterMap   (elects where it is needed)
 *   POST   nodes/{id}/heartbeat     Heartbeat         -> Heard        (never enters the Raft log)
 *   GET    map?generation=&version=&waitMillis=       -> ClusterMap, or 204 when nothing newer came
 *   POST   tablets/opened           Opened            -> ClusterMap
 *   POST   tablets/dropped          Dropped           -> 204
 *   POST   tables                   CreateTable       -> TableCreated (409 when it differs)
 *   PATCH  tables/{name}            ChangeTable       -> TableDescriptor
 *   DELETE tables/{name}                              -> 204, 404
 *   GET    cluster                                    -> ClusterDescription
 *   GET    cluster/operations/{id}                    -> ClusterDescription.Operation, 404
 *   PUT    cluster/meta/{id}        MetaAddress       -> 202 Begun
 *   DELETE cluster/meta/{id}                          -> 202 Begun
 *   POST   cluster/nodes/{id}/drain                   -> 202 Begun    (undrain likewise)
 *   PUT    cluster/balancing        Balancing         -> 202 Begun
 *   POST   members                  MetaMember        -> 204          (from one meta-server to the leader)
 *   POST   tablets/{id}/master      MoveMaster        -> 202 Begun    (409 while it is being handed over)
 *   POST   tablets/{id}/move        MoveReplica       -> 202 Begun    (409 while its replicas are changed)
 *   POST   tablets/{id}/merge       ?table=           -> 202 Begun    (409 while it is reshaped otherwise)
 *   POST   tablets/{id}/split       SplitTablet, ?table= -> 202 Begun (409 while another split of it runs)
 *   POST   nodes/{id}/leaving       Leaving           -> Left; repeated until no mastership is left
 * </pre>
 *
 * <p>Any meta-server takes any call: one that does not lead passes it to the one that does, once. Every
 * answer names the leader in {@link #LEADER_HEADER}, as far as it is known: it is best asked directly.
 */
public final class MetaApi {

    public static final String ROOT = "/internal/v1/meta";
    public static final String SECRET_HEADER = "Ebla-Cluster-Secret";

    /** Of an answer: where the leading meta-server serves HTTP, {@code host:port}. */
    public static final String LEADER_HEADER = "Ebla-Meta-Leader";

    /** Of a call: the meta-server that passed it on; it is not passed on again. */
    public static final String FORWARDED_HEADER = "Ebla-Meta-Forwarded";

    /** The secret of a cluster that was given none; good on loopback only. */
    public static final String DEVELOPMENT_SECRET = "ebla-development";

    private MetaApi() {}

    /** A replica that a node holds on its disk. */
    public record Holding(TabletId tablet, ReplicaId replica) {

        public Holding {
            Objects.requireNonNull(tablet);
            Objects.requireNonNull(replica);
        }
    }

    /**
     * A tablet server says who it is and what it holds; at every start and whenever meta forgot.
     *
     * @param clusterId the cluster its data belongs to, "" when it has none yet; another cluster
     *     refuses it, for tablet ids mean nothing there
     */
    public record Register(NodeDescriptor node, String clusterId, List<Holding> holdings) {

        public Register {
            Objects.requireNonNull(node);
            Objects.requireNonNull(clusterId);
            holdings = List.copyOf(holdings);
        }
    }

    /**
     * Where one replica stands.
     *
     * @param epoch of the last entry of its log
     * @param serving whether it is master and serves
     * @param startedEpoch of a master: the epoch whose EPOCH_START it knows committed, else 0
     * @param endedEpoch the newest epoch that this run was master of and has given up, 0 for none
     * @param condition how the replica is
     * @param durableIndex up to where its log is on its disk
     * @param followers of a master: how far its followers are, learners included
     * @param rebuilding the fetch of another store for it, null when none is under way
     * @param operations writes, gets and stretches of scans that were asked of it since it was opened
     * @param counted whether rows and bytes are exact; after a split they are guessed for a while
     */
    public record TabletStatus(
            TabletId tablet,
            ReplicaId replica,
            long epoch,
            boolean serving,
            long startedEpoch,
            long endedEpoch,
            ReplicaCondition condition,
            long durableIndex,
            long appliedIndex,
            long committedIndex,
            long rows,
            long bytes,
            List<Follower> followers,
            Rebuilding rebuilding,
            long operations,
            boolean counted) {

        public TabletStatus {
            Objects.requireNonNull(tablet);
            Objects.requireNonNull(replica);
            Objects.requireNonNull(condition);
            followers = List.copyOf(followers);
        }

        public TabletStatus with(Rebuilding fetch) {
            return new TabletStatus(
                    tablet,
                    replica,
                    epoch,
                    serving,
                    startedEpoch,
                    endedEpoch,
                    condition,
                    durableIndex,
                    appliedIndex,
                    committedIndex,
                    rows,
                    bytes,
                    followers,
                    fetch,
                    operations,
                    counted);
        }
    }

    /**
     * A replica whose store is fetched from another node.
     *
     * @param bytes of the snapshot that are there, about
     * @param startedAtMillis when this fetch began, ms since the epoch
     */
    public record Rebuilding(NodeId from, long bytes, long startedAtMillis) {

        public Rebuilding {
            Objects.requireNonNull(from);
        }
    }

    /** How a replica is. */
    public enum ReplicaCondition {
        /** Opened, and of use. */
        HEALTHY,
        /** It lost entries or diverged below its commit point: to be rebuilt, never truncated (L3, E6). */
        CORRUPTED,
        /** Its disk failed or an invariant broke; a restart of its process may help. */
        FAILED,
        /** Its disk has no room: it takes no appends, and a master hands over. */
        DISK_FULL
    }

    /**
     * A follower as its master sees it.
     *
     * @param durableIndex the last index it acknowledged in the master's epoch, 0 while none
     * @param lagEntries entries it is behind the master's last index
     * @param lagBytes bytes of log it is behind, as far as the master knows
     * @param lagMillis for how long it has been behind the commit index, 0 when it is not; not told to meta
     */
    public record Follower(
            NodeId node, long durableIndex, long lagEntries, long lagBytes, long lagMillis) {

        public Follower {
            Objects.requireNonNull(node);
        }
    }

    /** One replica of a living tablet whose data its node may remove (L7). */
    public record Retired(TabletId tablet, NodeId node, ReplicaId replica) {

        public Retired {
            Objects.requireNonNull(tablet);
            Objects.requireNonNull(node);
            Objects.requireNonNull(replica);
        }
    }

    /**
     * A node's periodic report; kept in the leader's memory only. A tablet that it does not mention stands as
     * it was told last, and counts as told again now.
     *
     * @param wallMillis the node's wall clock, which meta compares with the others' (T2)
     * @param number of this report, rising within the run
     * @param base the report since which changes are told, or 0: all is told
     * @param tablets those that changed in a report after {@code base}
     * @param gone those of which a report after {@code base} had nothing more to tell
     */
    public record Heartbeat(
            Incarnation incarnation,
            long wallMillis,
            long number,
            long base,
            List<TabletStatus> tablets,
            List<TabletId> gone) {

        public Heartbeat {
            Objects.requireNonNull(incarnation);
            if (base < 0 || number <= base) {
                throw new IllegalArgumentException("report " + number + " after " + base);
            }
            tablets = List.copyOf(tablets);
            gone = List.copyOf(gone);
        }

        /** The report of that number, which tells all. */
        public static Heartbeat ofAll(
                Incarnation incarnation, long wallMillis, long number, List<TabletStatus> tablets) {
            return new Heartbeat(incarnation, wallMillis, number, 0, tablets, List.of());
        }
    }

    /**
     * @param wallMillis the leader's wall clock, by which the node judges its own (T2)
     * @param tellAll whether the report was of no use: it tells changes of what this leader was not told
     */
    public record Heard(long wallMillis, boolean tellAll) {}

    /** Replicas that are durably open for the first time. */
    public record Opened(NodeId node, Incarnation incarnation, List<Holding> replicas) {

        public Opened {
            Objects.requireNonNull(node);
            Objects.requireNonNull(incarnation);
            replicas = List.copyOf(replicas);
        }
    }

    /** Tablets, and single replicas of living ones, whose data the node has removed. */
    public record Dropped(NodeId node, List<TabletId> tablets, List<Retired> replicas) {

        public Dropped {
            Objects.requireNonNull(node);
            tablets = List.copyOf(tablets);
            replicas = List.copyOf(replicas);
        }

        public Dropped(NodeId node, List<TabletId> tablets) {
            this(node, tablets, List.of());
        }
    }

    /**
     * @param replicas 0 for the cluster's default
     * @param splitAt raw pks in hex, distinct and ascending
     */
    public record CreateTable(
            TableName name, int replicas, StoreKind store, long ttlMillis, List<String> splitAt) {

        public CreateTable {
            Objects.requireNonNull(name);
            Objects.requireNonNull(store);
            splitAt = List.copyOf(splitAt);
        }
    }

    /** @param created false when the same table was there already */
    public record TableCreated(TableDescriptor table, boolean created, ClusterMap map) {}

    /** Null leaves a thing as it is. */
    public record ChangeTable(Long ttlMillis, Integer replicas) {}

    /** @param to the node that is to master the tablet */
    public record MoveMaster(NodeId to) {

        public MoveMaster {
            Objects.requireNonNull(to);
        }
    }

    /**
     * @param from the node whose replica of the tablet is to go
     * @param to the node that is to have one instead
     */
    public record MoveReplica(NodeId from, NodeId to) {

        public MoveReplica {
            Objects.requireNonNull(from);
            Objects.requireNonNull(to);
        }
    }

    /** @param atHex the bound between the children, an escaped pk in hex; null for the middle */
    public record SplitTablet(String atHex) {}

    /** @param paused whether nothing is to be moved for the sake of balance; null is an error */
    public record Balancing(Boolean paused) {}

    /** A run of a node is about to stop: its masterships are handed over to others (E12). */
    public record Leaving(Incarnation incarnation) {

        public Leaving {
            Objects.requireNonNull(incarnation);
        }
    }

    /** @param masterships those the node still has, not counting tablets of which it has the only copy */
    public record Left(int masterships) {}

    /**
     * A refused call (RFC 9457).
     *
     * @param instance the path that was asked for
     * @param code the stable text of the error code
     * @param outcome of a change: what is known of it; absent when the failure is no change's
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Problem(
            String type,
            String title,
            int status,
            String detail,
            String instance,
            String code,
            boolean retryable,
            Long retryAfterMillis,
            String outcome) {}

    /** Where a meta-server that is to join listens for Raft, {@code host:port}. */
    public record MetaAddress(String address) {}

    /**
     * A member of the metadata group says where it serves HTTP.
     *
     * @param address {@code host:port}
     */
    public record MetaMember(String member, String address) {}

    /** An operation was begun; its course is told under its id. */
    public record Begun(String operation) {}
}
