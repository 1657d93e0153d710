package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.StoreId;
import io.ebla.metaserver.nodes.NodeNetwork;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/** Calls of a leader of the {@link SimulatedMeta} to nodes: slow, lost, or answered by another run. */
final class SimulatedCalls implements NodeNetwork {

    private static final long TIMEOUT_NANOS = 1_000 * Timeline.MILLI;

    private static final long SLOW_SYNC_NANOS = 120 * Timeline.MILLI;

    private final SimulatedMeta meta;
    private final LocalGroup group;

    SimulatedCalls(SimulatedMeta meta) {
        this.meta = meta;
        this.group = meta.group();
    }

    @Override
    public CompletableFuture<NodeApi.Fenced> fence(NodeDescriptor to, NodeApi.Fence fence) {
        return call(to, (node, answer) -> fence(node, fence, answer));
    }

    @Override
    public CompletableFuture<NodeApi.SplitAnswer> split(NodeDescriptor to, NodeApi.Split split) {
        throw new UnsupportedOperationException("no tablet is split here");
    }

    @Override
    public CompletableFuture<NodeApi.SplitKey> splitKey(
            NodeDescriptor to, NodeApi.AskSplitKey asked) {
        throw new UnsupportedOperationException("no tablet is split here");
    }

    private void fence(
            GroupNode node, NodeApi.Fence fence, CompletableFuture<NodeApi.Fenced> answer) {
        meta.tampering().fencing(node);
        Incarnation run = node.incarnation();
        StoreId store = node.storeId();
        long epoch = fence.tablets().get(0).epoch();
        if (group.world.powerCutAtFencePerMille > 0 && !node.syncsHeld) {
            node.syncsHeld = true;
            group.after(SLOW_SYNC_NANOS, () -> node.syncsHeld = false);
        }
        meta.tampering()
                .fence(node, epoch)
                .map(CompletableFuture::completedFuture)
                .orElseGet(() -> fenced(node, epoch))
                .thenAccept(
                        given ->
                                answer(
                                        node,
                                        answer,
                                        () ->
                                                new NodeApi.Fenced(
                                                        store,
                                                        run,
                                                        List.of(
                                                                meta.tampering()
                                                                        .answer(node, given)))))
                .thenRun(() -> meta.powerCut(node, group.world.powerCutAtFencePerMille));
    }

    /** As a host answers. */
    private static CompletableFuture<NodeApi.FenceAnswer> fenced(GroupNode node, long epoch) {
        if (node.tablet() != null) {
            return node.tablet().pipeline().fence(epoch);
        }
        boolean held =
                node.replicas().of(LocalGroup.TABLET) != null
                        || node.replicas().isBusy(LocalGroup.TABLET);
        return CompletableFuture.completedFuture(
                new NodeApi.FenceAnswer(
                        LocalGroup.TABLET,
                        held ? NodeApi.FenceResult.NOT_NOW : NodeApi.FenceResult.ABSENT,
                        null,
                        0,
                        0,
                        0,
                        0,
                        0));
    }

    @Override
    public CompletableFuture<NodeApi.HandedOver> handOver(
            NodeDescriptor to, NodeApi.HandOver asked) {
        return call(
                to,
                (node, answer) ->
                        meta.tampering()
                                .handOver(node, asked.target())
                                .map(CompletableFuture::completedFuture)
                                .orElseGet(() -> handedOver(node, asked))
                                .thenAccept(done -> answer(node, answer, () -> done)));
    }

    private static CompletableFuture<NodeApi.HandedOver> handedOver(
            GroupNode node, NodeApi.HandOver asked) {
        return node.tablet() == null
                ? CompletableFuture.completedFuture(new NodeApi.HandedOver(false, "not open"))
                : node.tablet().pipeline().handOver(asked.epoch(), asked.target());
    }

    @Override
    public CompletableFuture<Boolean> refuses(NodeDescriptor to) {
        GroupNode node = group.node(to.id());
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        group.after(
                meta.micros(100, 5_000),
                () ->
                        answer.complete(
                                meta.reaches(node)
                                        && (!node.isUp()
                                                || !node.incarnation().equals(to.incarnation()))));
        return answer;
    }

    // ---------------------------------------------------------------- there and back

    private <T> CompletableFuture<T> call(
            NodeDescriptor to, BiConsumer<GroupNode, CompletableFuture<T>> arrive) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        GroupNode node = group.node(to.id());
        group.after(
                meta.micros(100, 5_000),
                () -> {
                    if (node.isUp() && meta.reaches(node)) {
                        node.whenAwake(
                                () -> {
                                    if (node.isUp()) {
                                        arrive.accept(node, answer);
                                    }
                                });
                    }
                });
        group.after(
                TIMEOUT_NANOS,
                () -> answer.completeExceptionally(new IllegalStateException("timed out")));
        return answer;
    }

    private <T> void answer(GroupNode from, CompletableFuture<T> answer, Supplier<T> value) {
        group.after(
                meta.micros(100, 5_000),
                () -> {
                    if (meta.reaches(from)) {
                        answer.complete(value.get());
                    }
                });
    }
}
