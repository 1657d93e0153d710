package io.ebla.tabletserver.membership;

import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeApi.FenceResult;
import io.ebla.core.cluster.NodeApi.SealResult;
import io.ebla.core.cluster.NodeApi.SplitResult;
import io.ebla.core.failpoint.FailPoints;
import io.ebla.core.failpoint.NodeMoment;
import java.util.concurrent.CompletableFuture;

/**
 * Tablets that can be held when they have done what the leading meta-server asked for and have not yet said
 * so; they take the place of the others where {@link FailPoints} are on.
 */
record HeldAnswers(FencedTablets tablets) implements FencedTablets {

    private static <T> T after(boolean done, NodeMoment moment, T answer) {
        if (done) {
            FailPoints.reached(moment);
        }
        return answer;
    }

    @Override
    public CompletableFuture<NodeApi.Fenced> fence(NodeApi.Fence fence) {
        return tablets.fence(fence)
                .thenApply(
                        fenced ->
                                after(
                                        fenced.answers().stream()
                                                .anyMatch(
                                                        each ->
                                                                each.result()
                                                                        == FenceResult.FENCED),
                                        NodeMoment.FENCED,
                                        fenced));
    }

    @Override
    public CompletableFuture<NodeApi.HandedOver> handOver(NodeApi.HandOver handOver) {
        return tablets.handOver(handOver)
                .thenApply(answer -> after(answer.done(), NodeMoment.LEASE_GIVEN_UP, answer));
    }

    @Override
    public CompletableFuture<NodeApi.SplitAnswer> split(NodeApi.Split split) {
        boolean readies = split.epoch() == NodeApi.NO_EPOCH;
        return tablets.split(split)
                .thenApply(answer -> after(readies, NodeMoment.SPLIT_READY, answer))
                .thenApply(
                        answer ->
                                after(
                                        answer.result() == SplitResult.SPLIT,
                                        NodeMoment.SPLIT_LOGGED,
                                        answer))
                .thenApply(
                        answer ->
                                after(
                                        answer.result() == SplitResult.CANCELLED,
                                        NodeMoment.SPLIT_CANCELLED,
                                        answer));
    }

    @Override
    public CompletableFuture<NodeApi.SplitKey> splitKey(NodeApi.AskSplitKey asked) {
        return tablets.splitKey(asked)
                .thenApply(
                        answer -> after(answer.atHex() != null, NodeMoment.SPLIT_CHOSEN, answer));
    }

    @Override
    public CompletableFuture<NodeApi.Joined> join(NodeApi.Join join) {
        return tablets.join(join)
                .thenApply(answer -> after(answer.ready(), NodeMoment.MERGE_READY, answer));
    }

    @Override
    public CompletableFuture<NodeApi.SealAnswer> seal(NodeApi.Seal seal) {
        return tablets.seal(seal)
                .thenApply(
                        answer ->
                                after(
                                        answer.result() == SealResult.SEALED,
                                        NodeMoment.MERGE_SEALED,
                                        answer))
                .thenApply(
                        answer ->
                                after(
                                        answer.result() == SealResult.CANCELLED,
                                        NodeMoment.MERGE_UNSEALED,
                                        answer));
    }
}
