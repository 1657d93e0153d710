package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.tabletserver.oplog.JournalDisk;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.SnapshotViews;
import io.ebla.tabletserver.store.Joining;
import io.ebla.tabletserver.store.TabletStore;
import java.util.List;
import java.util.Optional;

/**
 * What stands between the parts of a {@link LocalGroup} and may change what they tell each other: to take a
 * rule away and see who notices. As it is here it changes nothing.
 */
interface Tampering {

    Tampering NONE = new Tampering() {};

    // ---------------------------------------------------------------- below a node's tablet

    /** What a node's journal is written to. */
    default JournalDisk disk(GroupNode node, JournalDisk disk) {
        return disk;
    }

    /** What a node's tablet is built over. */
    default Oplog oplog(GroupNode node, Oplog oplog) {
        return oplog;
    }

    default ReplicationSettings replication(GroupNode node, ReplicationSettings settings) {
        return settings;
    }

    /** Whether what a crash left of an installation is ended before the tablet is opened. */
    default boolean settlesInstallations() {
        return true;
    }

    /** Whether a node with a new disk goes on under the names of the store and the replica it lost. */
    default boolean keepsIdentity() {
        return false;
    }

    /** Whether damage of a journal is taken for its end. */
    default boolean cutsDamage() {
        return false;
    }

    // ---------------------------------------------------------------- between nodes

    /** A message as it arrives at a node. */
    default ReplicaMessage message(GroupNode target, ReplicaMessage message) {
        return message;
    }

    /** An answer to a beat as a node sends it. */
    default NodeBeat.Reply reply(GroupNode from, NodeBeat.Reply reply) {
        return reply;
    }

    /** A state that is pinned to be copied. */
    default SnapshotViews.PinnedView view(GroupNode source, SnapshotViews.PinnedView view) {
        return view;
    }

    // ---------------------------------------------------------------- between meta and nodes

    /** What a node is told by the map. */
    default ClusterMap map(GroupNode node, ClusterMap map) {
        return map;
    }

    /** A node's answer to a fence that its tablet never hears of; empty when it does. */
    default Optional<NodeApi.FenceAnswer> fence(GroupNode node, long epoch) {
        return Optional.empty();
    }

    /** A node's answer to a fence as it arrives at meta. */
    default NodeApi.FenceAnswer answer(GroupNode from, NodeApi.FenceAnswer answer) {
        return answer;
    }

    /** The clock that a node's tablet and its leases look at. */
    default Clock clock(GroupNode node, Clock clock) {
        return clock;
    }

    /** What a node's tablet is built over, beneath whoever looks on. */
    default TabletStore store(GroupNode node, TabletStore store) {
        return store;
    }

    /** A store that is being made of two. */
    default Joining joining(GroupNode node, Joining joining) {
        return joining;
    }

    /** Whether stores that a split left are made one with others before they are in order. */
    default boolean joinsAnything() {
        return false;
    }

    /** A beat as it arrives at a node. */
    default NodeBeat beat(GroupNode target, NodeBeat beat) {
        return beat;
    }

    /** Nodes that are asked for a lease instead of another, and whose answer counts as that one's. */
    default List<GroupNode> standIns(GroupNode from, NodeId asked) {
        return List.of();
    }

    /** A fence is about to arrive at a node. */
    default void fencing(GroupNode node) {}

    /** A node's tablet as its clients see it. */
    default RowTablet clients(GroupNode node, RowTablet tablet) {
        return tablet;
    }

    /** Whether a forwarder tries a write again. */
    default boolean mayRepeat(WriteRequest request, EblaException failure, boolean may) {
        return may;
    }

    /** A node is about to look whether time matters to its tablet. */
    default void ticking(GroupNode node) {}

    /** The answer to a hand-over that its master never hears of; empty when it does. */
    default Optional<NodeApi.HandedOver> handOver(GroupNode master, NodeId target) {
        return Optional.empty();
    }

    // ---------------------------------------------------------------- within meta

    /** The state as the leader's procedures see it. */
    default ClusterState seen(ClusterState state) {
        return state;
    }

    /** A command as its leader proposes it. */
    default ClusterCommand proposed(ClusterState state, ClusterCommand command) {
        return command;
    }

    /** The state that follows a command. */
    default ClusterState applied(ClusterCommand command, ClusterState after) {
        return after;
    }

    /** Whether the nodes are told of a proposal before it is written. */
    default boolean tellsBeforeWritten(ClusterCommand command) {
        return false;
    }
}
