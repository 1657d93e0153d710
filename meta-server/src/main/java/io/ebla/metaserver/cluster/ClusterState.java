package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi.Retired;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Everything the metadata tablet knows: an immutable value, replaced by each command.
 *
 * <p>{@link ClusterRules} is the only way from one state to the next; what is here holds no clock, no
 * randomness and no liveness, so that every member of the Raft group derives the same state.
 *
 * @param clusterId random, given when the metadata was founded
 * @param generation raised when the metadata is restored from a backup (L8)
 * @param version rises with every change within a generation
 * @param nextTabletId the id of the next tablet; ids are never given out twice
 * @param nodes every tablet server that ever registered
 * @param tables the living tables
 * @param tablets the tablets of living tables
 * @param dropped tablets of dropped tables, each with the nodes that have not yet removed it (L7)
 * @param strayed lost replicas, each with the data directory it was last seen in: there, and only
 *     there, it may be found again; not those that were given up
 * @param retired replicas that no tablet has any more, or that were given up, until their node has
 *     removed them
 * @param elections the elections that are under way
 * @param handOvers planned changes of master, the last ended ones included
 * @param replicaOperations what is done about replicas, the last ended ones included
 * @param splits splits of tablets, the last ended ones included
 * @param merges merges of tablets, the last ended ones included
 * @param metaGroup the meta-servers themselves
 * @param administration what was asked of nodes and of the whole
 */
