package io.ebla.metaserver.cluster;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletId;
import java.util.List;
import java.util.Objects;

/**
 * A change of the metadata, as it stands in the Raft log.
 *
 * <p>Commands carry the time and the random ids that their proposer chose: applying one reads no clock
 * and draws no number. What a proposer decided from an older state is checked again when applied.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "command")
@JsonSubTypes({
    @JsonSubTypes.Type(value = ClusterCommand.RegisterNode.class, name = "register-node"),
    @JsonSubTypes.Type(value = ClusterCommand.CreateTable.class, name = "create-table"),
    @JsonSubTypes.Type(value = ClusterCommand.ChangeTable.class, name = "change-table"),
    @JsonSubTypes.Type(value = ClusterCommand.DropTable.class, name = "drop-table"),
    @JsonSubTypes.Type(value = ClusterCommand.RecordWinners.class, name = "record-winners"),
    @JsonSubTypes.Type(value = ClusterCommand.ReplicasOpened.class, name = "replicas-opened"),
    @JsonSubTypes.Type(value = ClusterCommand.TabletsDropped.class, name = "tablets-dropped")
})
public sealed interface ClusterCommand {

    /** When it was proposed, ms since the epoch. */
    long at();

    /**
     * A tablet server presents itself and what it holds. Opened replicas that it does not hold are
     * lost; lost ones that it holds in the directory they were last seen in are found (E10).
     */
    record RegisterNode(NodeDescriptor node, List<Holding> holdings, long at)
            implements ClusterCommand {

        public RegisterNode {
            Objects.requireNonNull(node);
            holdings = List.copyOf(holdings);
        }
    }

    /** A new table with all its tablets, already placed and with their first masters. */
    record CreateTable(TableDescriptor table, List<PlannedTablet> tablets, long at)
            implements ClusterCommand {

        public CreateTable {
            Objects.requireNonNull(table);
            tablets = List.copyOf(tablets);
        }
    }

    /**
     * A tablet without its id, which the state gives.
     *
     * @param fromHex inclusive lower bound as in the descriptor
     * @param toHex exclusive upper bound likewise
     * @param replicas where it is to live; none of them opened
     * @param master its first master, of epoch 1, or null when one must be elected
     */
    record PlannedTablet(
            String fromHex, String toHex, List<ReplicaDescriptor> replicas, Mastership master) {

        public PlannedTablet {
            Objects.requireNonNull(fromHex);
            Objects.requireNonNull(toHex);
            replicas = List.copyOf(replicas);
        }
    }

    /** @param ttlMillis the new default lifetime of rows, 0 for none */
    record ChangeTable(TableName name, long ttlMillis, long at) implements ClusterCommand {

        public ChangeTable {
            Objects.requireNonNull(name);
        }
    }

    record DropTable(TableName name, long at) implements ClusterCommand {

        public DropTable {
            Objects.requireNonNull(name);
        }
    }

    /** The outcome of elections; all of them are recorded, or none (E2). */
    record RecordWinners(List<Winner> winners, long at) implements ClusterCommand {

        public RecordWinners {
            winners = List.copyOf(winners);
        }
    }

    /**
     * @param tablet the tablet
     * @param afterEpoch the epoch it must still have: the mastership is of the one after
     * @param node the new master
     * @param incarnation its run
     * @param replicas the replica set of the new epoch
     */
    record Winner(
            TabletId tablet,
            long afterEpoch,
            NodeId node,
            Incarnation incarnation,
            List<ReplicaDescriptor> replicas) {

        public Winner {
            Objects.requireNonNull(tablet);
            Objects.requireNonNull(node);
            Objects.requireNonNull(incarnation);
            replicas = List.copyOf(replicas);
        }

        Mastership mastership() {
            return new Mastership(afterEpoch + 1, node, incarnation);
        }
    }

    /** A node has durably opened replicas for the first time: from now on they must not be empty. */
    record ReplicasOpened(NodeId node, Incarnation incarnation, List<Holding> replicas, long at)
            implements ClusterCommand {

        public ReplicasOpened {
            Objects.requireNonNull(node);
            Objects.requireNonNull(incarnation);
            replicas = List.copyOf(replicas);
        }
    }

    /** A node has removed what it held of dropped tablets. */
    record TabletsDropped(NodeId node, List<TabletId> tablets, long at) implements ClusterCommand {

        public TabletsDropped {
            Objects.requireNonNull(node);
            tablets = List.copyOf(tablets);
        }
    }
}
