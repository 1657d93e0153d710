package io.ebla.metaserver.api;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.TabletId;
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
        return Optional.of(new MergeCommand.Begin(operation.get(), left, clock.wallMillis()));
    }
}
