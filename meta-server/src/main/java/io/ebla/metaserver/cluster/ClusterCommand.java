package io.ebla.metaserver.cluster;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
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
    @JsonSubTypes.Type(
            value = ClusterCommand.RecordSoleMasters.class,
            name = "record-sole-masters"),
    @JsonSubTypes.Type(value = ClusterCommand.BeginElections.class, name = "begin-elections"),
    @JsonSubTypes.Type(value = ClusterCommand.RecordWinners.class, name = "record-winners"),
    @JsonSubTypes.Type(value = ClusterCommand.AddLearners.class, name = "add-learners"),
    @JsonSubTypes.Type(value = ClusterCommand.RetireLearners.class, name = "retire-learners"),
    @JsonSubTypes.Type(value = ClusterCommand.ChangeReplicas.class, name = "change-replicas"),
    @JsonSubTypes.Type(value = ClusterCommand.SettleReplicas.class, name = "settle-replicas"),
    @JsonSubTypes.Type(value = ClusterCommand.RenewTablets.class, name = "renew-tablets"),
    @JsonSubTypes.Type(value = ClusterCommand.BeginHandOvers.class, name = "begin-hand-overs"),
    @JsonSubTypes.Type(value = ClusterCommand.StepHandOvers.class, name = "step-hand-overs"),
    @JsonSubTypes.Type(value = SplitCommand.Begin.class, name = "begin-split"),
    @JsonSubTypes.Type(value = SplitCommand.Step.class, name = "step-split"),
    @JsonSubTypes.Type(value = SplitCommand.Swap.class, name = "swap-split"),
    @JsonSubTypes.Type(value = MergeCommand.Begin.class, name = "begin-merge"),
    @JsonSubTypes.Type(value = MergeCommand.Step.class, name = "step-merge"),
    @JsonSubTypes.Type(value = MergeCommand.Swap.class, name = "swap-merge"),
    @JsonSubTypes.Type(value = ClusterCommand.ReplicasOpened.class, name = "replicas-opened"),
    @JsonSubTypes.Type(value = ClusterCommand.TabletsDropped.class, name = "tablets-dropped"),
    @JsonSubTypes.Type(value = MetaGroupCommand.Publish.class, name = "publish-meta-server"),
    @JsonSubTypes.Type(value = MetaGroupCommand.Begin.class, name = "begin-meta-change"),
    @JsonSubTypes.Type(value = MetaGroupCommand.End.class, name = "end-meta-change"),
    @JsonSubTypes.Type(value = ClusterCommand.BeginTask.class, name = "begin-task"),
    @JsonSubTypes.Type(value = ClusterCommand.StepTask.class, name = "step-task"),
    @JsonSubTypes.Type(value = ClusterCommand.ForgetNode.class, name = "forget-node")
})
public sealed interface ClusterCommand
        permits ClusterCommand.RegisterNode,
                ClusterCommand.CreateTable,
                ClusterCommand.ChangeTable,
                ClusterCommand.DropTable,
                ClusterCommand.RecordSoleMasters,
                ClusterCommand.BeginElections,
                ClusterCommand.RecordWinners,
                ClusterCommand.AddLearners,
                ClusterCommand.RetireLearners,
                ClusterCommand.ChangeReplicas,
                ClusterCommand.SettleReplicas,
                ClusterCommand.RenewTablets,
                ClusterCommand.BeginHandOvers,
                ClusterCommand.StepHandOvers,
                ClusterCommand.ReplicasOpened,
                ClusterCommand.TabletsDropped,
                ClusterCommand.BeginTask,
                ClusterCommand.StepTask,
                ClusterCommand.ForgetNode,
                SplitCommand,
                MergeCommand,
                MetaGroupCommand {

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

    /**
     * @param ttlMillis the new default lifetime of rows, 0 for none
     * @param replicas the copies that each tablet is to have; they follow by and by
     */
    record ChangeTable(TableName name, long ttlMillis, int replicas, long at)
            implements ClusterCommand {

        public ChangeTable {
            Objects.requireNonNull(name);
        }
    }

    record DropTable(TableName name, long at) implements ClusterCommand {

        public DropTable {
            Objects.requireNonNull(name);
        }
    }

    /**
     * Masterships of tablets with one copy: there is nobody to fence and no log to compare. All of them
     * are recorded, or none.
     */
    record RecordSoleMasters(List<SoleMaster> masters, long at) implements ClusterCommand {

        public RecordSoleMasters {
            masters = List.copyOf(masters);
        }
    }

    /**
     * @param tablet the tablet
     * @param afterEpoch the epoch it must still have: the mastership is of the one after
     * @param node the new master
     * @param incarnation its run
     * @param replica its replica, or a new one in the place of a lost memory replica (L6)
     */
    record SoleMaster(
            TabletId tablet,
            long afterEpoch,
            NodeId node,
            Incarnation incarnation,
            ReplicaDescriptor replica) {

        public SoleMaster {
            Objects.requireNonNull(tablet);
            Objects.requireNonNull(node);
            Objects.requireNonNull(incarnation);
            Objects.requireNonNull(replica);
        }

        Mastership mastership() {
            return new Mastership(afterEpoch + 1, node, incarnation);
        }
    }

    /**
     * Gives out epochs before anybody is fenced for them (E2). Those whose tablet has moved on meanwhile
     * are passed over.
     */
    record BeginElections(List<NewEpoch> epochs, long at) implements ClusterCommand {

        public BeginElections {
            epochs = List.copyOf(epochs);
        }
    }

    /**
     * @param afterEpoch the epoch the tablet must still have
     * @param epoch the one given out, above it
     */
    record NewEpoch(TabletId tablet, long afterEpoch, long epoch) {

        public NewEpoch {
            Objects.requireNonNull(tablet);
        }
    }

    /**
     * The outcome of elections: compare-and-set on the epoch given out (E2). Those whose tablet has moved
     * on meanwhile, or whose winner has, are passed over.
     */
    record RecordWinners(List<Winner> winners, long at) implements ClusterCommand {

        public RecordWinners {
            winners = List.copyOf(winners);
        }
    }

    /**
     * @param tablet the tablet
     * @param epoch the epoch that was given out for the election, and that is fenced
     * @param node the new master
     * @param incarnation the run of it that answered
     */
    record Winner(TabletId tablet, long epoch, NodeId node, Incarnation incarnation) {

        public Winner {
            Objects.requireNonNull(tablet);
            Objects.requireNonNull(node);
            Objects.requireNonNull(incarnation);
        }

        Mastership mastership() {
            return new Mastership(epoch, node, incarnation);
        }
    }

    /** New replicas that only follow until they are made members. Those not due any more are passed over. */
    record AddLearners(List<NewLearner> learners, long at) implements ClusterCommand {

        public AddLearners {
            learners = List.copyOf(learners);
        }
    }

    /** Learners that are not wanted any more. */
    record RetireLearners(List<Holding> learners, long at) implements ClusterCommand {

        public RetireLearners {
            learners = List.copyOf(learners);
        }
    }

    /**
     * Another replica set, with the same master in the epoch after (E3).
     *
     * @param tablet the tablet
     * @param afterEpoch the epoch it must still have, with a master
     * @param members the replica set of the new epoch: members and learners of the present one
     */
    record ChangeReplicas(TabletId tablet, long afterEpoch, List<ReplicaId> members, long at)
            implements ClusterCommand {

        public ChangeReplicas {
            Objects.requireNonNull(tablet);
            members = List.copyOf(members);
        }
    }

    /**
     * The EPOCH_START of those epochs is committed in both sets: the former replica sets end (E3). Those
     * at another epoch by now, or whose master is not of the new set, are passed over.
     */
    record SettleReplicas(List<Settled> tablets, long at) implements ClusterCommand {

        public SettleReplicas {
            tablets = List.copyOf(tablets);
        }
    }

    /** @param epoch the epoch that has begun for good, and that the tablet must still have */
    record Settled(TabletId tablet, long epoch) {

        public Settled {
            Objects.requireNonNull(tablet);
        }
    }

    /**
     * Memory tablets that lost a quorum at once begin again, empty, with all new replicas (L6). All or
     * none.
     */
    record RenewTablets(List<Renewal> tablets, long at) implements ClusterCommand {

        public RenewTablets {
            tablets = List.copyOf(tablets);
        }
    }

    /**
     * @param afterEpoch the epoch it must still have
     * @param replicas the new replica set: nobody holds anything of it
     * @param node its first master, among them
     * @param incarnation its run
     */
    record Renewal(
            TabletId tablet,
            long afterEpoch,
            List<ReplicaDescriptor> replicas,
            NodeId node,
            Incarnation incarnation) {

        public Renewal {
            Objects.requireNonNull(tablet);
            Objects.requireNonNull(node);
            Objects.requireNonNull(incarnation);
            replicas = List.copyOf(replicas);
        }
    }

    /** Planned changes of master, all in their first phase. All of them begin, or none. */
    record BeginHandOvers(List<HandOver> handOvers, long at) implements ClusterCommand {

        public BeginHandOvers {
            handOvers = List.copyOf(handOvers);
        }
    }

    /** The next phases of hand-overs; one that would go back is passed over. */
    record StepHandOvers(List<HandOverStep> steps, long at) implements ClusterCommand {

        public StepHandOvers {
            steps = List.copyOf(steps);
        }
    }

    record HandOverStep(String id, HandOver.Phase phase, String detail) {

        public HandOverStep {
            Objects.requireNonNull(id);
            Objects.requireNonNull(phase);
            Objects.requireNonNull(detail);
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

    /** A node has removed what it held of dropped tablets, and single replicas of living ones. */
    record TabletsDropped(NodeId node, List<TabletId> tablets, List<ReplicaId> replicas, long at)
            implements ClusterCommand {

        public TabletsDropped {
            Objects.requireNonNull(node);
            tablets = List.copyOf(tablets);
            replicas = List.copyOf(replicas);
        }
    }

    /** Something is asked of a node or of the cluster as a whole; refused while the same is done already. */
    record BeginTask(ClusterTask task, long at) implements ClusterCommand {

        public BeginTask {
            Objects.requireNonNull(task);
        }
    }

    /** The next phase of such a task; one that would go back is no change. */
    record StepTask(String id, ClusterTask.Phase phase, String detail, long at)
            implements ClusterCommand {

        public StepTask {
            Objects.requireNonNull(id);
            Objects.requireNonNull(phase);
            Objects.requireNonNull(detail);
        }
    }

    /** A drained node is not told of any more; unless it has come back since, or a tablet counts on it. */
    record ForgetNode(NodeId node, Incarnation incarnation, long at) implements ClusterCommand {

        public ForgetNode {
            Objects.requireNonNull(node);
            Objects.requireNonNull(incarnation);
        }
    }
}
