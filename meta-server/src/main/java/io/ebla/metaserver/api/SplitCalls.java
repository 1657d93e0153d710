package io.ebla.metaserver.api;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
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

/** Splits of tablets: written down here, carried through by the leader's procedures. */
final class SplitCalls {

    private final Proposals proposals;
    private final Clock clock;
    private final Supplier<String> ids;

    SplitCalls(MetadataTablet metadata, Clock clock, Supplier<String> ids) {
        this.proposals = new Proposals(metadata);
        this.clock = clock;
        this.ids = ids;
    }

    /** Begins to split a tablet; the same split asked for again is the one that runs. */
    CompletableFuture<MetaApi.Begun> split(TabletId id, MetaApi.SplitTablet request) {
        AtomicReference<String> operation = new AtomicReference<>(ids.get());
        String at = request.atHex() == null ? "" : request.atHex();
        return proposals
                .decide(state -> begin(state, id, at, operation))
                .thenApply(begun -> new MetaApi.Begun(operation.get()));
    }

    private Optional<ClusterCommand> begin(
            ClusterState state, TabletId id, String at, AtomicReference<String> operation) {
        TabletDescriptor tablet = state.tablets().get(id);
        if (tablet == null) {
            throw new EblaException(ErrorCode.TABLET_NOT_FOUND, "there is no tablet " + id);
        }
        Optional<SplitOperation> running = state.splitOf(id);
        if (running.isPresent() && running.get().isAskedFor(at)) {
            operation.set(running.get().id());
            return Optional.empty();
        }
        return Optional.of(new SplitCommand.Begin(operation.get(), id, at, clock.wallMillis()));
    }
}
