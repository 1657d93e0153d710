package io.ebla.metaserver.api;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.liveness.Departures;
import io.ebla.metaserver.liveness.Liveness;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Planned changes of master (E12): written down here, carried through by the leader's procedures. */
final class HandOverCalls {

    private final MetadataTablet metadata;
    private final Proposals proposals;
    private final Liveness liveness;
    private final Departures departures;
    private final Clock clock;
    private final Supplier<String> ids;

    HandOverCalls(MetadataTablet metadata, Liveness liveness, Clock clock, Supplier<String> ids) {
        this.metadata = metadata;
        this.proposals = new Proposals(metadata);
        this.liveness = liveness;
        this.departures = new Departures(liveness);
        this.clock = clock;
        this.ids = ids;
    }

    /** Begins to hand a tablet over; asked for again it is the one under way, or the one that was done. */
    CompletableFuture<MetaApi.Begun> move(TabletId id, MetaApi.MoveMaster request) {
        String operation = ids.get();
        return proposals
                .decide(
                        state ->
                                known(state, id, request.to()).isPresent()
                                        ? Optional.empty()
                                        : Optional.of(begin(state, id, request.to(), operation)))
                .thenApply(
                        begun ->
                                new MetaApi.Begun(
                                        begun
                                                ? operation
                                                : known(metadata.state(), id, request.to())
                                                        .map(HandOver::id)
                                                        .orElse(operation)));
    }

    private static Optional<HandOver> known(ClusterState state, TabletId id, NodeId to) {
        TabletDescriptor tablet = state.tablets().get(id);
        if (tablet == null) {
            return Optional.empty();
        }
        boolean masters = tablet.master() != null && tablet.master().node().equals(to);
        return state.handOvers().values().stream()
                .filter(each -> each.tablet().equals(id) && each.to().equals(to))
                .filter(
                        each ->
                                !each.phase().ended()
                                        || each.phase() == HandOver.Phase.DONE && masters)
                .max(Comparator.comparingLong(HandOver::startedAtMillis));
    }

    private ClusterCommand begin(ClusterState state, TabletId id, NodeId to, String operation) {
        TabletDescriptor tablet = state.tablets().get(id);
        if (tablet == null) {
            throw new EblaException(ErrorCode.TABLET_NOT_FOUND, "there is no tablet " + id);
        }
        if (!state.nodes().containsKey(to)) {
            throw new EblaException(ErrorCode.NODE_NOT_FOUND, "there is no node " + to);
        }
        if (tablet.master() == null || state.handOverOf(id).isPresent()) {
            throw new EblaException(
                    ErrorCode.OPERATION_IN_PROGRESS,
                    tablet.master() == null
                            ? "tablet " + id + " has no master to hand it over"
                            : "tablet " + id + " is being handed over already");
        }
        if (tablet.master().node().equals(to)) {
            throw new EblaException(
                    ErrorCode.INVALID_ARGUMENT,
                    "node " + to + " masters tablet " + id + " already");
        }
        if (tablet.sole()) {
            throw new EblaException(
                    ErrorCode.UNSUPPORTED_FOR_TABLE,
                    "table "
                            + tablet.table()
                            + " keeps one copy of tablet "
                            + id
                            + ": no other node can master it");
        }
        if (state.administration().isDrained(to)) {
            throw new EblaException(ErrorCode.OPERATION_IN_PROGRESS, "node " + to + " is drained");
        }
        HandOver handOver =
                new HandOver(
                        operation,
                        id,
                        tablet.epoch(),
                        tablet.master().node(),
                        to,
                        HandOver.Phase.ASKING,
                        clock.wallMillis(),
                        0,
                        "");
        return new ClusterCommand.BeginHandOvers(List.of(handOver), clock.wallMillis());
    }

    /**
     * A node is about to stop. The procedures hand its masterships over, some at a time, for as long as
     * this leader remembers; the node asks again until none is left or its time is over.
     */
    MetaApi.Left leaving(NodeId id, MetaApi.Leaving request) {
        ClusterState state = metadata.state();
        NodeDescriptor node = state.nodes().get(id);
        if (node == null || !node.incarnation().equals(request.incarnation())) {
            throw new EblaException(
                    ErrorCode.NODE_NOT_FOUND,
                    "node " + id + " is not registered with run " + request.incarnation());
        }
        liveness.leaving(node);
        return new MetaApi.Left(departures.masterships(state, id));
    }
}
