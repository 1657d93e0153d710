package io.ebla.metaserver.api;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MergeCommand;
import io.ebla.metaserver.cluster.MergeOperation;
import io.ebla.metaserver.cluster.MetadataTablet;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Merges of tablets: written down here, carried through by the leader's procedures. Asked for again, a merge
 * is the one that runs, or the one by which the tablet is no more; one that came to nothing is begun anew.
 */
final class MergeCalls {

    /** That may run when another is asked for; a node makes one at a time. */
    private static final int MERGES_MAX = 16;

    private static final long RETRY_AFTER_MILLIS = 5_000;

    private final Proposals proposals;
    private final Clock clock;
    private final Supplier<String> ids;

    MergeCalls(MetadataTablet metadata, Clock clock, Supplier<String> ids) {
        this.proposals = new Proposals(metadata);
        this.clock = clock;
        this.ids = ids;
    }

    /**
     * Begins to merge a tablet with its right neighbour.
     *
     * @param table that the tablet is to be of, if the caller says so
     */
    CompletableFuture<MetaApi.Begun> merge(Optional<TableName> table, TabletId left) {
        AtomicReference<String> operation = new AtomicReference<>(ids.get());
        return proposals
                .decide(state -> begin(state, table, left, operation))
                .thenApply(begun -> new MetaApi.Begun(operation.get()));
    }

    private Optional<ClusterCommand> begin(
            ClusterState state,
            Optional<TableName> table,
            TabletId left,
            AtomicReference<String> operation) {
        Optional<MergeOperation> known =
                TabletCalls.isThere(state, table, left)
                        ? state.mergeOf(left).filter(running -> running.left().equals(left))
                        : done(state, table, left);
        if (known.isPresent()) {
            operation.set(known.get().id());
            return Optional.empty();
        }
        TabletCalls.require(state, table, left);
        requireRoom(state);
        return Optional.of(new MergeCommand.Begin(operation.get(), left, clock.wallMillis()));
    }

    /** By which the tablet is no more. */
    private static Optional<MergeOperation> done(
            ClusterState state, Optional<TableName> table, TabletId left) {
        return state.merges().values().stream()
                .filter(each -> each.left().equals(left))
                .filter(each -> each.phase() == MergeOperation.Phase.DONE)
                .filter(
                        each ->
                                TabletCalls.isStillOf(
                                        state, table, each.table(), each.startedAtMillis()))
                .findFirst();
    }

    private static void requireRoom(ClusterState state) {
        long running =
                state.merges().values().stream().filter(each -> !each.phase().ended()).count();
        if (running >= MERGES_MAX) {
            throw new EblaException(
                            ErrorCode.OVERLOADED, running + " pairs are being merged already")
                    .withRetryAfterMillis(RETRY_AFTER_MILLIS);
        }
    }
}
