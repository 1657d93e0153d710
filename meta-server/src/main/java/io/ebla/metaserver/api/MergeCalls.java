package io.ebla.metaserver.api;

import io.ebla.core.cluster.MetaApi;
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

/** Merges of tablets: written down here, carried through by the leader's procedures. */
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

    /** Begins to merge a tablet with its right neighbour; asked for again it is the one that runs. */
    CompletableFuture<MetaApi.Begun> merge(TabletId left) {
        AtomicReference<String> operation = new AtomicReference<>(ids.get());
        return proposals
                .decide(state -> begin(state, left, operation))
                .thenApply(begun -> new MetaApi.Begun(operation.get()));
    }

    private Optional<ClusterCommand> begin(
            ClusterState state, TabletId left, AtomicReference<String> operation) {
        Optional<MergeOperation> running = state.mergeOf(left);
        if (running.isPresent() && running.get().left().equals(left)) {
            operation.set(running.get().id());
            return Optional.empty();
        }
        requireRoom(state);
        return Optional.of(new MergeCommand.Begin(operation.get(), left, clock.wallMillis()));
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
