package io.ebla.metaserver.api;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.cluster.SplitCommand;
import io.ebla.metaserver.cluster.SplitOperation;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Splits of tablets: written down here, carried through by the leader's procedures. Asked for again, a split
 * is the one that runs, or the one by which the tablet is no more; one that came to nothing is begun anew.
 */
final class SplitCalls {

    private final Proposals proposals;
    private final Clock clock;
    private final Supplier<String> ids;

    SplitCalls(MetadataTablet metadata, Clock clock, Supplier<String> ids) {
        this.proposals = new Proposals(metadata);
        this.clock = clock;
        this.ids = ids;
    }

    /** @param table that the tablet is to be of, if the caller says so */
    CompletableFuture<MetaApi.Begun> split(
            Optional<TableName> table, TabletId id, MetaApi.SplitTablet request) {
        AtomicReference<String> operation = new AtomicReference<>(ids.get());
        String at = request.atHex() == null ? "" : request.atHex();
        return proposals
                .decide(state -> begin(state, table, id, at, operation))
                .thenApply(begun -> new MetaApi.Begun(operation.get()));
    }

    private Optional<ClusterCommand> begin(
            ClusterState state,
            Optional<TableName> table,
            TabletId id,
            String at,
            AtomicReference<String> operation) {
        Optional<SplitOperation> known =
                TabletCalls.isThere(state, table, id)
                        ? state.splitOf(id).filter(running -> running.isAskedFor(at))
                        : done(state, table, id, at);
        if (known.isPresent()) {
            operation.set(known.get().id());
            return Optional.empty();
        }
        TabletCalls.require(state, table, id);
        return Optional.of(new SplitCommand.Begin(operation.get(), id, at, clock.wallMillis()));
    }

    /** By which the tablet is no more: also who asked for the middle, or was not asked, made that bound. */
    private static Optional<SplitOperation> done(
            ClusterState state, Optional<TableName> table, TabletId id, String at) {
        return state.splits().values().stream()
                .filter(each -> each.tablet().equals(id))
                .filter(each -> each.phase() == SplitOperation.Phase.DONE)
                .filter(each -> each.isAskedFor(at) || each.atHex().equals(at))
                .filter(
                        each ->
                                TabletCalls.isStillOf(
                                        state, table, each.table(), each.startedAtMillis()))
                .findFirst();
    }
}
