package io.ebla.metaserver.api;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.cluster.NewLearner;
import io.ebla.metaserver.cluster.ReplicaOperation;
import io.ebla.metaserver.cluster.ReplicaOperation.Kind;
import io.ebla.metaserver.cluster.ReplicaOperation.Phase;
import io.ebla.metaserver.liveness.Liveness;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Moves of single replicas that an operator asks for: begun here, carried through by the leader's
 * procedures. Asked for again, a move is the one that is under way, or that was done.
 */
final class MoveCalls {

    /** Replicas that may be on their way when another is asked for. */
    private static final int MOVES_MAX = 16;

    private static final long RETRY_AFTER_MILLIS = 5_000;

    private final MetadataTablet metadata;
    private final Proposals proposals;
    private final Liveness liveness;
    private final Clock clock;
    private final Supplier<ReplicaId> newReplicas;

    MoveCalls(
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

    CompletableFuture<MetaApi.Begun> move(TabletId id, MetaApi.MoveReplica request) {
        ReplicaId replica = newReplicas.get();
        return proposals
                .decide(
                        state ->
                                known(state, id, request).isPresent()
                                        ? Optional.empty()
                                        : Optional.of(begin(state, id, request, replica)))
                .thenApply(
                        begun ->
                                known(metadata.state(), id, request)
                                        .map(ReplicaOperation::id)
                                        .map(MetaApi.Begun::new)
                                        .orElseThrow(() -> busy(id, "has changed meanwhile")));
    }

    /** The same move, if it is under way or nothing has changed since it was done. */
    private static Optional<ReplicaOperation> known(
            ClusterState state, TabletId id, MetaApi.MoveReplica request) {
        TabletDescriptor tablet = state.tablets().get(id);
        if (tablet == null) {
            return Optional.empty();
        }
        boolean moved =
                member(tablet, request.from()).isEmpty()
                        && member(tablet, request.to()).isPresent();
        return state.replicaOperations().values().stream()
                .filter(each -> each.kind() == Kind.MOVE && each.tablet().equals(id))
                .filter(each -> request.from().equals(each.from()))
                .filter(each -> request.to().equals(each.to()))
                .filter(each -> !each.phase().ended() || each.phase() == Phase.DONE && moved)
                .max(Comparator.comparingLong(ReplicaOperation::startedAtMillis));
    }

    private ClusterCommand begin(
            ClusterState state, TabletId id, MetaApi.MoveReplica request, ReplicaId replica) {
        TabletDescriptor tablet = state.tablets().get(id);
        if (tablet == null) {
            throw new EblaException(ErrorCode.TABLET_NOT_FOUND, "there is no tablet " + id);
        }
        node(state, request.from());
        NodeDescriptor to = node(state, request.to());
        ReplicaDescriptor member =
                member(tablet, request.from())
                        .orElseThrow(() -> invalid(id, "has no replica on " + request.from()));
        if (member(tablet, request.to()).isPresent()) {
            throw invalid(id, "has a replica on " + request.to() + " already");
        }
        if (!liveness.mayBeGiven(to)) {
            throw new EblaException(
                    ErrorCode.NOT_ENOUGH_NODES, "node " + to.id() + " is down, or about to stop");
        }
        if (state.administration().isDrained(to.id())) {
            throw busy(id, "is not moved to " + to.id() + ", which is drained");
        }
        boolean changes =
                !tablet.previousReplicas().isEmpty()
                        || tablet.replicas().stream().anyMatch(ReplicaDescriptor::learner);
        if (changes || !member.opened() || member.lost()) {
            throw busy(id, "has replicas that are being made, or changed, already");
        }
        requireRoom(state);
        NewLearner learner =
                NewLearner.move(id, tablet.epoch(), request.from(), to.id(), replica, "asked for");
        return new ClusterCommand.AddLearners(List.of(learner), clock.wallMillis());
    }

    private static void requireRoom(ClusterState state) {
        long moving =
                state.replicaOperations().values().stream().filter(ReplicaOperation::moves).count();
        if (moving >= MOVES_MAX) {
            throw new EblaException(
                            ErrorCode.OVERLOADED, moving + " replicas are being moved already")
                    .withRetryAfterMillis(RETRY_AFTER_MILLIS);
        }
    }

    private static Optional<ReplicaDescriptor> member(TabletDescriptor tablet, NodeId node) {
        return tablet.members().stream().filter(each -> each.node().equals(node)).findFirst();
    }

    private static NodeDescriptor node(ClusterState state, NodeId id) {
        NodeDescriptor node = state.nodes().get(id);
        if (node == null) {
            throw new EblaException(ErrorCode.NODE_NOT_FOUND, "there is no node " + id);
        }
        return node;
    }

    private static EblaException invalid(TabletId id, String why) {
        return new EblaException(ErrorCode.INVALID_ARGUMENT, "tablet " + id + " " + why);
    }

    private static EblaException busy(TabletId id, String why) {
        return new EblaException(ErrorCode.OPERATION_IN_PROGRESS, "tablet " + id + " " + why);
    }
}