public record ClusterState(
        String clusterId,
        long generation,
        long version,
        long nextTabletId,
        SortedMap<NodeId, NodeDescriptor> nodes,
        SortedMap<TableName, TableDescriptor> tables,
        SortedMap<TabletId, TabletDescriptor> tablets,
        SortedMap<TabletId, Set<NodeId>> dropped,
        SortedMap<ReplicaId, StoreId> strayed,
        SortedMap<ReplicaId, Retired> retired,
        SortedMap<TabletId, Election> elections,
        SortedMap<String, HandOver> handOvers,
        SortedMap<String, ReplicaOperation> replicaOperations,
        SortedMap<String, SplitOperation> splits,
        SortedMap<String, MergeOperation> merges,
        MetaGroup metaGroup,
        Administration administration) {

    private static final Comparator<TabletDescriptor> BY_TABLE_AND_RANGE =
            Comparator.comparing(TabletDescriptor::table).thenComparing(TabletDescriptor::fromHex);

    public ClusterState {
        Objects.requireNonNull(clusterId);
        nodes = Collections.unmodifiableSortedMap(nodes);
        tables = Collections.unmodifiableSortedMap(tables);
        tablets = Collections.unmodifiableSortedMap(tablets);
        dropped = Collections.unmodifiableSortedMap(dropped);
        strayed = Collections.unmodifiableSortedMap(strayed);
        retired = Collections.unmodifiableSortedMap(retired);
        elections = Collections.unmodifiableSortedMap(elections);
        handOvers = Collections.unmodifiableSortedMap(handOvers);
        replicaOperations = Collections.unmodifiableSortedMap(replicaOperations);
        splits = Collections.unmodifiableSortedMap(splits);
        merges = Collections.unmodifiableSortedMap(merges);
        Objects.requireNonNull(metaGroup);
        Objects.requireNonNull(administration);
    }

    /** The state of a cluster that has just been founded. */
    public static ClusterState founded(String clusterId) {
        return new ClusterState(
                clusterId,
                1,
                1,
                1,
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeMap<>(),
                MetaGroup.UNKNOWN,
                Administration.NONE);
    }

    /** What servers and clients need of it to route. */
    public ClusterMap map() {
        return new ClusterMap(
                clusterId,
                generation,
                version,
                List.copyOf(nodes.values()),
                List.copyOf(tables.values()),
                tablets.values().stream().sorted(BY_TABLE_AND_RANGE).toList(),
                List.copyOf(dropped.keySet()),
                List.copyOf(retired.values()),
                List.copyOf(metaGroup.addresses().values()));
    }

    /** The hand-over of a tablet that has not ended. */
    public Optional<HandOver> handOverOf(TabletId tablet) {
        return handOvers.values().stream()
                .filter(each -> each.tablet().equals(tablet) && !each.phase().ended())
                .findFirst();
    }

    /** The node that a learner takes over from by a move, if it is there for that. */
    public Optional<NodeId> movedFrom(ReplicaDescriptor learner) {
        ReplicaOperation operation = replicaOperations.get(learner.id().value());
        return learner.learner() && operation != null && operation.moves()
                ? Optional.of(operation.from())
                : Optional.empty();
    }

    /** How many replicas tablets have on a node; during a replica change the former ones too. */
    public int replicasOn(NodeId node) {
        return TaskRules.counted(this, node);
    }

    /** Whether a node has nothing of any tablet, not even files that it is still to remove. */
    public boolean holdsNothing(NodeId node) {
        return !TaskRules.holds(this, node);
    }

    /** The split of a tablet that has not ended. */
    public Optional<SplitOperation> splitOf(TabletId tablet) {
        return splits.values().stream()
                .filter(each -> each.tablet().equals(tablet) && !each.phase().ended())
                .findFirst();
    }

    /** All that is under way, of whatever kind. */
    public long runningOperations() {
        return splits.values().stream().filter(each -> !each.phase().ended()).count()
                + merges.values().stream().filter(each -> !each.phase().ended()).count()
                + handOvers.values().stream().filter(each -> !each.phase().ended()).count()
                + replicaOperations.values().stream().filter(each -> !each.phase().ended()).count()
                + administration.tasks().stream().filter(each -> !each.phase().ended()).count()
                + metaGroup.changes().stream().filter(MetaChange::running).count();
    }

    /** The merge of a tablet with either neighbour that has not ended. */
    public Optional<MergeOperation> mergeOf(TabletId tablet) {
        return merges.values().stream()
                .filter(each -> each.concerns(tablet) && !each.phase().ended())
                .findFirst();
    }

    /**
     * Whether a merge waits for what its masters have to say, and for nobody else's: they stay masters if
     * they can.
     */
    public boolean isSealing(TabletId tablet) {
        return mergeOf(tablet)
                .filter(each -> each.phase() == MergeOperation.Phase.SEALING)
                .isPresent();
    }

    /** Why a tablet is not to be split or merged now, if it is not. */
    Optional<String> reshaping(TabletId tablet) {
        TabletDescriptor descriptor = tablets.get(tablet);
        boolean changing =
                !descriptor.previousReplicas().isEmpty()
                        || descriptor.replicas().stream().anyMatch(ReplicaDescriptor::learner);
        if (splitOf(tablet).isPresent()) {
            return Optional.of("is being split");
        } else if (mergeOf(tablet).isPresent()) {
            return Optional.of("is being merged");
        }
        return changing ? Optional.of("is given other replicas") : Optional.empty();
    }

    /** Why the replica set of a tablet stays as it is, if it does. */
    public Optional<String> holdingReplicas(TabletId tablet) {
        if (splitOf(tablet).isPresent()) {
            return Optional.of("is being split");
        }
        return mergeOf(tablet)
                .filter(each -> each.phase().holdsReplicas())
                .map(each -> "is being merged");
    }

    /** The ids of all replicas that exist or are remembered: they are not given out again. A new set. */
    Set<ReplicaId> replicaIds() {
        Set<ReplicaId> ids = new HashSet<>(strayed.keySet());
        ids.addAll(retired.keySet());
        for (TabletDescriptor tablet : tablets.values()) {
            tablet.replicas().forEach(replica -> ids.add(replica.id()));
            tablet.previousReplicas().forEach(replica -> ids.add(replica.id()));
        }
        return ids;
    }

    /** The tablets of one table, in key order. */
    public List<TabletDescriptor> tabletsOf(TableName table) {
        return tablets.values().stream()
                .filter(tablet -> tablet.table().equals(table))
                .sorted(BY_TABLE_AND_RANGE)
                .toList();
    }

    /** Whether this state is newer than a map of that generation and version. */
    public boolean newerThan(long otherGeneration, long otherVersion) {
        return generation != otherGeneration
                ? generation > otherGeneration
                : version > otherVersion;
    }

    Draft draft() {
        return new Draft(this);
    }

    /** A state in the making; confined to one application of one command. */
    static final class Draft {

        private final ClusterState base;
        long nextTabletId;
        final SortedMap<NodeId, NodeDescriptor> nodes;
        final SortedMap<TableName, TableDescriptor> tables;
        final SortedMap<TabletId, TabletDescriptor> tablets;
        final SortedMap<TabletId, Set<NodeId>> dropped;
        final SortedMap<ReplicaId, StoreId> strayed;
        final SortedMap<ReplicaId, Retired> retired;
        final SortedMap<TabletId, Election> elections;
        final SortedMap<String, HandOver> handOvers;
        final SortedMap<String, ReplicaOperation> replicaOperations;
        final SortedMap<String, SplitOperation> splits;
        final SortedMap<String, MergeOperation> merges;
        MetaGroup metaGroup;
        Administration administration;

        private Draft(ClusterState base) {
            this.base = base;
            nextTabletId = base.nextTabletId;
            nodes = new TreeMap<>(base.nodes);
            tables = new TreeMap<>(base.tables);
            tablets = new TreeMap<>(base.tablets);
            dropped = new TreeMap<>(base.dropped);
            strayed = new TreeMap<>(base.strayed);
            retired = new TreeMap<>(base.retired);
            elections = new TreeMap<>(base.elections);
            handOvers = new TreeMap<>(base.handOvers);
            replicaOperations = new TreeMap<>(base.replicaOperations);
            splits = new TreeMap<>(base.splits);
            merges = new TreeMap<>(base.merges);
            metaGroup = base.metaGroup;
            administration = base.administration;
        }

        TabletId takeTabletId() {
            return new TabletId(nextTabletId++);
        }

        void put(TabletDescriptor tablet) {
            tablets.put(tablet.id(), tablet);
        }

        /** No tablet has this replica any more, or it was given up: its node is to remove it. */
        void retire(TabletId tablet, ReplicaDescriptor replica) {
            strayed.remove(replica.id());
            retired.put(replica.id(), new Retired(tablet, replica.node(), replica.id()));
        }

        /** Takes a node off the list of those that still hold a dropped tablet. */
        boolean acknowledgeDrop(TabletId tablet, NodeId node) {
            Set<NodeId> holders = dropped.get(tablet);
            if (holders == null || !holders.contains(node)) {
                return false;
            }
            Set<NodeId> rest = new TreeSet<>(holders);
            rest.remove(node);
            if (rest.isEmpty()) {
                dropped.remove(tablet);
            } else {
                dropped.put(tablet, rest);
            }
            return true;
        }

        /** The next version; the same state when nothing in it differs. */
        ClusterState finish() {
            ClusterState same = at(base.version);
            return same.equals(base) ? base : at(base.version + 1);
        }

        private ClusterState at(long version) {
            return new ClusterState(
                    base.clusterId,
                    base.generation,
                    version,
                    nextTabletId,
                    nodes,
                    tables,
                    tablets,
                    dropped,
                    strayed,
                    retired,
                    elections,
                    handOvers,
                    replicaOperations,
                    splits,
                    merges,
                    metaGroup,
                    administration);
        }
    }
}
