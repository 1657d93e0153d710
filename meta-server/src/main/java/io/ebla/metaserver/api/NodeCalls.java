package io.ebla.metaserver.api;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.election.SoleElections;
import io.ebla.metaserver.liveness.Liveness;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What tablet servers say of themselves. */
final class NodeCalls {

    /** Winners of one command: so many fit into one log entry with room to spare. */
    private static final int WINNERS_MAX = 2_000;

    private final MetadataTablet metadata;
    private final Proposals proposals;
    private final Liveness liveness;
    private final Clock clock;
    private final Supplier<ReplicaId> newReplicas;

    NodeCalls(
            MetadataTablet metadata,
            Liveness liveness,
            Clock clock,
            Supplier<ReplicaId> newReplicas) {
        this.metadata = metadata;
        this.proposals = new Proposals(metadata);
        this.liveness = liveness;
        this.clock = clock;
        this.newReplicas = newReplicas;
    }

    /** Takes the node in and elects it where it is due, before it is told anything (E2). */
    CompletableFuture<ClusterMap> register(MetaApi.Register request) {
        NodeDescriptor node = request.node();
        ClusterState state = metadata.state();
        if (!request.clusterId().isEmpty() && !request.clusterId().equals(state.clusterId())) {
            throw new EblaException(
                    ErrorCode.FORBIDDEN,
                    "node "
                            + node.id()
                            + " belongs to cluster "
                            + request.clusterId()
                            + ", this is "
                            + state.clusterId());
        }
        refuseNamesake(state, node);
        ClusterCommand command =
                new ClusterCommand.RegisterNode(node, holdings(request), clock.wallMillis());
        return proposals
                .propose(command)
                .thenCompose(changed -> elect(node.id()))
                .thenApply(
                        elected -> {
                            liveness.registered(node);
                            return metadata.state().map();
                        });
    }

    /**
     * Of a directory that does not know its cluster only what the metadata has: its other ids may be another
     * cluster's, and mean nothing here.
     */
    private List<MetaApi.Holding> holdings(MetaApi.Register request) {
        return request.clusterId().isEmpty()
                ? request.holdings().stream().filter(this::isKnown).toList()
                : request.holdings();
    }

    private boolean isKnown(MetaApi.Holding holding) {
        TabletDescriptor tablet = metadata.state().tablets().get(holding.tablet());
        return tablet != null
                && Stream.of(tablet.replicas(), tablet.previousReplicas())
                        .flatMap(List::stream)
                        .anyMatch(each -> each.id().equals(holding.replica()));
    }

    /** Another data directory under the name of a node that runs is a mistake, not a replacement. */
    private void refuseNamesake(ClusterState state, NodeDescriptor node) {
        NodeDescriptor known = state.nodes().get(node.id());
        if (known != null && !known.store().equals(node.store()) && liveness.heardLately(known)) {
            throw new EblaException(
                    ErrorCode.OPERATION_IN_PROGRESS,
                    "another node named " + node.id() + " is running at " + known.address());
        }
    }

    private CompletableFuture<Void> elect(NodeId node) {
        return proposals
                .decide(
                        state -> {
                            List<ClusterCommand.SoleMaster> winners =
                                    SoleElections.soleMastersOn(state, node, newReplicas);
                            return winners.isEmpty()
                                    ? Optional.empty()
                                    : Optional.of(
                                            new ClusterCommand.RecordSoleMasters(
                                                    winners.subList(
                                                            0,
                                                            Math.min(WINNERS_MAX, winners.size())),
                                                    clock.wallMillis()));
                        })
                .thenCompose(
                        elected -> elected ? elect(node) : CompletableFuture.completedFuture(null));
    }

    /** @throws EblaException {@code node_not_found} if that run must register (again) first */
    MetaApi.Heard heartbeat(NodeId id, MetaApi.Heartbeat heartbeat) {
        NodeDescriptor node = metadata.state().nodes().get(id);
        if (node == null || !node.incarnation().equals(heartbeat.incarnation())) {
            throw new EblaException(
                    ErrorCode.NODE_NOT_FOUND,
                    "node " + id + " is not registered with run " + heartbeat.incarnation());
        }
        boolean taken = liveness.hear(id, heartbeat);
        return new MetaApi.Heard(clock.wallMillis(), !taken);
    }

    CompletableFuture<ClusterMap> opened(MetaApi.Opened request) {
        return proposals
                .propose(
                        new ClusterCommand.ReplicasOpened(
                                request.node(),
                                request.incarnation(),
                                request.replicas(),
                                clock.wallMillis()))
                .thenApply(changed -> metadata.state().map());
    }

    CompletableFuture<Boolean> dropped(MetaApi.Dropped request) {
        return proposals.propose(
                new ClusterCommand.TabletsDropped(
                        request.node(),
                        request.tablets(),
                        request.replicas().stream().map(MetaApi.Retired::replica).toList(),
                        clock.wallMillis()));
    }
}
