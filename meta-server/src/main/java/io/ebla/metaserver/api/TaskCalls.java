package io.ebla.metaserver.api;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.Administration;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.ClusterTask.Kind;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.liveness.Liveness;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Draining of nodes, and the pause of balancing: written down here, carried through by the leader's
 * procedures. What is so already is told under the operation that made it so.
 */
final class TaskCalls {

    private final Proposals proposals;
    private final MetadataTablet metadata;
    private final Liveness liveness;
    private final Clock clock;
    private final Supplier<String> ids;

    TaskCalls(MetadataTablet metadata, Liveness liveness, Clock clock, Supplier<String> ids) {
        this.metadata = metadata;
        this.proposals = new Proposals(metadata);
        this.liveness = liveness;
        this.clock = clock;
        this.ids = ids;
    }

    /** A node is to hold nothing: refused where the other nodes could not take what it has. */
    CompletableFuture<MetaApi.Begun> drain(NodeId node) {
        return begin(
                state -> {
                    require(state, node);
                    return state.administration().isDrained(node)
                            ? last(state, Kind.DRAIN, node)
                            : Optional.empty();
                },
                (state, id) -> {
                    requireRoom(state, node);
                    int total = state.replicasOn(node);
                    return ClusterTask.begun(id, Kind.DRAIN, node, total, clock.wallMillis(), "");
                });
    }

    /** What has been moved away comes back only for the sake of balance. */
    CompletableFuture<MetaApi.Begun> undrain(NodeId node) {
        return begin(
                state -> {
                    require(state, node);
                    return state.administration().isDrained(node)
                            ? Optional.empty()
                            : last(state, Kind.UNDRAIN, node);
                },
                (state, id) ->
                        ClusterTask.begun(id, Kind.UNDRAIN, node, 0, clock.wallMillis(), ""));
    }

    CompletableFuture<MetaApi.Begun> balancing(MetaApi.Balancing request) {
        if (request.paused() == null) {
            throw new EblaException(
                    ErrorCode.INVALID_ARGUMENT, "the body must be {\"paused\":true|false}");
        }
        boolean paused = request.paused();
        Kind kind = paused ? Kind.PAUSE_BALANCING : Kind.RESUME_BALANCING;
        return begin(
                state ->
                        state.administration().balancingPaused() == paused
                                ? last(state, kind, null)
                                : Optional.empty(),
                (state, id) -> ClusterTask.begun(id, kind, null, 0, clock.wallMillis(), ""));
    }

    /** Makes a task from the state and the id it is to have. */
    private interface Made {

        ClusterTask task(ClusterState state, String id);
    }

    private CompletableFuture<MetaApi.Begun> begin(
            Function<ClusterState, Optional<ClusterTask>> known, Made made) {
        String id = ids.get();
        return proposals
                .decide(
                        state ->
                                known.apply(state).isPresent()
                                        ? Optional.empty()
                                        : Optional.of(
                                                new ClusterCommand.BeginTask(
                                                        made.task(state, id), clock.wallMillis())))
                .thenApply(
                        begun ->
                                new MetaApi.Begun(
                                        begun
                                                ? id
                                                : known.apply(metadata.state())
                                                        .map(ClusterTask::id)
                                                        .orElse(id)));
    }

    private static Optional<ClusterTask> last(ClusterState state, Kind kind, NodeId node) {
        Administration administration = state.administration();
        return administration.last(
                each -> each.kind() == kind && (node == null || node.equals(each.node())));
    }

    private static void require(ClusterState state, NodeId node) {
        if (!state.nodes().containsKey(node)) {
            throw new EblaException(ErrorCode.NODE_NOT_FOUND, "there is no node " + node);
        }
    }

    private void requireRoom(ClusterState state, NodeId leaver) {
        long others =
                state.nodes().values().stream()
                        .filter(each -> !each.id().equals(leaver))
                        .filter(each -> !state.administration().isDrained(each.id()))
                        .filter(liveness::mayBeGiven)
                        .map(NodeDescriptor::id)
                        .count();
        for (TabletDescriptor tablet : state.tablets().values()) {
            int copies = state.tables().get(tablet.table()).replicas();
            boolean has =
                    tablet.replicas().stream()
                            .map(ReplicaDescriptor::node)
                            .anyMatch(leaver::equals);
            if (has && copies > others) {
                throw new EblaException(
                        ErrorCode.NOT_ENOUGH_NODES,
                        "table "
                                + tablet.table()
                                + " keeps "
                                + copies
                                + " copies, and without "
                                + leaver
                                + " there are "
                                + others
                                + " nodes for them");
            }
        }
    }
}
