package io.ebla.metaserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.cluster.Verdict;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Proposing what was decided from the current state, and deciding again when the state had moved on
 * before the proposal was applied.
 */
final class Proposals {

    /** Deciding more often than that means that something else is wrong. */
    private static final int ATTEMPTS_MAX = 5;

    private final MetadataTablet metadata;

    Proposals(MetadataTablet metadata) {
        this.metadata = metadata;
    }

    /** Whether the command took effect; fails with what it was refused for. */
    CompletableFuture<Boolean> propose(ClusterCommand command) {
        return metadata.submit(command).thenApply(Verdict::changed);
    }

    /**
     * Decides and proposes until it holds; false when there was nothing to do, or it was so already.
     *
     * @param decide from the state to the command, or none; may throw what the caller is to be told
     */
    CompletableFuture<Boolean> decide(Function<ClusterState, Optional<ClusterCommand>> decide) {
        return attempt(decide, 1);
    }

    private CompletableFuture<Boolean> attempt(
            Function<ClusterState, Optional<ClusterCommand>> decide, int attempt) {
        Optional<ClusterCommand> command;
        try {
            command = decide.apply(metadata.state());
        } catch (EblaException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        if (command.isEmpty()) {
            return CompletableFuture.completedFuture(false);
        }
        return metadata.submit(command.get())
                .thenCompose(
                        verdict ->
                                movedOn(verdict) && attempt < ATTEMPTS_MAX
                                        ? attempt(decide, attempt + 1)
                                        : CompletableFuture.completedFuture(verdict)
                                                .thenApply(Verdict::changed));
    }

    private static boolean movedOn(Verdict verdict) {
        return verdict instanceof Verdict.Refused refused
                && (refused.code() == ErrorCode.OPERATION_IN_PROGRESS
                        || refused.code() == ErrorCode.TABLET_NOT_FOUND);
    }
}
